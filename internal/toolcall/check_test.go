package toolcall

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/settings"
)

const image = "i@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func item(t *testing.T, text string, by checkplan.Permissions) checkplan.Item {
	t.Helper()
	s, problems := settings.Parse("f", []byte("version: 1\nchecks:\n"+text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	files := []diff.File{{Path: "-rf.go"}, {Path: "x.py"}}
	return checkplan.Plan(s.Checks, checkplan.Change{Files: files, Complete: true}, by)[0]
}

func program(format string) string {
	kind := "lint"
	if format == "lcov" {
		kind = "coverage"
	}
	return "- {name: own, image: \"" + image + "\", run: [own, -o, \"{report}\"], timeout: 5s, memory: 64, " +
		"report: {kind: " + kind + ", format: " + format + ", path: o.out}}\n"
}

// TestOf: what the sandbox is asked to run of a check. No name of a file becomes an option.
func TestOf(t *testing.T) {
	tree := []checkplan.Input{{Path: "x.py", Blob: "2"}, {Path: "-rf.go", Blob: "1"}}
	for text, want := range map[string]sandbox.Job{
		"- {name: a, tool: gofmt}":               {Argv: []string{"gofmt", "-d", "./-rf.go"}, Report: "-"},
		"- {name: a, tool: gofmt, inputs: tree}": {Argv: []string{"gofmt", "-d", "./-rf.go"}, Report: "-"},
		"- {name: a, tool: go vet}":              {Argv: []string{"go", "vet", "./..."}},
		program("sarif"):                         {Image: image, Argv: []string{"own", "-o", "/job/o.out"}, Report: "o.out"},
	} {
		backend := "bwrap"
		if want.Image != "" {
			backend = "docker"
		}
		got := Of(item(t, text, checkplan.Laptop(backend)), "/x", tree, sandbox.DefaultLimits()).Job()
		if text == program("sarif") && (got.Limits.Deadline != 5*time.Second || got.Limits.Memory != 64<<20 || got.Limits.Disk == 0) {
			t.Errorf("the limits are %+v", got.Limits)
		}
		got.Limits, got.Tree, got.Env = sandbox.Limits{}, "", nil
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", text, d)
		}
	}
}

func ended(exit int, report, stderr string) sandbox.Result {
	return sandbox.Result{Ended: sandbox.Finished, Exit: exit, Report: []byte(report), Stderr: []byte(stderr)}
}

// TestResult: a check that did its work has a report, and any other a problem with its last lines and without secrets.
func TestResult(t *testing.T) {
	const found = `{"runs":[{"tool":{"driver":{"name":"own"}},"results":[{"message":{"text":"bad"}}]}],"version":"2.1.0"}`
	const none = `{"version":"2.1.0","runs":[]}`
	const lcov = "SF:a.go\nDA:1,1\nend_of_record\n"
	key := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	for name, c := range map[string]struct {
		format  string
		result  sandbox.Result
		problem string
	}{
		"findings":              {"sarif", ended(7, found, ""), ""},
		"none":                  {"sarif", ended(0, none, ""), ""},
		"a crash":               {"sarif", ended(7, none, ""), "status 7"},
		"a signal":              {"sarif", ended(-1, found, ""), "status -1"},
		"coverage":              {"lcov", ended(0, lcov, ""), ""},
		"coverage of bad tests": {"lcov", ended(1, lcov, ""), "status 1"},
		"too slow": {"lcov", sandbox.Result{Ended: sandbox.Deadline, Why: "it ran out of time"},
			"it ran out of time (deadline)"},
		"killed":     {"lcov", sandbox.Result{Ended: sandbox.Killed}, "killed"},
		"last lines": {"sarif", ended(2, "", "a\nkey "+key+"\n"), "its last lines: a / key <"},
	} {
		got := Result(item(t, program(c.format), checkplan.Laptop("docker")), c.result, &redact.Detector{})
		if got.Check != "own" || got.Flag != "own" || got.Format != c.format || strings.Contains(got.Problem, key) ||
			(got.Problem == "") != (c.problem == "") || !strings.Contains(got.Problem, c.problem) ||
			(got.Lint != nil || got.Coverage != nil) != (c.problem == "") {
			t.Errorf("%s: %+v, want %q", name, got, c.problem)
		}
	}
}

// TestNotRun: what may not run is known at once, with the reason.
func TestNotRun(t *testing.T) {
	if got := NotRun(item(t, program("sarif"), checkplan.Permissions{})); got == nil || got.Check != "own" || got.Problem == "" ||
		got.Kind != report.LintKind {
		t.Errorf("%+v", got)
	}
	if got := NotRun(item(t, program("sarif"), checkplan.Laptop("docker"))); got != nil {
		t.Errorf("what runs has a report already: %+v", got)
	}
}
