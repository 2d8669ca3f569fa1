package review

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/verdict"
)

// ci is a CI that hands in reports while a clock moves, before a reviewer that remembers since when a head waits.
type ci struct {
	*world
	now      time.Time
	message  string
	settings string
	head     string
	reports  []report.Report
	said     time.Time
	since    map[string]time.Time
}

func newCI(t *testing.T, rules string) *ci {
	c := &ci{now: noon, message: "feat(cart): add it", settings: rules, head: strings.Repeat("a", 40), since: map[string]time.Time{}}
	c.world = newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) {
		return snapshot(c.message, func(s *change.Snapshot) {
			s.Controls.Files[settings.Path] = change.File{
				Path:    settings.Path,
				Blob:    "f1",
				Size:    int64(len(c.settings)),
				Content: []byte(c.settings),
			}
			s.Head.SHA, s.Commits[0].SHA = c.head, c.head
		}), nil
	})
	c.options.Now, c.options.Reports, c.options.Waits = func() time.Time { return c.now }, c, c
	return c
}

func (c *ci) Join(_ context.Context, s *change.Snapshot) error {
	s.Reports, s.Arrivals.Finalised = append([]report.Report{}, c.reports...), c.said
	return nil
}

func (c *ci) WaitingSince(_ context.Context, _ change.Key, sha string) (time.Time, error) {
	return c.since[sha], nil
}

// look looks once, and keeps what a store would keep.
func (c *ci) look(t *testing.T) (check *effect.Check, wait *plan.Wait) {
	t.Helper()
	r := hint()
	r.Head.SHA = c.head
	if err := c.Look(t.Context(), r, 1, false); err != nil {
		t.Fatal(err)
	}
	look := c.store.looks[len(c.store.looks)-1]
	if w := look.Wait; w != nil && c.since[w.SHA].IsZero() {
		c.since[w.SHA] = w.Since
	}
	for _, e := range c.last() {
		if e.Check != nil {
			check = e.Check
		}
	}
	return check, look.Wait
}

// shown is the check that stands.
func (c *ci) shown() *effect.Check { return c.store.standing.Checks[publish.CheckName].Effect.Check }

func (c *ci) verdict() string { return c.store.looks[len(c.store.looks)-1].Verdict.Conclusion }

const expecting = rules + `reports:
  expect:
    - { kind: coverage, flag: unit, job: "test <b>", required: true }
    - { kind: lint, flag: web, paths: [cart.go] }
    - { kind: lint, flag: api, paths: [/api/] }
  deadline: 40m
`

// TestWaitsForReports follows one head from its first look to the deadline.
func TestWaitsForReports(t *testing.T) {
	c := newCI(t, expecting)
	check, wait := c.look(t)
	if check == nil || check.Status != effect.InProgress || check.Conclusion != "" || check.Title != "Waiting for 2 reports of CI" ||
		len(check.Annotations) != 0 {
		t.Fatalf("%+v", check)
	}
	for _, want := range []string{"the coverage report with the flag `unit` from the job `test <b>`, required",
		"the lint report with the flag `web`, because the change touches `cart.go`", "at 12:40 UTC on 1 March"} {
		if !strings.Contains(check.Summary, want) {
			t.Errorf("the check does not say %q:\n%s", want, check.Summary)
		}
	}
	if strings.Contains(check.Summary, "Nothing blocks") || strings.Contains(check.Summary, "`api`") {
		t.Errorf("%s", check.Summary)
	}
	if c.verdict() != verdict.Pending || wait == nil || !wait.Since.Equal(noon) || !wait.Due.Equal(noon.Add(20*time.Minute)) {
		t.Errorf("%s %+v", c.verdict(), wait)
	}
	// What arrives is kept and writes nothing.
	c.now, c.reports = noon.Add(time.Minute), []report.Report{{Kind: "coverage", Flag: "unit"}}
	if check, wait = c.look(t); check != nil || c.verdict() != verdict.Pending || !wait.Since.Equal(noon) {
		t.Errorf("%+v %+v", check, wait)
	}
	// Half of the time is over: once more, with what is missing by then.
	c.now = noon.Add(20 * time.Minute)
	if check, wait = c.look(t); check == nil || check.Title != "Waiting for the lint report web of CI" || check.Continues == "" ||
		!wait.Due.Equal(noon.Add(40*time.Minute)) {
		t.Errorf("%+v %+v", check, wait)
	}
	c.now = noon.Add(40*time.Minute - time.Nanosecond)
	if check, _ = c.look(t); check != nil {
		t.Errorf("%+v", check)
	}
	c.now = noon.Add(40 * time.Minute)
	check, wait = c.look(t)
	if check == nil || check.Status != effect.Completed || check.Conclusion != effect.Success ||
		!strings.Contains(check.Text, "did not arrive within 40m") || !wait.Due.IsZero() || c.verdict() != "success" {
		t.Errorf("%+v %+v", check, wait)
	}
	// It comes after all.
	c.reports = append(c.reports, report.Report{Kind: "lint", Flag: "web"})
	if check, _ = c.look(t); check == nil || check.Conclusion != effect.Success || strings.Contains(check.Text, "did not arrive") {
		t.Errorf("%+v", check)
	}
	// A new head begins anew.
	c.head, c.reports, c.now = strings.Repeat("c", 40), nil, noon.Add(2*time.Hour)
	if _, wait = c.look(t); !wait.Since.Equal(c.now) || c.verdict() != verdict.Pending {
		t.Errorf("%+v %s", wait, c.verdict())
	}
}

