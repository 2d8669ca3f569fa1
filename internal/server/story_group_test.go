package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/server"
)

// queued starts a server with a merge queue on main, and queues a pull request that an owner approved.
func queued(t *testing.T, change func(*config.Config, *server.Options)) (r *rig, n int) {
	t.Helper()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	must(t, hub.Protect(shop, "main",
		&fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: "lintel", App: hub.App().ID}}, MergeQueue: true}))
	r = start(t, hub, t.TempDir(), change)
	head := commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "feat(pay): topic",
			Files:   fakehub.Files{"pay/x.go": "package pay\n"},
		})
	n = open(t, hub, shop, into("main"))
	_, err = hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	r.run(head, "success")
	r.quiet()
	return r, n
}

func (r *rig) enqueue(n int) (ref, sha string) {
	r.t.Helper()
	ref, sha, err := r.hub.Enqueue(shop, n, "merge", "olga")
	must(r.t, err)
	return ref, sha
}

//race:unwatched
func TestMergeGroupGetsItsOwnVerdict(t *testing.T) {
	t.Parallel()
	r, n := queued(t, nil)
	ref, sha := r.enqueue(n)
	run := r.run(sha, "success")
	if !strings.Contains(run.Summary, "Merge queue") {
		t.Errorf("the summary does not speak of the merge queue:\n%s", run.Summary)
	}
	r.quiet()
	must(t, r.hub.Dequeue(shop, ref, "dequeued", "olga"))
	r.quiet()
	r.hub.Reset()
	must(t, r.server.Sweep(t.Context()))
	r.quiet()
	if runs := r.runs(sha); len(runs) != 1 {
		t.Errorf("a group that was destroyed has %d runs, want 1", len(runs))
	}
}

// ATTACK: have an approval dismissed only after the pull request was queued, or the other way round: slip through on an
// approval that is gone.
//
// STEPS: 1. An approved pull request is queued and its group is green. 2. The approval is dismissed while it waits.
//
// WHAT MUST HOLD: the group fails.
//
//race:unwatched
func TestMergeGroupLosesItsApproval(t *testing.T) {
	t.Parallel()
	r, n := queued(t, nil)
	id, err := r.hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	_, sha := r.enqueue(n)
	r.run(sha, "success")
	r.quiet()
	must(t, r.hub.DismissReview(shop, n, id, "I was wrong.", "olga"))
	r.run(sha, "failure")
}

