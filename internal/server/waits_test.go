package server_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// hands is a clock that a test moves on, for the server alone: the forge believes no token from another hour.
type hands struct{ ahead atomic.Int64 }

func (h *hands) now() time.Time          { return time.Now().Add(time.Duration(h.ahead.Load())) }
func (h *hands) forward(d time.Duration) { h.ahead.Add(int64(d)) }

// inProgress waits until the newest check run "lintel" on a commit is in progress with a text in its summary.
func (r *rig) inProgress(sha, text string) fakehub.RunView {
	r.t.Helper()
	var last fakehub.RunView
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if runs := r.runs(sha); len(runs) > 0 {
			if last = runs[len(runs)-1]; last.Status == "in_progress" && strings.Contains(last.Summary, text) {
				return last
			}
		}
	}
	r.t.Fatalf("the check on %s is %s %q (%s), want it in progress with %q\n%s", sha, last.Status, last.Conclusion, last.Title, text,
		last.Summary)
	return last
}

// TestDeadlineNeedsNoEvent: a head waits for a report that never comes. The check is written when the waiting begins,
// at half of the time and at the end of it, without any event, and a server that was stopped in between loses nothing.
//
//race:unwatched
func TestDeadlineNeedsNoEvent(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	hub := world(t, fakehub.Options{})
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: expect coverage", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nreports: { expect: [{ kind: coverage, flag: " +
			"unit, job: test, required: true, paths: [/cart/] }], deadline: 40m }\n"}})
	_, err := hub.Install("acme")
	must(t, err)
	dir := t.TempDir()
	options := func(_ *config.Config, o *server.Options) { o.Now, o.WaitSweep = clock.now, 20*time.Millisecond }
	r := start(t, hub, dir, options)
	r.quiet()
	_, unmeasured := r.topic("docs", "docs: nothing to measure", "docs/a.md")
	r.run(unmeasured, "success")
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	first := r.inProgress(sha,
		"the coverage report with the flag `unit` from the job `test`, required, because the change touches `cart/x.go`")
	r.quiet()
	clock.forward(20 * time.Minute)
	if late := r.inProgress(sha, "Half of the time is over"); late.ID != first.ID {
		t.Errorf("the run %d is continued by another, %d", first.ID, late.ID)
	}
	r.quiet()
	r.stop()
	clock.forward(20 * time.Minute)
	again := start(t, hub, dir, options)
	run := again.run(sha, "failure")
	if !strings.Contains(run.Summary, "The coverage report with the flag unit of the job test did not arrive within 40m.") {
		t.Error(run.Summary)
	}
	again.quiet()
	if n := len(again.runs(sha)); n != 1 {
		t.Errorf("%d runs on the commit, want one that was written three times", n)
	}
}
