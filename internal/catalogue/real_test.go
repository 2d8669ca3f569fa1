//go:build checks

package catalogue_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/catalogue"
)

// real is what one tool does of files: those that it likes, one in which it finds something, and one that it cannot read.
type real struct {
	setup             map[string]string
	name              string
	good, bad, broken string
	// rule is one that it finds in bad.
	rule string
	// reads is true for a tool that says of a broken file what it finds, as of any other.
	reads bool
	// version is how it is asked for its version; from is where it is to be had.
	version []string
	from    string
	// apart is true for a tool that scripts/fetch-checks.sh does not bring.
	apart bool
}

const (
	module = "module shop\n\ngo 1.24\n"
	token  = "ghp_" + "aB3dE6gH9kQ2wX5zT8yU1iO4pL7mN0cVbRfG"
)

var reals = map[string]real{
	"gofmt": {name: "a.go", good: "package a\n", bad: "package a\n\nvar  x = 1\n", broken: "package a\n\nfunc {\n", rule: "format",
		version: []string{"go", "version"}, from: "Go"},
	"go vet": {setup: map[string]string{"go.mod": module}, name: "a.go", good: "package a\n",
		bad: "package a\n\nimport \"fmt\"\n\nvar _ = fmt.Sprintf(\"%d\", \"x\")\n", broken: "package a\n\nfunc {\n",
		version: []string{"go", "version"}, from: "Go"},
	"golangci-lint": {setup: map[string]string{"go.mod": module}, name: "a.go", good: "package a\n",
		bad: "package a\n\nimport \"os\"\n\nfunc A() { os.Remove(\"x\") }\n", broken: "package a\n\nfunc {\n", rule: "errcheck",
		version: []string{"golangci-lint", "version", "--short"}, from: "Go"},
	"shellcheck": {name: "a.sh", good: "#!/bin/sh\necho \"$1\"\n", bad: "#!/bin/sh\necho $1\n", broken: "#!/bin/sh\nif\n", rule: "SC2086",
		reads: true, version: []string{"shellcheck", "--version"}, from: "Debian"},
	"yamllint": {name: "a.yml", good: "---\na: 1\n", bad: "---\na:   [1\n  ,2]\na: 2\n", broken: "---\na: [\n", rule: "key-duplicates",
		reads: true, version: []string{"yamllint", "--version"}, from: "Debian"},
	"actionlint": {name: ".github/workflows/a.yml",
		good:   "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n",
		bad:    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step: []\n",
		broken: "on: [\n", rule: "syntax-check", reads: true, version: []string{"actionlint", "-version"}, from: "Go"},
	"eslint": {setup: map[string]string{"eslint.config.mjs": "export default [{ rules: { \"no-var\": \"error\" } }];\n"},
		name: "a.js", good: "const a = 1;\n", bad: "var a = 1;\n", broken: "const = 1;\n", rule: "no-var", reads: true,
		version: []string{"eslint", "--version"}, from: "npm"},
	"prettier": {name: "a.js", good: "const a = 1;\n", bad: "const a  = 1\n", broken: "const = 1;\n", rule: "format",
		version: []string{"prettier", "--version"}, from: "npm"},
	"markdownlint": {name: "a.md", good: "# A\n", bad: "# A\n\n\ntext\n", rule: "MD012",
		version: []string{"markdownlint", "--version"}, from: "npm"},
	"buf": {setup: map[string]string{"buf.yaml": "version: v2\n"}, name: "shop/v1/a.proto",
		good: "syntax = \"proto3\";\n\npackage shop.v1;\n", bad: "syntax = \"proto3\";\n\npackage shop;\n",
		broken: "syntax = \"proto3\";\n\npackage {;\n", rule: "should be suffixed", reads: true,
		version: []string{"buf", "--version"}, from: "npm"},
	"black": {name: "a.py", good: "x = 1\n", bad: "x  = 1\ny = 2\n", broken: "def (\n", rule: "format",
		version: []string{"black", "--version"}, from: "Debian"},
	"mypy": {name: "a.py", good: "x = 1\n", bad: "def f() -> int:\n    return \"a\"\n", broken: "def (\n", rule: "return-value",
		version: []string{"mypy", "--version"}, from: "Debian"},
	"rubocop": {name: "a.rb", good: "# frozen_string_literal: true\n\nputs 1\n", bad: "def aB\nend\n", broken: "def (\n",
		rule: "Naming/MethodName", reads: true, version: []string{"rubocop", "--version"}, from: "Debian"},
	"ruff": {name: "a.py", good: "x = 1\n", bad: "import os\n", broken: "def (\n", rule: "F401", reads: true,
		version: []string{"ruff", "--version"}, from: "Debian, unstable", apart: true},
	"hadolint": {name: "Dockerfile", good: "FROM debian:13\n", bad: "FROM debian\n", broken: "FROM\n", rule: "DL3006", reads: true,
		version: []string{"hadolint", "--version"}, from: "its source", apart: true},
	"terraform fmt": {name: "a.tf", good: "variable \"a\" {\n  type = string\n}\n", bad: "variable \"a\" {\n  type   = string\n}\n",
		broken: "variable {{\n", rule: "format", version: []string{"terraform", "version"}, from: "its maker", apart: true},
	"gitleaks": {setup: map[string]string{".gitleaks.toml": "[[rules]]\nid = \"pat\"\ndescription = \"a token\"\n" +
		"regex = '''ghp_[0-9a-zA-Z]{36}'''\n"}, name: "a.env", good: "a=1\n", bad: "a=1\n\ntoken=" + token + "\n", rule: "pat",
		version: []string{"sh", "-c", "go version -m $(command -v gitleaks) | awk '$1 == \"mod\" { print $3 }'"}, from: "Go"},
	"trivy config": {name: "Dockerfile", good: "FROM debian:13\nHEALTHCHECK CMD true\nUSER shop\n", bad: "FROM debian:13\n",
		broken: "FROM\n", rule: "DS", from: "Go", apart: true,
		version: []string{"sh", "-c", "go version -m $(command -v trivy) | awk '$1 == \"mod\" { print $3 }'"}},
}

