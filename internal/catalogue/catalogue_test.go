package catalogue_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/report"
)

// TestCrashed: an exit status that nobody documents, or one of findings without any, is no evidence that all is well.
func TestCrashed(t *testing.T) {
	for _, c := range []struct {
		tool           string
		exit, findings int
		want           bool
	}{
		{"gofmt", 0, 2, false}, {"gofmt", 1, 1, false}, {"gofmt", 2, 0, true}, {"gofmt", 2, 3, true},
		{"eslint", 1, 0, true}, {"eslint", 2, 0, true}, {"eslint", -1, 4, true},
		{"shellcheck", 1, 1, false}, {"shellcheck", 2, 1, true},
		{"terraform fmt", 1, 1, true}, {"terraform fmt", 3, 1, false},
		{"buf", 100, 1, false}, {"buf", 1, 0, true},
		{"gitleaks", 10, 1, false}, {"gitleaks", 1, 1, true}, {"gitleaks", 137, 0, true},
	} {
		tool, ok := catalogue.Find(c.tool)
		if got := tool.Crashed(c.exit, c.findings); !ok || got != c.want {
			t.Errorf("%s, status %d with %d findings: crashed is %t", c.tool, c.exit, c.findings, got)
		}
	}
}

// TestProgramCrashed: a program that is not in the catalogue may end with any status, but for those of a shell that could
// not start it and of a signal.
func TestProgramCrashed(t *testing.T) {
	tool := catalogue.Program("own", []string{"own"}, false, "text", catalogue.Stdout)
	for exit, crashed := range map[int]bool{
		0: false, 1: false, 7: false, 125: false, 126: true, 127: true, 137: true, 139: true, -1: true,
	} {
		if got := tool.Crashed(exit, 1); got != crashed {
			t.Errorf("status %d with a finding: crashed is %v", exit, got)
		}
	}
}

// TestEntries: what a change holds never becomes an option of a tool, and a caller cannot change the catalogue.
func TestEntries(t *testing.T) {
	for _, name := range catalogue.Names() {
		tool, _ := catalogue.Find(name)
		if !slices.Contains(formats.Names(report.LintKind), tool.Format) || len(tool.Paths) == 0 {
			t.Errorf("%s: format %q, paths %q", name, tool.Format, tool.Paths)
		}
		if tool.Sparse && !tool.TakesFiles || tool.ByFile(nil) && !tool.Sparse {
			t.Errorf("%s works by file and takes none, or sees more than those", name)
		}
		tool.Argv[0] = "changed"
		if again, _ := catalogue.Find(name); again.Argv[0] == "changed" {
			t.Errorf("%s was changed", name)
		}
	}
	if _, ok := catalogue.Find("rm"); ok {
		t.Error("there is a tool that nobody wrote down")
	}
}

// TestGofmt runs the real gofmt, which comes with Go: what it writes and its exit status are as the catalogue has them.
func TestGofmt(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]struct {
		text     string
		findings int
		crashed  bool
	}{
		"good.go":   {"package a\n", 0, false},
		"bad.go":    {"package a\n\nvar  x = 1\n", 1, false},
		"broken.go": {"package a\n\nfunc {\n", 0, true},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(want.text), 0o600); err != nil {
			t.Fatal(err)
		}
		tool, _ := catalogue.Find("gofmt")
		cmd := exec.CommandContext(t.Context(), tool.Argv[0], append(tool.Argv[1:], name)...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			t.Fatal(err)
		} else if ok && failed.ExitCode() < 0 {
			t.Fatal(err)
		}
		r, err := formats.Parser{}.Parse(report.LintKind, tool.Format, bytes.NewReader(out), 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n, exit := len(r.Lint.Findings), cmd.ProcessState.ExitCode()
		if n != want.findings || tool.Crashed(exit, n) != want.crashed {
			t.Errorf("%s: status %d, %d findings, crashed %t", name, exit, n, tool.Crashed(exit, n))
		}
	}
}

// TestPartial: go vet's words for packages that it could not load, as Go 1.26 writes them, and those of findings.
func TestPartial(t *testing.T) {
	vet, _ := catalogue.Find("go vet")
	lint, _ := catalogue.Find("golangci-lint")
	for _, c := range []struct {
		tool   catalogue.Tool
		report string
		want   bool
	}{
		{vet, "c/c.go:5:22: fmt.Sprintf format %d has arg \"x\" of wrong type string\n", false},
		{vet, "# shop/c\n# [shop/c]\nc/c.go:5:22: fmt.Sprintf format %d has arg\n", false},
		{vet, "# shop/a\na/a.go:3:9: undefined: y\nc/c.go:5:22: fmt.Sprintf format\n", true},
		{vet, "c/c.go:5:22: fmt.Sprintf format\nb/b.go:3:8: package shop/a is not in std (/usr/local/go/src/shop/a)\n", true},
		{vet, "# shop/b\n# [shop/b]\nvet: b/b.go:3:9: expected operand, found '='\n", true},
		{vet, "shop/a.go:3:8: missing go.sum entry for module providing package example.com/missing\n", true},
		{lint, `{"Issues":[{"FromLinter":"typecheck","Text":"undefined: y"}]}`, true},
		{lint, `{"Issues":[{"FromLinter":"errcheck","Text":"unchecked"}]}`, false},
	} {
		if got := c.tool.Partial([]byte(c.report)); got != c.want {
			t.Errorf("%s: %q: %v", c.tool.Name, c.report, got)
		}
	}
}
