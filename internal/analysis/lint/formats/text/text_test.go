package text

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"Azure Pipelines", "##[section]Starting: Build\n2026-01-01T00:00:00.1234567Z ##[error]src/a.cs(3,4): error CS1002: " +
		"; expected [/w/a.csproj]\n##[warning]src/b.py:3:1: x is unused\n##[error]Process completed with exit code 1.\n",
		"src/a.cs:3:4 error text CS1002: ; expected; src/b.py:3:1 warning text : x is unused", ""},
	{"tsc", "src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.\n  Types of x are incompatible.\n",
		"src/a.ts:3:5 error tsc TS2322: Type 'string' is not assignable to type 'number'.", ""},
	{"tsc, pretty", "\x1b[96msrc/a.ts\x1b[0m:\x1b[93m3\x1b[0m:\x1b[93m5\x1b[0m - \x1b[91merror\x1b[0m\x1b[90m TS2322: " +
		"\x1b[0mNo.\n\n\x1b[7m3\x1b[0m let a: number = \"x\"\n\nFound 1 error in src/a.ts:3\n", "src/a.ts:3:5 error tsc TS2322: No.", ""},
	{"tsc, a folder with parentheses", "app/(shop)/[id]/page.tsx(3,5): error TS1005: ';' expected.",
		"app/(shop)/[id]/page.tsx:3:5 error tsc TS1005: ';' expected.", ""},
	{"MSBuild", `C:\w\Shop\A.cs(12,9): warning CS0168: The variable 'x' is declared but never used [C:\w\Shop\Shop.csproj]`,
		`C:\w\Shop\A.cs:12:9 warning text CS0168: The variable 'x' is declared but never used`, ""},
	{"MSVC", "a.cpp(3): error C2065: 'x': undeclared identifier", "a.cpp:3 error text C2065: 'x': undeclared identifier", ""},
	{"mypy", "shop/a.py:3: error: Incompatible return value type (got \"int\", expected \"str\")  [return-value]\n" +
		"shop/a.py:3: note: See https://mypy.rtfd.io\nFound 1 error in 1 file (checked 2 source files)\n",
		`shop/a.py:3 error mypy return-value: Incompatible return value type (got "int", expected "str")`, ""},
	{"mypy with ends", "a.py:3:12:3:15: error: m  [misc]", "a.py:3:12-3:16 error text misc: m", ""},
	{"mypy stopped", "a.py:3: error: invalid syntax  [syntax]\nFound 1 error in 1 file (errors prevented further checking)",
		"mypy failed: errors prevented further checking, so it did not look at everything; blind a.py:3 error mypy " +
			"syntax: invalid syntax", ""},
	{"mypy is content", "Success: no issues found in 3 source files\n", "nothing of mypy", ""},
	{"flake8", "./a.py:1:80: E501 line too long (88 > 79 characters)\n./b.py:4:1: E999 SyntaxError: invalid syntax\n",
		"./a.py:1:80 error text E501: line too long (88 > 79 characters); blind ./b.py:4:1 error text E999: " +
			"SyntaxError: invalid syntax", ""},
	{"ruff, concise", "a.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n",
		"a.py:1:8 error text F401: `os` imported but unused", ""},
	{"pylint", "************* Module a\na.py:1:0: C0114: Missing module docstring (missing-module-docstring)\na.py:2:0: " +
		"E1101: no member (no-member)\n", "a.py:1 notice pylint C0114: Missing module docstring; a.py:2 error pylint E1101: no member", ""},
	{"go vet", "# example.com/shop\n./cart.go:7:2: fmt.Printf format %d has arg x of wrong type string\n",
		"./cart.go:7:2 error text : fmt.Printf format %d has arg x of wrong type string", ""},
	{"go vet cannot", "vet: ./cart.go:3:1: undefined: y", "blind ./cart.go:3:1 error text typecheck: undefined: y", ""},
	{"golangci-lint", "cart.go:7:9: Error return value of `f.Close` is not checked (errcheck)\n\tf.Close()\n\t       ^\n",
		"cart.go:7:9 error text errcheck: Error return value of `f.Close` is not checked", ""},
	{"gcc", "In file included from a.c:1:\nsrc/a.c: In function 'main':\nsrc/a.c:5:7: warning: unused variable 'x' " +
		"[-Wunused-variable]\n    5 |   int x;\n      |       ^\nsrc/a.c:9:1: fatal error: y.h: No such file\n",
		"src/a.c:5:7 warning text -Wunused-variable: unused variable 'x'; src/a.c:9:1 error text : y.h: No such file", ""},
	{"clang-tidy", "/w/src/a.cpp:5:7: warning: use nullptr [modernize-use-nullptr]\n/w/src/a.cpp:1:1: note: expanded from here\n",
		"/w/src/a.cpp:5:7 warning text modernize-use-nullptr: use nullptr", ""},
	{"shellcheck, gcc", "bin/a.sh:3:6: note: Double quote to prevent globbing. [SC2086]\nbin/a.sh:4:6: warning: m [SC2034]",
		"bin/a.sh:4:6 warning text SC2034: m", ""},
	{"yamllint", "./a.yaml:3:1: [error] duplication of key \"a\" in mapping (key-duplicates)\n./a.yaml:1:1: [warning] " +
		"missing document start (document-start)",
		`./a.yaml:3:1 error text key-duplicates: duplication of key "a" in mapping; ./a.yaml:1:1 warning text ` +
			`document-start: missing document start`, ""},
	{"hadolint", "Dockerfile:3 DL3008 warning: Pin versions\nimages/Dockerfile.web:1 DL3006 Always tag",
		"Dockerfile:3 warning text DL3008: Pin versions; images/Dockerfile.web:1 error text DL3006: Always tag", ""},
	{"markdownlint", "README.md:3:81 MD013/line-length Line length [Expected: 80]\nREADME.md:1 error MD041/first-line-h1 First line",
		"README.md:3:81 error text MD013/line-length: Line length [Expected: 80]; README.md:1 error text " +
			"MD041/first-line-h1: First line", ""},
	{"ESLint, unix", "/w/a.js:3:5: Unexpected var. [Error/no-var]\n/w/a.js:4:5: m " +
		"[Warning/@typescript-eslint/no-unused-vars]\n\n2 problems",
		"/w/a.js:3:5 error text no-var: Unexpected var.; /w/a.js:4:5 warning text @typescript-eslint/no-unused-vars: m", ""},
	{"Stylelint, unix", "a.css:1:2: Unexpected empty block [error]", "a.css:1:2 error text : Unexpected empty block", ""},
	{"RuboCop", "app/a.rb:3:1: C: [Correctable] Layout/LineLength: Line is too long. [90/80]\napp/a.rb:9:1: E: Lint/Syntax: unexpected",
		"app/a.rb:3:1 warning text Layout/LineLength: Line is too long. [90/80]; blind app/a.rb:9:1 error text Lint/Syntax: unexpected",
		""},
	{"ktlint", "/w/A.kt:3:1: Unused import (standard:no-unused-imports)",
		"/w/A.kt:3:1 error text standard:no-unused-imports: Unused import", ""},
	{"kotlinc", "e: file:///w/A.kt:3:5 Unresolved reference: x\nw: file:///w/A.kt:4:5 Variable is never used",
		"file:///w/A.kt:3:5 error text : Unresolved reference: x; file:///w/A.kt:4:5 warning text : Variable is never used", ""},
	{"SwiftLint", "/w/A.swift:3:1: warning: Line Length Violation: 121 characters (line_length)",
		"/w/A.swift:3:1 warning text line_length: Line Length Violation: 121 characters", ""},
	{"javac", "src/A.java:3: warning: [unchecked] unchecked call\nsrc/A.java:4: error: ';' expected\n1 error\n",
		"src/A.java:3 warning text : [unchecked] unchecked call; src/A.java:4 error text : ';' expected", ""},
	{"rustc, short", "src/main.rs:2:9: warning: unused variable: `x`\nsrc/main.rs:3:5: error[E0308]: mismatched types",
		"src/main.rs:2:9 warning text : unused variable: `x`; src/main.rs:3:5 error text E0308: mismatched types", ""},
	{"pyright", "/w/a.py\n  /w/a.py:1:8 - error: Import \"x\" could not be resolved (reportMissingImports)\n1 error, 0 " +
		"warnings, 0 informations\n", `/w/a.py:1:8 error text reportMissingImports: Import "x" could not be resolved`, ""},
	{"PHPStan, raw", "/w/src/A.php:3:Method f() has no return type", "/w/src/A.php:3 error text : Method f() has no return type", ""},
	{"Vale", "docs/a.md:3:5:Google.Quotes:Commas go inside", "docs/a.md:3:5 error text Google.Quotes: Commas go inside", ""},
	{"cpplint", "a.cc:3:  Missing space before {  [whitespace/braces] [5]",
		"a.cc:3 error text whitespace/braces: Missing space before {", ""},
	{"Sphinx", "/w/docs/a.rst:3: WARNING: Title underline too short. [docutils]",
		"/w/docs/a.rst:3 warning text docutils: Title underline too short.", ""},
	{"ansible-lint", "roles/x/main.yml:3: fqcn[action-core]: Use FQCN\nplay.yml:1: [E403] Package installs",
		"roles/x/main.yml:3 error text fqcn[action-core]: Use FQCN; play.yml:1 error text E403: Package installs", ""},
	{"luacheck", "src/a.lua:3:5: (W211) unused variable x", "src/a.lua:3:5 error text W211: unused variable x", ""},
	{"Windows", `C:\w\a.py:3:5: E501 too long`, `C:\w\a.py:3:5 error text E501: too long`, ""},
	{"a name with a blank", "docs/my file.md:3:1: m", "docs/my file.md:3:1 error text : m", ""},
	{"CRLF", "\ufeffa.py:1: error: m\r\nb.py:2: error: n\r\n", "a.py:1 error text : m; b.py:2 error text : n", ""},
	{"nothing", "", "nothing of text", ""},
	{"nothing, said", "\n\n0 errors, 0 warnings, 0 informations \n", "nothing of text", ""},
	{"a Python that crashed",
		"Traceback (most recent call last):\n  File \"/usr/lib/python3/a.py\", line 3, in <module>\n" +
			"ModuleNotFoundError: No module named 'x'\n", "", "no line of it is a finding"},
	{"a Node that crashed",
		"node:internal/modules/cjs/loader:1143\n  throw err;\nError: Cannot find module 'eslint'\n    at " +
			"Module._resolve (node:internal/modules/cjs/loader:1140:15)\n", "", "no line of it is a finding"},
	{"a Go that crashed", "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/w/main.go:3 +0x1b\n", "", "no line of it is a finding"},
	{"a shell", "bash: eslint: command not found\n", "", "no line of it is a finding"},
	{"a log", "2026-01-01 12:00:05: started\n12:00:06: x\nhttp://localhost:3000: up\nlocalhost:8080: refused\n", "",
		"no line of it is a finding"},
	{"a large line", "a.c:99999999: error: m", "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

func TestHugeLine(t *testing.T) {
	err := Read(strings.NewReader(strings.Repeat("x", 10<<20)), report.NewLintCollector())
	if err == nil || !strings.Contains(err.Error(), "line 1: it has more than") {
		t.Errorf("%.200v", err)
	}
}