var update = flag.Bool("update", false, "write what the tools on the search path say to testdata/reports.txtar")

// TestReal runs tools as the catalogue has them: what they write is read, their exit status means what the catalogue
// says, and a file that they cannot read is never one without findings. With -update the goldens are written anew, of all
// tools that are on the search path: PATH=$(scripts/fetch-checks.sh):$PATH go test -tags checks -run '^TestReal$'
// ./internal/catalogue -update.
func TestReal(t *testing.T) {
	goldens := load(t)
	for name, c := range reals {
		t.Run(name, func(t *testing.T) {
			tool, ok := catalogue.Find(name)
			if !ok {
				t.Fatal("the catalogue does not have it")
			}
			if _, missing := exec.LookPath(tool.Argv[0]); c.apart && (missing != nil || !*update) || missing != nil && *update {
				return
			}
			g := golden{Version: c.versionOf(t), From: c.from, Argv: tool.Argv, Runs: map[string]ran{}}
			for what, text := range map[string]string{"good": c.good, "bad": c.bad, "broken": c.broken} {
				if text == "" {
					continue
				}
				r := run(t, tool, c, text)
				r.Reads = what == "broken" && c.reads
				c.check(t, tool, what, r)
				g.Runs[what] = r
			}
			goldens[name] = g
		})
	}
	if *update {
		save(t, goldens)
	}
}

// versionOf is the line that names its version.
func (c real) versionOf(t *testing.T) string {
	t.Helper()
	if !*update {
		return ""
	}
	out, err := exec.CommandContext(t.Context(), c.version[0], c.version[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.ContainsAny(line, "0123456789") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(string(out))
}

func (c real) check(t *testing.T, tool catalogue.Tool, what string, r ran) {
	t.Helper()
	findings, evidence := r.judge(tool)
	switch {
	case what == "broken" && !c.reads && evidence:
		t.Errorf("broken: status %d with %d findings is taken for evidence:\n%s", r.Exit, len(findings), r.Report)
	case what == "broken" && !c.reads:
		return
	case !evidence:
		t.Errorf("%s: status %d, %d findings:\n%s\n%s", what, r.Exit, len(findings), r.Report, r.Stderr)
	case (what == "good") != (len(findings) == 0):
		t.Errorf("%s: %v", what, findings)
	case what == "bad" && !strings.Contains(joined(findings), c.rule):
		t.Errorf("it finds %v, want %s", findings, c.rule)
	}
	for _, f := range findings {
		if !strings.HasSuffix(f.Path, c.name) || f.Line == 0 && tool.Name != "prettier" {
			t.Errorf("%s: the finding %v has no place", what, f)
		}
	}
}

// run calls a tool on one file. Where its folder is named, the golden has the one that a sandbox shows.
func run(t *testing.T, tool catalogue.Tool, c real, text string) ran {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{c.name: text}
	for name, text := range c.setup {
		files[name] = text
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	written := filepath.Join(t.TempDir(), "report")
	argv := slices.Clone(tool.Argv)
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], catalogue.ReportPath, written)
	}
	if tool.TakesFiles {
		argv = append(argv, "./"+c.name)
	}
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	if err := cmd.Run(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended {
			t.Fatalf("%v; make checks-real installs it", err)
		}
	}
	// go vet may name the folder of an earlier run, from Go's cache.
	folder := regexp.MustCompile(`/[\w./-]*/TestReal[^/]+/\d+`)
	plain := func(b []byte) string { return folder.ReplaceAllString(string(b), "/tree") }
	r := ran{Exit: cmd.ProcessState.ExitCode(), Report: plain(out.Bytes()), Stderr: plain(errs.Bytes())}
	switch tool.Report {
	case catalogue.Stdout:
	case catalogue.Stderr:
		r.Report, r.Stderr = r.Stderr, ""
	default:
		body, err := os.ReadFile(written)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		r.Report = plain(body)
	}
	return r
}

// save writes the goldens.
func save(t *testing.T, all map[string]golden) {
	t.Helper()
	archive := &txtar.Archive{Comment: []byte("What the tools of the catalogue write about files of ours: version, source, arguments; " +
		"exit status (\"read\": findings are all that it\nsays of a broken file), report. TestReal writes it.\n")}
	add := func(name, body string) {
		if body != "" && !strings.HasSuffix(body, "\n") {
			body += "\n"
		}
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(body)})
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		g := all[name]
		tool, _ := catalogue.Find(name)
		add(name+": run", strings.Join([]string{g.Version, g.From, strings.Join(g.Argv, " ")}, "\n"))
		for _, what := range []string{"good", "bad", "broken"} {
			r, ok := g.Runs[what]
			if !ok {
				continue
			}
			status := strconv.Itoa(r.Exit)
			if r.Reads {
				status += " read"
			}
			add(name+": "+what+" status", status)
			if r.Report != "" {
				add(name+": "+what+" report", r.Report)
			}
			if r.Stderr != "" {
				add(name+": "+what+" stderr", r.Stderr)
			}
			if findings, evidence := r.judge(tool); evidence && len(findings) > 0 {
				add(name+": "+what+" findings", joined(findings))
			}
		}
	}
	if err := os.WriteFile(reports, txtar.Format(archive), 0o644); err != nil { //nolint:gosec // it is for everybody
		t.Fatal(err)
	}
}
