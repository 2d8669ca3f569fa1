//go:build checks

package catalogue_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/report"
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
}

var reals = map[string]real{
	"gofmt": {name: "a.go", good: "package a\n", bad: "package a\n\nvar  x = 1\n", broken: "package a\n\nfunc {\n", rule: "format"},
	"go vet": {setup: map[string]string{"go.mod": "module shop\n\ngo 1.24\n"}, name: "a.go", good: "package a\n",
		bad: "package a\n\nimport \"fmt\"\n\nvar _ = fmt.Sprintf(\"%d\", \"x\")\n", broken: "package a\n\nfunc {\n"},
	"shellcheck": {name: "a.sh", good: "#!/bin/sh\necho \"$1\"\n", bad: "#!/bin/sh\necho $1\n", broken: "#!/bin/sh\nif\n", rule: "SC2086",
		reads: true},
	"yamllint": {name: "a.yml", good: "---\na: 1\n", bad: "---\na:   [1\n  ,2]\na: 2\n", broken: "---\na: [\n", rule: "key-duplicates",
		reads: true},
	"actionlint": {name: ".github/workflows/a.yml",
		good:   "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n",
		bad:    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step: []\n",
		broken: "on: [\n", rule: "syntax-check", reads: true},
	"eslint": {setup: map[string]string{"eslint.config.mjs": "export default [{ rules: { \"no-var\": \"error\" } }];\n"},
		name: "a.js", good: "const a = 1;\n", bad: "var a = 1;\n", broken: "const = 1;\n", rule: "no-var", reads: true},
	"prettier":     {name: "a.js", good: "const a = 1;\n", bad: "const a  = 1\n", broken: "const = 1;\n", rule: "format"},
	"markdownlint": {name: "a.md", good: "# A\n", bad: "# A\n\n\ntext\n", rule: "MD012"},
}

// TestReal runs tools as the catalogue has them: what they write is read, their exit status means what the catalogue
// says, and a file that they cannot read is never one without findings.
func TestReal(t *testing.T) {
	for name, c := range reals {
		t.Run(name, func(t *testing.T) {
			tool, ok := catalogue.Find(name)
			if !ok {
				t.Fatal("the catalogue does not have it")
			}
			for what, text := range map[string]string{"good": c.good, "bad": c.bad, "broken": c.broken} {
				if text == "" {
					continue
				}
				exit, written := run(t, tool, c, text)
				r, err := formats.Parser{}.Parse(report.LintKind, tool.Format, bytes.NewReader(written), 0)
				findings := []report.LintFinding{}
				if err == nil {
					findings = r.Lint.Findings
				}
				evidence := err == nil && !tool.Crashed(exit, len(findings)) && !tool.Partial(written)
				switch {
				case what == "broken" && !c.reads && evidence:
					t.Errorf("broken: status %d with %d findings is taken for evidence:\n%s", exit, len(findings), written)
				case what == "broken" && !c.reads:
				case !evidence:
					t.Errorf("%s: status %d, %d findings, %v:\n%s", what, exit, len(findings), err, written)
				case (what == "good") != (len(findings) == 0):
					t.Errorf("%s: %v", what, findings)
				case what == "bad" && !strings.Contains(r.Lint.Findings[0].Rule+" "+joined(findings), c.rule):
					t.Errorf("it finds %v, want %s", findings, c.rule)
				}
				for _, f := range findings {
					if !strings.HasSuffix(f.Path, c.name) || f.Line == 0 && name != "prettier" {
						t.Errorf("%s: the finding %v has no place", what, f)
					}
				}
			}
		})
	}
}

func joined(findings []report.LintFinding) string {
	var all []string
	for _, f := range findings {
		all = append(all, f.String())
	}
	return strings.Join(all, "; ")
}

// run calls a tool on one file and gives its exit status and its report.
func run(t *testing.T, tool catalogue.Tool, c real, text string) (exit int, written []byte) {
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
	argv := tool.Argv
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
	if tool.Report == catalogue.Stderr {
		return cmd.ProcessState.ExitCode(), errs.Bytes()
	}
	return cmd.ProcessState.ExitCode(), out.Bytes()
}
