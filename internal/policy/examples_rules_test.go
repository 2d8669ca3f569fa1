package policy_test

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// asks is a package.json that asks for these, "name version".
func asks(packages ...string) string {
	var lines []string
	for _, p := range packages {
		name, version, _ := strings.Cut(p, " ")
		lines = append(lines, fmt.Sprintf("%q: %q", name, version))
	}
	return `{"dependencies": {` + strings.Join(lines, ", ") + "}}\n"
}

// locked is a package-lock.json of version 3: "name version" and members of the entry, of which "resolved" and "integrity" are
// given where they are not named.
func locked(packages ...string) string {
	var roots, entries []string
	for _, p := range packages {
		name, rest, _ := strings.Cut(p, " ")
		version, more, _ := strings.Cut(rest, " ")
		entry := fmt.Sprintf(`"node_modules/%s": {"version": %q`, name, version)
		if !strings.Contains(more, `"resolved"`) {
			entry += fmt.Sprintf(`, "resolved": "https://registry.example/%s/-/x-%s.tgz"`, name, version)
		}
		if !strings.Contains(more, `"integrity"`) {
			entry += fmt.Sprintf(`, "integrity": "sha512-%s%s"`, name, version)
		}
		if more != "" && more != `"integrity"` {
			entry += ", " + more
		}
		roots, entries = append(roots, fmt.Sprintf("%q: %q", name, version)), append(entries, entry+"}")
	}
	entries = append([]string{`"": {"dependencies": {` + strings.Join(roots, ", ") + "}}"}, entries...)
	return `{"lockfileVersion": 3, "packages": {` + strings.Join(entries, ",\n") + "}}\n"
}

func npm(base, head []string) example {
	return edited("package-lock.json", locked(base...), locked(head...))
}

func moved(base, head string) example { return npm([]string{base}, []string{head}) }

// twenty are packages with checksums, so that one without stands out.
func twenty(more string) []string {
	var all []string
	for i := range 20 {
		all = append(all, fmt.Sprintf("p%d 1.0.0", i))
	}
	return append(all, more)
}

