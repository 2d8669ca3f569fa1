package server_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/server"
)

// anew makes a commit without parents that holds what a branch does.
func anew(t *testing.T, hub *fakehub.Hub, branch string) string {
	t.Helper()
	dir, err := hub.GitDir(shop)
	must(t, err)
	out, err := exec.CommandContext(t.Context(), "git", "--git-dir", dir, "-c", "user.name=wendy", "-c",
		"user.email=wendy@acme.example", "commit-tree", "-m", "feat: begin anew", hub.Tip(shop, branch)+"^{tree}").Output()
	must(t, err)
	return strings.TrimSpace(string(out))
}

// ATTACK: replace the history of an open, green pull request by one that shares no commit with its base: there is no
// difference, so nothing can be found.
//
// WHAT MUST HOLD: a failing check says so and what to do, at once and once; sweep and re-check say the same; when the
// branch is fixed it is judged again.
//
//race:unwatched
func TestStoryNoCommonHistory(t *testing.T) {
	t.Parallel()
	r := begin(t)
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.run(sha, "success")
	r.quiet()
	lost := anew(t, r.hub, "topic")
	must(t, r.hub.Push(shop, "topic", lost, "wendy", true))
	holds := func(when string, runs int) fakehub.RunView {
		t.Helper()
		run := r.run(lost, "failure")
		r.quiet()
		if run.Title != "No common history with main" || !strings.Contains(run.Summary, "git rebase --onto origin/main --root") {
			t.Errorf("%s: %q\n%s", when, run.Title, run.Summary)
		}
		if got := len(r.runs(lost)); got != runs {
			t.Errorf("%s: %d runs, want %d", when, got, runs)
		}
		return run
	}
	run := holds("at once", 1)
	must(t, r.server.Sweep(t.Context()))
	holds("after the sweep", 1)
	must(t, r.hub.RequestAction(shop, run.ID, "recheck", "wendy"))
	for deadline := time.Now().Add(patience); len(r.runs(lost)) < 2 && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
	holds("after a re-check", 2)
	must(t, r.hub.Push(shop, "topic", sha, "wendy", true))
	fixed := commit(t, r.hub, shop,
		fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: fixed", Files: fakehub.Files{"cart/y.go": "package cart\n"}})
	r.run(fixed, "success")
}

// ATTACK: change CODEOWNERS on the base, so that a green pull request lacks an approval, while the forge does not show the new file.
//
// WHAT MUST HOLD: the look is tried again for as long as it takes, the old green does not stand, and it ends red for the owners.
//
//race:unwatched
func TestStoryOwnersThatAreNotShown(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) { o.Pace = time.Millisecond })
	r.quiet()
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.run(sha, "success")
	r.quiet()
	const blobs = "/repos/{owner}/{repo}/git/blobs/{file_sha}"
	// Five are more than are taken in silence: in between, the check says that there is no verdict.
	r.hub.Fault(traffic.Fault{Method: http.MethodGet, Route: blobs, Status: http.StatusNotFound, Times: 5})
	r.hub.Reset()
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "chore: rules",
			Files:   fakehub.Files{"CODEOWNERS": "/pay/ @mika\n/cart/ @olga\n"},
		})
	var run fakehub.RunView
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		runs := r.runs(sha)
		if run = runs[len(runs)-1]; run.Conclusion == "failure" && !strings.HasPrefix(run.Title, "No verdict") {
			break
		}
	}
	r.quiet()
	if run.Conclusion != "failure" || !strings.Contains(run.Summary, "olga") || strings.HasPrefix(run.Title, "No verdict") {
		t.Errorf("%s %q\n%s", run.Conclusion, run.Title, run.Summary)
	}
	missed := 0
	for _, q := range hub.Requests() {
		if q.Route == blobs && q.Status == http.StatusNotFound {
			missed++
		}
	}
	if missed != 5 {
		t.Errorf("%d of 5 answers were asked for", missed)
	}
	for _, v := range r.runs(sha)[1:] {
		if v.Conclusion == "success" {
			t.Error("it was green once more")
		}
	}
}