// ATTACK: a forged merge group: a delivery that names a branch which is not what it says, so that a commit gets a green check.
//
// STEPS: each case sends a signed merge_group delivery whose branch stands elsewhere, carries a foreign file, goes into
// another base, or names no pull request.
//
// WHAT MUST HOLD: the check on the group's head fails and says why.
//
// Attack by somebody who may push: A branch that looks like a merge group: Lintel reads and compares its branch,
// base and files.
//
//race:unwatched
func TestForgedMergeGroup(t *testing.T) {
	t.Parallel()
	r, n := queued(t, nil)
	ref, sha := r.enqueue(n)
	r.run(sha, "success")
	r.quiet()
	base := r.hub.Tip(shop, "main")
	foreign := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "foreign",
			From:    "topic",
			Author:  "wendy",
			Message: "feat: foreign",
			Files:   fakehub.Files{"evil.go": "package evil\n"},
		})
	short := strings.TrimPrefix(ref, "refs/heads/")
	queueRef := func(base, suffix string) string { return "gh-readonly-queue/" + base + "/pr-1-" + suffix }
	must(t, r.hub.Push(shop, queueRef("main", foreign), foreign, "olga", false))
	other := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "other-topic",
			From:    "topic",
			Author:  "wendy",
			Message: "feat: other",
			Files:   fakehub.Files{"pay/o.go": "package pay\n"},
		})
	must(t, r.hub.Push(shop, queueRef("other", other), other, "olga", false))
	elsewhere := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "elsewhere",
			From:    "topic",
			Author:  "wendy",
			Message: "feat: elsewhere",
			Files:   fakehub.Files{"pay/e.go": "package pay\n"},
		})
	anonymous := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "anonymous",
			From:    "topic",
			Author:  "wendy",
			Message: "feat: anonymous",
			Files:   fakehub.Files{"pay/y.go": "package pay\n"},
		})
	gone := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "gone",
			From:    "topic",
			Author:  "wendy",
			Message: "feat: gone",
			Files:   fakehub.Files{"pay/z.go": "package pay\n"},
		})
	real := r.sent("merge_group", "checks_requested")
	for _, c := range []struct{ name, head, ref, base, want string }{
		{"it stands elsewhere", elsewhere, short, "main", "stands at"},
		{"a foreign file", foreign, queueRef("main", foreign), "main", "evil.go"},
		{"another base", other, queueRef("other", other), "other", "not for the base branch"},
		{"its branch is gone", gone, queueRef("main", gone), "main", "is gone"},
		{"no pull request", anonymous, "gh-readonly-queue/main/anonymous", "main", "names no pull request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload := mutate(t, real.Payload, func(p map[string]any) {
				group := p["merge_group"].(map[string]any)
				group["head_sha"], group["head_ref"], group["base_sha"], group["base_ref"] = c.head, "refs/heads/"+c.ref, base,
					"refs/heads/"+c.base
			})
			before := len(r.runs(c.head))
			r.send("merge_group", "forged-"+c.name, payload)
			var last fakehub.RunView
			for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
				if runs := r.runs(c.head); len(runs) > before {
					if last = runs[len(runs)-1]; last.Status == "completed" {
						break
					}
				}
			}
			if last.Conclusion != "failure" || !strings.Contains(last.Summary, c.want) {
				t.Errorf("%s %s, want a failure that says %q:\n%s", last.Status, last.Conclusion, c.want, last.Summary)
			}
		})
	}
}

// TestMergeGroupIsNotLeftInSilence: while the forge limits us for an hour, the group fails with the reason at its own
// deadline, which is shorter than the queue's.
//
//race:unwatched
func TestMergeGroupIsNotLeftInSilence(t *testing.T) {
	t.Parallel()
	r, n := queued(t, func(_ *config.Config, o *server.Options) { o.GroupDeadline = 700 * time.Millisecond })
	r.hub.Fault(traffic.Fault{Method: "POST", Route: "/graphql", Status: 429, Header: map[string]string{"Retry-After": "3600"}})
	r.hub.Fault(traffic.Fault{
		Method: "GET",
		Route:  "/repos/{owner}/{repo}/compare/{basehead}",
		Status: 429,
		Header: map[string]string{"Retry-After": "3600"},
	})
	_, sha := r.enqueue(n)
	run := r.run(sha, "failure")
	if !strings.Contains(run.Summary, "limits our requests") {
		t.Errorf("the summary does not say why:\n%s", run.Summary)
	}
	if !strings.Contains(run.Title, "No verdict") {
		t.Errorf("title %q", run.Title)
	}
}

// TestMergeGroupWhoseForgeFails: errors that pass are tried again, and at the deadline the group fails with a reason.
//
//race:unwatched
func TestMergeGroupWhoseForgeFails(t *testing.T) {
	t.Parallel()
	r, n := queued(t, func(_ *config.Config, o *server.Options) { o.GroupDeadline = 700 * time.Millisecond })
	remove := r.hub.Fault(traffic.Fault{Method: "POST", Route: "/graphql", Status: 502})
	_, sha := r.enqueue(n)
	r.run(sha, "failure")
	remove()
	r.run(sha, "success")
}

// TestMergeGroupWhoseDeliveryIsLost is found by the sweep of the delivery log at the next start.
//
//race:unwatched
func TestMergeGroupWhoseDeliveryIsLost(t *testing.T) {
	t.Parallel()
	r, n := queued(t, nil)
	r.hub.Webhooks().SetFate(func(e hooklog.Event) hooklog.Fate { return hooklog.Fate{Fail: e.Name == "merge_group"} })
	_, sha := r.enqueue(n)
	r.quiet()
	r.hub.Webhooks().SetFate(nil)
	r.stop()
	second := start(t, r.hub, r.dir, nil)
	second.run(sha, "success")
}