func dependencyExamples() map[string]example {
	both := func(manifest, lock string) example {
		return example{base: files{"package.json": asks(), "package-lock.json": locked()},
			head: files{"package.json": manifest, "package-lock.json": lock}}
	}
	with := func(x example, more string) example { x.more = more; return x }
	licences := func(licence string) example {
		return with(npm([]string{"a 1.0.0"}, []string{"a 1.0.0", `b 1.0.0 "license": "` + licence + `"`}),
			"dependencies: { mode: enforce, licences: { allow: [MIT, Apache-2.0] } }\n")
	}
	denied := func(version string) example {
		return with(npm([]string{"a 1.0.0"}, []string{"a 1.0.0", "event-stream " + version}),
			"dependencies: { mode: enforce, deny: [\"npm:event-stream@3.3.6\"] }\n")
	}
	pin := func(s string) example { return edited("requirements.txt", "six==1.16.0\n", "six==1.16.0\n"+s+"\n") }
	manifest := func(before, after []string) example { return edited("package.json", asks(before...), asks(after...)) }
	submodule := func(path string) example {
		x := added("README.md", "words\n")
		x.change = func(s *change.Snapshot) {
			s.Files = append(
				s.Files,
				diff.File{Path: path, Status: diff.Modified, State: diff.Submodule, OldMode: "160000", Mode: "160000",
					OldBlob: strings.Repeat("1", 40), Blob: strings.Repeat("5", 40)},
			)
		}
		return x
	}
	return map[string]example{
		"lock-mismatch: package.json asks for ^4.17.0, and package-lock.json has 4.17.21.": both(
			asks("lodash ^4.17.0"),
			locked("lodash 4.17.21"),
		),
		"lock-mismatch: package.json asks for left-pad, and package-lock.json does not have it.": both(
			asks("left-pad ^1"),
			locked("lodash 4.17.21"),
		),
		"new-direct: A package that the project has is raised.": manifest(
			[]string{"react ^18.0.0"},
			[]string{"react ^18.1.0"},
		),
		"new-direct: package.json asks for left-pad for the first time.": manifest(
			[]string{"react ^18"},
			[]string{"react ^18", "left-pad ^1"},
		),
		"major-bump: react goes from 18.2.0 to 18.3.1.": moved(
			"react 18.2.0",
			"react 18.3.1",
		),
		"major-bump: react goes from 18.2.0 to 19.0.0.": moved(
			"react 18.2.0",
			"react 19.0.0",
		),
		"downgrade: One of two versions of minimatch disappears.": edited(
			"Cargo.lock",
			crates("minimatch 1.0.0", "minimatch 3.0.0"),
			crates("minimatch 1.0.0"),
		),
		"downgrade: lodash goes from 4.17.21 to 4.17.15.":          moved("lodash 4.17.21", "lodash 4.17.15"),
		"unpinned: requests==2.32.3 is added to requirements.txt.": pin("requests==2.32.3"),
		"unpinned: requests is added to requirements.txt.":         pin("requests"),
		"submodule: A file beside the submodule is changed.":       added("libs/README.md", "words\n"),
		"submodule: libs/parser points from 1a2b3c4 to 5d6e7f8.":   submodule("libs/parser"),
		"image-digest: FROM golang:1.26@sha256:... is added.": added(
			"Dockerfile",
			"FROM golang:1.26@sha256:"+strings.Repeat("a", 64)+"\n",
		),
		"image-digest: FROM golang:latest is added.":         added("Dockerfile", "FROM golang:latest\n"),
		"incomplete: Every changed lock file could be read.": moved("a 1.0.0", "a 1.0.1"),
		"incomplete: package-lock.json holds the marks of a merge.": edited("package-lock.json", locked("a 1.0.0"),
			"<<<<<<< HEAD\n"+locked("a 1.0.0")+"=======\n"+locked("a 1.0.1")+">>>>>>> other\n"),
		"checksum-changed: lodash goes to 4.17.21 and gets the checksum of that version.": moved(
			"lodash 4.17.20",
			"lodash 4.17.21",
		),
		"checksum-changed: lodash stays at 4.17.21 and gets another checksum.": moved("lodash 4.17.21",
			`lodash 4.17.21 "integrity": "sha512-other"`),
		"checksum-missing: A new package with its integrity.": npm(twenty("q 1.0.0"), append(twenty("q 1.0.0"), "r 1.0.0")),
		"checksum-missing: A new package in package-lock.json without integrity.": npm(twenty("q 1.0.0"),
			append(twenty("q 1.0.0"), `r 1.0.0 "integrity"`)),
		"source: A package of the same workspace, by its path.": manifest(nil, []string{"own file:../own"}),
		`source: "left-pad": "github:evil/left-pad"`:            manifest(nil, []string{"left-pad github:evil/left-pad"}),
		"host: A package from the registry of all others.":      npm(twenty("q 1.0.0"), append(twenty("q 1.0.0"), "r 1.0.0")),
		"host: One package of many from registry.evil.example.": npm(twenty("q 1.0.0"),
			append(twenty("q 1.0.0"), `r 1.0.0 "resolved": "https://registry.evil.example/r/-/r-1.0.0.tgz"`)),
		"install-script: A new package without install script.": npm(nil, []string{"a 1.0.0"}),
		"install-script: A new package with hasInstallScript in package-lock.json.": npm(
			nil,
			[]string{`a 1.0.0 "hasInstallScript": true`},
		),
		"look-alike: react-dom is added beside react.": manifest(
			[]string{"react 18"},
			[]string{"react 18", "react-dom 18"},
		),
		"look-alike: lodahs is added, and the project has lodash.": manifest(
			[]string{"lodash 4"},
			[]string{"lodash 4", "lodahs 4"},
		),
		"new-publisher: @acme/button is added, and the project has @acme/ui.": manifest(
			[]string{"@acme/ui 1"},
			[]string{"@acme/ui 1", "@acme/button 1"},
		),
		"new-publisher: @evil/button is added, and the project has no package of @evil.": manifest(
			[]string{"lodash 4"},
			[]string{"lodash 4", "@evil/button 1"},
		),
		"denied: No package of the list is brought in.":                                      denied("3.3.4"),
		"denied: event-stream 3.3.6 is brought in, and the list has npm:event-stream@3.3.6.": denied("3.3.6"),
		"licence: MIT OR GPL-3.0-only, with MIT allowed.":                                    licences("MIT OR GPL-3.0-only"),
		"licence: AGPL-3.0-only, with MIT and Apache-2.0 allowed.":                           licences("AGPL-3.0-only"),
	}
}

