package toolcall

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/sandbox"
)

// TestOne: findings are findings, and whatever else happened is a tool that failed and says why.
func TestOne(t *testing.T) {
	found := `{"comments":[{"file":"./a.sh","line":2,"endLine":2,"column":6,"endColumn":8,"level":"error","code":2086,"message":"Quote."}]}`
	for name, c := range map[string]struct {
		result   sandbox.Result
		findings int
		why      string
	}{
		"findings":  {sandbox.Result{Ended: sandbox.Finished, Exit: 1, Report: []byte(found)}, 1, ""},
		"clean":     {sandbox.Result{Ended: sandbox.Finished, Report: []byte(`{"comments":[]}`)}, 0, ""},
		"a crash":   {sandbox.Result{Ended: sandbox.Finished, Exit: 2, Stderr: []byte("a\nno such file\n")}, 0, "no such file"},
		"a promise": {sandbox.Result{Ended: sandbox.Finished, Exit: 1, Report: []byte(`{"comments":[]}`)}, 0, "status 1"},
		"no report": {sandbox.Result{Ended: sandbox.Finished, ReportState: sandbox.Missing}, 0, "missing"},
		"garbage":   {sandbox.Result{Ended: sandbox.Finished, Report: []byte("{")}, 0, "cannot be read"},
		"too slow":  {sandbox.Result{Ended: sandbox.Deadline, Why: "it ran out of time", Exit: -1}, 0, "ran out of time"},
		"refused":   {sandbox.Refuse("no sandbox is set up"), 0, "no sandbox is set up"},
	} {
		known, _ := catalogue.Find("shellcheck")
		got := Read(known, "test", c.result)
		if got.Lint == nil || got.Problem != "" || len(got.Lint.Findings) != c.findings || len(got.Lint.Tools) == 0 && c.why != "" {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		if c.findings > 0 && got.Lint.Findings[0].Path != "a.sh" {
			t.Errorf("%s: the file is %q", name, got.Lint.Findings[0].Path)
		}
		if failed := c.why != ""; len(got.Lint.Tools) > 0 &&
			(got.Lint.Tools[0].Failed != failed || !strings.Contains(got.Lint.Tools[0].FailedWhy, c.why)) {
			t.Errorf("%s: %+v", name, got.Lint.Tools)
		}
	}
}

// TestHalted: yamllint ends with the status of findings where a file that it cannot decode broke it off.
func TestHalted(t *testing.T) {
	const found = "./a.yml:1:5: [error] too many spaces after colon (colons)\n"
	for name, c := range map[string]struct {
		stderr string
		broken bool
	}{
		"whole":   {"pkg_resources is deprecated\n", false},
		"decoded": {"Traceback (most recent call last):\n  File \"/usr/bin/yamllint\", line 33\nUnicodeDecodeError: 'utf-8'\n", true},
		"its end": {"\n  File \"/usr/lib/yaml/parser.py\", line 98, in check_event\nRecursionError: maximum\n", true},
	} {
		known, _ := catalogue.Find("yamllint")
		got := Read(known, "test", sandbox.Result{Ended: sandbox.Finished, Exit: 1, Report: []byte(found), Stderr: []byte(c.stderr)})
		if got.Lint == nil || got.Lint.Tools[0].Failed != c.broken || len(got.Lint.Findings) == 0 != c.broken {
			t.Errorf("%s: %+v", name, got.Lint)
		}
	}
}

// TestHaltedQuietly: trivy ends as if all were clean, and says on standard error alone which file it did not read, before or
// after whatever else it says there.
func TestHaltedQuietly(t *testing.T) {
	const clean = `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Trivy","rules":[]}},"results":[]}]}`
	const at = "2026-11-30T12:02:37Z\t"
	more := strings.Repeat(at+"WARN\t[terraform parser] Variable values were not found\tmodule=\"root\"\n", 1000)
	known, _ := catalogue.Find("trivy config")
	if kept := (Call{Tool: known, Limits: sandbox.DefaultLimits()}).Job().Limits.Tail; kept < len(more)+1000 {
		t.Errorf("%d bytes are kept of standard error", kept)
	}
	for name, c := range map[string]struct {
		stderr string
		broken bool
	}{
		"clean":      {at + "ERROR\t[misconfig] Falling back to embedded checks\terr=\"failed\"\n" + more, false},
		"not parsed": {at + "ERROR\t[dockerfile scanner] Failed to parse file\tfile_path=\"Dockerfile\"\n" + more, true},
		"not HCL":    {more + at + "ERROR\t[terraform parser] Error parsing file\tmodule=\"root\" file_path=\"a.tf\"\n", true},
		"no block":   {at + "ERROR\t[terraform parser] Encountered HCL parse error\tmodule=\"root\" file_path=\"a.tf\"\n", true},
		"cut":        {strings.Repeat("x", stderrTail), true},
	} {
		got := Read(known, "test", sandbox.Result{Ended: sandbox.Finished, Report: []byte(clean), ReportState: sandbox.Whole,
			Stderr: []byte(c.stderr)})
		if got.Lint == nil || len(got.Lint.Tools) == 0 || got.Lint.Tools[0].Failed != c.broken {
			t.Errorf("%s: %+v", name, got.Lint)
		}
	}
}

// TestFiles: a tool is given the changed files that it is for, and no name is an option.
func TestFiles(t *testing.T) {
	known, _ := catalogue.Find("shellcheck")
	files := Meant(known, []diff.File{
		{Path: "-rf.sh", Blob: "1"},
		{Path: "a.go", Blob: "2"},
		{Path: "bin/b.sh", Blob: "3"},
		{Path: "gone.sh"},
	})
	argv := Call{Tool: known, Tree: "/t", Files: files}.Job().Argv
	if got := strings.Join(argv, " "); got != "shellcheck --format=json1 -- ./-rf.sh ./bin/b.sh" {
		t.Error(got)
	}
}

// The report of a tool that writes one lies where the sandbox reads it.
func TestJobNamesItsReport(t *testing.T) {
	known, ok := catalogue.Find("gitleaks")
	if !ok {
		t.Fatal("there is no gitleaks")
	}
	job := Call{Tool: known, Tree: "/srv/tree"}.Job()
	if want := "--report-path=" + sandbox.WorkFolder + "/" + job.Report; !slices.Contains(job.Argv, want) {
		t.Errorf("%q holds no %q", job.Argv, want)
	}
}
