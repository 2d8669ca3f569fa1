package sandbox

import (
	"slices"
	"strings"
	"testing"
)

func TestCheckRefusesJobsThatReachOut(t *testing.T) {
	good := Job{Argv: []string{"lint", "-rf", "a\nb"}, Tree: "/srv/tree", Report: "out/report.json", Limits: DefaultLimits()}
	if err := good.Check(); err != nil {
		t.Fatalf("a good job is refused: %v", err)
	}
	for name, spoil := range map[string]func(*Job){
		"no program":         func(j *Job) { j.Argv = nil },
		"an option":          func(j *Job) { j.Argv = []string{"--chroot"} },
		"NUL in an argument": func(j *Job) { j.Argv = []string{"a", "b\x00c"} },
		"a relative tree":    func(j *Job) { j.Tree = "tree" },
		"a tree with dots":   func(j *Job) { j.Tree = "/srv/../etc" },
		"a mount's options":  func(j *Job) { j.Tree = "/srv/a:rw" },
		"a report above":     func(j *Job) { j.Report = "../report" },
		"a report elsewhere": func(j *Job) { j.Report = "/etc/passwd" },
		"a report by detour": func(j *Job) { j.Report = "a/../../b" },
		"an option's report": func(j *Job) { j.Report = "-e" },
		"a variable's value": func(j *Job) { j.Env = map[string]string{"A=B": "c"} },
		"a forgotten limit":  func(j *Job) { j.Limits.Processes = 0 },
	} {
		job := good
		spoil(&job)
		if job.Check() == nil {
			t.Errorf("a job with %s is not refused", name)
		}
	}
}

func TestEnvironmentHoldsOnlyWhatTheJobNames(t *testing.T) {
	t.Setenv("LINTEL_SECRET", "hunter2")
	job := Job{Env: map[string]string{"LANG": "de_DE.UTF-8", "CI": "true"}}
	want := []string{"CI=true", "HOME=/job", "LANG=de_DE.UTF-8"}
	got := job.Environment()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%q is missing in %q", w, got)
		}
	}
	if len(got) != 5 || strings.Contains(strings.Join(got, " "), "hunter2") {
		t.Errorf("the environment holds more than it should: %q", got)
	}
}

func TestOffRunsNothing(t *testing.T) {
	r := Off{}.Run(t.Context(), Job{Argv: []string{"true"}})
	if r.Ended != Unstartable || r.Exit != -1 || !strings.Contains(r.Why, "checks.backend") {
		t.Errorf("%+v", r)
	}
}