func crates(packages ...string) string {
	var b strings.Builder
	for _, p := range packages {
		name, version, _ := strings.Cut(p, " ")
		fmt.Fprintf(
			&b,
			"[[package]]\nname = %q\nversion = %q\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n",
			name,
			version,
		)
	}
	return b.String()
}

// fn is a Go file with one function of so many parameters, branches and other steps.
func fn(parameters, branches, steps int) string {
	names := make([]string, parameters)
	for i := range names {
		names[i] = fmt.Sprintf("p%d", i)
	}
	return "package a\n\nfunc work(" + strings.Join(
		names,
		", ",
	) + " int) (x int) {\n" + strings.Repeat(
		"\tif p0 > x { x++ }\n",
		branches,
	) +
		strings.Repeat(
			"\tx += p0\n",
			steps,
		) + "\treturn x\n}\n"
}

func grows(before, after string) example { return edited("a.go", before, after) }

func nested(heads ...string) string {
	body := "x++"
	for _, h := range heads {
		body = h + " {\n" + body + "\n}"
	}
	return "package a\n\nfunc work(p int) (x int) {\n" + body + "\nreturn x\n}\n"
}

func smellExamples() map[string]example {
	block := ""
	for i := range 22 {
		block += fmt.Sprintf("\tx%d := read(%d, request, \"name%d\")\n", i, i*7, i)
	}
	handler := func(name, body string) string { return "package a\n\nfunc " + name + "() {\n" + body + "}\n" }
	inFunc := func(line string) example {
		return edited("a.js", "function a(b) {\n}\n", "function a(b) {\n  "+line+"\n}\n")
	}
	py := func(line string) example { return edited("a.py", "import os\n", "import os\n"+line+"\n") }
	gofile := func(body string) example {
		return edited("a.go", "package a\n", "package a\n\nfunc read() error {\n\terr := open()\n\t"+body+"\n\treturn err\n}\n")
	}
	return map[string]example{
		"long-function: A function grows from 60 to 80 lines.":  grows(fn(1, 22, 35), fn(1, 22, 55)),
		"long-function: A function grows from 70 to 130 lines.": grows(fn(1, 22, 45), fn(1, 22, 105)),
		"deep-nesting: An if in a loop in an if.":               added("a.go", nested("if p > x", "for p > x", "if p > x")),
		"deep-nesting: An if in a loop in a switch in a loop in an if in an if.": added("a.go",
			nested("if p > x", "for p > x", "switch {\ncase p > 1:\nif p > x", "for p > x", "if p > x", "if p > x")+"}\n"),
		"complex-function: A function goes from 8 to 14.":          grows(fn(1, 8, 5), fn(1, 14, 5)),
		"complex-function: A function goes from 20 to 44.":         grows(fn(1, 20, 5), fn(1, 44, 5)),
		"many-paths: A function goes from 8 to 14.":                grows(fn(1, 7, 5), fn(1, 13, 5)),
		"many-paths: A function goes from 20 to 34.":               grows(fn(1, 19, 5), fn(1, 33, 5)),
		"many-parameters: A function with four parameters.":        added("a.go", fn(4, 0, 1)),
		"many-parameters: A function goes from 6 to 9 parameters.": grows(fn(6, 0, 1), fn(9, 0, 1)),
		"duplicate: Two functions call a third one for what they share.": {head: files{"a.go": handler("one", block),
			"b.go": handler("two", "\tone()\n"), "c.go": handler("three", "\tone()\n")}},
		"duplicate: Twenty equal lines in two handlers.": {
			head: files{"a.go": handler("one", block), "b.go": handler("two", block)},
		},
		"breakpoint: A call of the logger.":                  inFunc("log.info(b);"),
		"breakpoint: debugger; in a function of a web page.": inFunc("debugger;"),
		"print: fmt.Println in package main.": added(
			"main.go",
			"package main\n\nfunc main() {\n\tfmt.Println(\"x\")\n}\n",
		),
		"print: console.log(user) in a component that printed nothing before.": edited(
			"src/user.js",
			"function user(user) {\n}\n",
			"function user(user) {\n  console.log(user)\n}\n",
		),
		"suppression: //nolint:gosec // the path is a constant": gofile("_ = err //nolint:gosec // the path is a constant"),
		"suppression: # noqa: E501":                             py("x = 1  # noqa: E501"),
		"blanket-suppression: # type: ignore[attr-defined]":     py("x = os.a  # type: ignore[attr-defined]"),
		"blanket-suppression: # type: ignore":                   py("x = os.a  # type: ignore"),
		"conflict: A line of equals signs below a heading.":     added("a.md", "Heading\n=======\n\nwords\n"),
		"conflict: A file with both sides of a merge between <<<<<<< and >>>>>>>.": edited("a.py", "x = 1\n",
			"<<<<<<< HEAD\nx = 2\n=======\nx = 3\n>>>>>>> other\n"),
		"todo: // TODO(SHOP-12): round at the end":        inFunc("// TODO(SHOP-12): round at the end"),
		"todo: // TODO: round":                            inFunc("// TODO: round"),
		"commented-code: A comment that explains a step.": inFunc("// The sum is rounded at the end."),
		"commented-code: Three statements, each behind a comment mark.": inFunc(
			"// x = f(b);\n  // y = g(x);\n  // return y;",
		),
		`swallowed-error: if err != nil { return fmt.Errorf("read: %w", err) }`: gofile(
			`if err != nil { return fmt.Errorf("read: %w", err) }`,
		),
		"swallowed-error: if err != nil { return nil }":                gofile("if err != nil { return nil }"),
		`hidden-text: An escape such as \u200b in a string.`:           inFunc(`const x = "\u200b";`),
		"hidden-text: A name with a Cyrillic letter among Latin ones.": inFunc("const p\u0430ssword = 1;"),
		"unread: A changed file of 400 lines.":                         grows(fn(1, 0, 1), fn(1, 0, 395)),
		"unread: A changed file of Go that does not parse.":            grows("package a\n", "package a\n\nfunc {\n"),
	}
}