// TestRequiredReportIsMissing holds both ends: the deadline, and CI's word before it.
func TestRequiredReportIsMissing(t *testing.T) {
	for name, end := range map[string]func(*ci){
		"deadline":  func(c *ci) { c.now = noon.Add(40 * time.Minute) },
		"finalised": func(c *ci) { c.said = noon.Add(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCI(t, expecting)
			c.look(t)
			end(c)
			if check, _ := c.look(t); check == nil || check.Conclusion != effect.Failure ||
				!strings.Contains(check.Summary, "It is required, so the change does not pass without it") {
				t.Errorf("%+v", check)
			}
		})
	}
}

// TestRefusedWhileWaiting: what no report can change is said at once, and reports that arrive write nothing.
func TestRefusedWhileWaiting(t *testing.T) {
	c := newCI(t, expecting)
	c.message = "Added a cart."
	check, _ := c.look(t)
	if check == nil || check.Status != effect.Completed || check.Conclusion != effect.Failure ||
		!strings.Contains(check.Summary, "### Waiting for CI") || c.verdict() != "failure" {
		t.Fatalf("%+v", check)
	}
	if c.store.standing.Comment == nil {
		t.Error("no comment for what the author can fix now")
	}
	c.reports = []report.Report{{Kind: "coverage", Flag: "unit"}}
	if check, _ = c.look(t); check != nil {
		t.Errorf("%+v", check)
	}
	said := c.store.standing.Comment.Effect.Comment.Body
	// The next head is in order, as far as anybody knows: nothing is called solved before the reports are there.
	c.message, c.head, c.reports = "feat(cart): add it", strings.Repeat("c", 40), nil
	c.look(t)
	if got := c.store.standing.Comment.Effect.Comment.Body; got != said {
		t.Errorf("the comment says %q", got)
	}
	c.reports = []report.Report{{Kind: "coverage", Flag: "unit"}, {Kind: "lint", Flag: "web"}}
	if c.look(t); c.verdict() != "success" || !strings.Contains(c.store.standing.Comment.Effect.Comment.Body, "solved") {
		t.Errorf("%s: %q", c.verdict(), c.store.standing.Comment.Effect.Comment.Body)
	}
}