func testExamples() map[string]example {
	titled := func(x example) example {
		x.change = func(s *change.Snapshot) { title := "feat(cart): add totals"; s.Title = &title }
		return x
	}
	logic := "package cart\n\nfunc Total(items []int) (sum int) {\n\tfor _, n := range items {\n" + strings.Repeat(
		"\t\tif n > 3 {\n\t\t\tsum += n\n\t\t}\n",
		12,
	) +
		"\t}\n\treturn sum\n}\n"
	test := "package cart\n\nimport \"testing\"\n\nfunc TestTotal(t *testing.T) {\n\tif Total(nil) != 0 {\n\t\tt.Error(1)\n\t}\n}\n"
	refund := test + "\nfunc TestRefund(t *testing.T) {\n\tif Refund() != 0 {\n\t\tt.Error(1)\n\t}\n}\n"
	js := func(line string) example { return edited("cart.test.js", "const a = 1\n", "const a = 1\n"+line+"\n") }
	java := func(mark string) example {
		body := "class CartTest {\n  @Test\n%s  void adds() {\n    check();\n  }\n}\n"
		return edited("src/test/java/CartTest.java", fmt.Sprintf(body, ""), fmt.Sprintf(body, mark))
	}
	rust := func(mark string) example {
		return edited("tests/cart.rs", "// tests\n", "// tests\n\n#[test]\n"+mark+"fn adds() {\n    assert_eq!(1, 1);\n}\n")
	}
	covered := func(state report.State) example {
		x := edited("cart/cart.go", "package cart\n", logic)
		x.more = "coverage: { mode: warn, patch: { min_lines: 1 } }\nreports: { expect: [{ kind: coverage }] }\n"
		x.change = func(s *change.Snapshot) {
			s.Tree = []string{"cart/cart.go"}
			s.Reports = []report.Report{
				{Kind: report.CoverageKind, Format: "go", Source: "job 7", Trust: report.FullTrust, Coverage: &report.Coverage{
					Files: []report.FileCoverage{
						{
							Path: "cart/cart.go",
							Lines: []report.LineRange{{From: 3, To: 3, State: report.Miss}, {From: 4, To: 4, State: state},
								{From: 5, To: 44, State: report.Miss}},
						},
					}}},
			}
		}
		return x
	}
	both := files{"cart.go": logic, "cart_test.go": test}
	hidden := example{change: func(s *change.Snapshot) {
		s.Files = append(s.Files, diff.File{Path: "cart.go", Status: diff.Modified, State: diff.TooLarge, Additions: 9000})
	}}
	return map[string]example{
		`focused: it("adds up", add)`:                                  js(`it("adds up", add)`),
		`focused: it.only("adds up", add)`:                             js(`it.only("adds up", add)`),
		`skipped: @Disabled("until #412 is solved") above a test.`:     java("  @Disabled(\"until #412 is solved\")\n"),
		"skipped: @Disabled above a test that ran.":                    java("  @Disabled\n"),
		"skipped-new: A new test that runs.":                           rust(""),
		"skipped-new: A new test below #[ignore].":                     rust("#[ignore]\n"),
		"removed-file: cart.go and cart_test.go are removed together.": {base: both},
		"removed-file: cart_test.go is removed, cart.go stays.":        {base: both, head: files{"cart.go": logic}},
		"removed: A test is renamed.": edited(
			"cart_test.go",
			refund,
			strings.Replace(refund, "TestRefund", "TestRefunds", 1),
		),
		"removed: TestRefund is removed, and nothing else changes.": edited("cart_test.go", refund, test),
		"missing: cart.go gets 40 lines of logic, and cart_test.go changes with it.": titled(
			example{base: files{"cart.go": "package cart\n", "cart_test.go": "package cart\n"},
				head: files{"cart.go": logic, "cart_test.go": test}},
		),
		"missing: cart.go gets 40 lines of logic; there is no cart_test.go, and no test changes.": titled(
			edited("cart.go", "package cart\n", logic),
		),
		"unchanged: cart.go gets 40 lines of logic, and cart_test.go changes with it.": titled(
			example{base: files{"cart.go": "package cart\n", "cart_test.go": "package cart\n"},
				head: files{"cart.go": logic, "cart_test.go": test}},
		),
		"unchanged: cart.go gets 40 lines of logic, and cart_test.go stays as it is.": titled(
			example{base: files{"cart.go": "package cart\n", "cart_test.go": test},
				head: both},
		),
		"uncovered: Total gets ten lines, and a test reaches one of them.": covered(report.Hit),
		"uncovered: Total gets ten lines, and no test reaches any.":        covered(report.Miss),
		"unread: A source file of 200 changed lines.":                      grows(fn(1, 0, 1), fn(1, 0, 200)),
		"unread: A source file whose diff GitHub does not show.":           hidden,
	}
}