// TestUploadsInAnyOrder hands 32 parts in any order, some twice, some before the first look, at any pace, and counts
// what is written: never more than three times, and the same in the end.
//
//race:unwatched
func TestUploadsInAnyOrder(t *testing.T) {
	set := rules + "reports:\n  expect:\n    - { kind: coverage, flag: unit, parts: 16, required: true }\n    - { kind: " +
		"lint, flag: web, parts: 16 }\n  deadline: 1h\n"
	want := ""
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		c := newCI(t, set)
		writes := 0
		look := func() {
			if check, _ := c.look(t); check != nil {
				writes++
			}
		}
		var waiting []report.Report
		for i := range 32 {
			r := report.Report{Kind: "coverage", Flag: "unit", Source: fmt.Sprintf("part %d", i)}
			if i >= 16 {
				r.Kind, r.Flag = "lint", "web"
			}
			waiting = append(waiting, r)
		}
		random.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		early := random.IntN(33)
		c.reports = append(c.reports, waiting[:early]...)
		look()
		for _, r := range waiting[early:] {
			c.now = c.now.Add(time.Duration(random.IntN(90)) * time.Second)
			c.reports = append(c.reports, r)
			for range 1 + random.IntN(2) {
				look()
			}
		}
		shown := c.shown()
		if writes > 3 {
			t.Errorf("seed %d: %d writes", seed, writes)
		}
		text := string(shown.Status) + string(shown.Conclusion) + shown.Title + shown.Summary + shown.Text
		if want == "" {
			want = text
		}
		if shown.Conclusion != effect.Success || text != want {
			t.Errorf("seed %d ends in %s, want %s", seed, text, want)
		}
	}
}

// TestWaitForChecks: the verdict waits for the checks that Lintel runs itself, names them, and is red without a result of
// a required one, whatever CI says meanwhile.
func TestWaitForChecks(t *testing.T) {
	t.Parallel()
	c := newCI(t, "version: 1\nchecks: [{name: fmt, tool: gofmt, paths: [\"*\"], required: true}, "+
		"{name: scan, tool: gitleaks, required: false}, {name: docker, tool: hadolint}]\n")
	check, wait := c.look(t)
	if check.Status != effect.InProgress || check.Title != "Waiting for 2 checks: fmt, scan" || wait == nil {
		t.Fatalf("%s %q, %+v", check.Status, check.Title, wait)
	}
	c.said = noon // CI speaks for its own reports alone
	if again, wait := c.look(t); again != nil || wait.Due.IsZero() {
		t.Fatalf("CI's word changed the check: %+v, %+v", again, wait)
	}
	result := func(name, problem string) report.Report {
		return report.Report{Kind: report.LintKind, Flag: name, Check: name, Problem: problem, Lint: &report.Lint{}}
	}
	c.reports = []report.Report{result("scan", "it was killed (memory); its last lines: <b>@acme/core</b>")}
	if again, wait := c.look(t); again != nil && again.Status != effect.InProgress || wait.Due.IsZero() {
		t.Fatalf("one result is enough: %+v, %+v", again, wait)
	}
	c.reports = append(c.reports, result("fmt", ""))
	if check, _ = c.look(t); check.Status != effect.Completed || check.Conclusion != effect.Success {
		t.Fatalf("with both: %s %q %q", check.Status, check.Conclusion, check.Title)
	}
	if !strings.Contains(check.Summary+check.Text, "The check scan has no result: it was killed") ||
		strings.Contains(check.Summary+check.Text, "<b>") || strings.Contains(check.Summary+check.Text, "@acme/core") {
		t.Errorf("the failed check is told as\n%s\n%s", check.Summary, check.Text)
	}
	c.reports[1] = result("fmt", "it ran out of time (deadline)")
	check, _ = c.look(t)
	if check.Conclusion != effect.Failure ||
		!strings.Contains(check.Summary+check.Text, "The check fmt has no result: it ran out of time") {
		t.Errorf("without the required one: %q\n%s", check.Conclusion, check.Summary)
	}
	c.reports, c.head = nil, strings.Repeat("b", 40)
	c.look(t)
	c.now = c.now.Add(31 * time.Minute)
	check, _ = c.look(t)
	if check.Conclusion != effect.Failure || !strings.Contains(check.Summary+check.Text, "The check fmt had no result within 30m") {
		t.Errorf("after the deadline: %q\n%s", check.Conclusion, check.Summary)
	}
}
