package server_test

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/server"
)

// ATTACK: turn a refused pull request green by a second one with the same commit into a branch with lax rules.
//
// STEPS:
//  1. "release" is protected and its rules only warn; "main" enforces.
//  2. A commit that main refuses is opened as a pull request into main, and into release, in either order.
//  3. The webhook of the strict one, or of the lax one, is lost.
//  4. One of the two is closed, and the closing is lost, too.
//
// WHAT MUST HOLD: the check on the commit is never a success while the strict pull request is open; when only the lax
// one is left, it becomes one.

const lax = "version: 1\ncommits: { mode: warn }\nownership: { mode: warn }\n"

// twoBases makes a strict main and a lax release, and returns a commit that main refuses.
func twoBases(t *testing.T, change ...func(*config.Config, *server.Options)) (r *rig, sha string) {
	t.Helper()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "release",
			From:    "main",
			Author:  "olga",
			Message: "chore: lax rules",
			Files:   fakehub.Files{".github/lintel.yml": lax},
		})
	must(t, hub.Protect(shop, "release", &fakehub.Protection{Reviews: 1}))
	r = start(t, hub, t.TempDir(), change...)
	r.quiet()
	return r, commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "Not conventional.",
			Files:   fakehub.Files{"cart/x.go": "package cart\n"},
		})
}

// neverGreen fails when any run of ours on the commit was ever a success: runs are never deleted.
func (r *rig) neverGreen(sha string) {
	r.t.Helper()
	for _, run := range r.runs(sha) {
		if run.Conclusion == "success" {
			r.t.Errorf("the commit was green: %s\n%s", run.Title, run.Summary)
		}
	}
}

func into(base string) fakehub.Pull {
	return fakehub.Pull{Head: "topic", Base: base, Title: "feat: topic", Author: "wendy"}
}

// TestSharedCommitInEitherOrder tries what an attacker would.
//
// Attack by somebody who may push: A commit that blocks or unblocks another pull request: a check on a commit
// succeeds only if every open pull request with that head succeeds; it names the other one. Also
// `internal/server/story_shared_commit_test.go` `TestSharedCommitWithALostWebhook`.
//
//race:unwatched
func TestSharedCommitInEitherOrder(t *testing.T) {
	t.Parallel()
	for _, order := range [][2]string{{"main", "release"}, {"release", "main"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			t.Parallel()
			r, sha := twoBases(t)
			// Both are open before either is looked at: the first look already finds the other.
			r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: true} })
			open(t, r.hub, shop, into(order[0]))
			open(t, r.hub, shop, into(order[1]))
			r.hub.Webhooks().SetFate(nil)
			held := r.hub.Webhooks().Held()
			all := make([]int, len(held))
			for i := range all {
				all[i] = i
			}
			r.hub.Webhooks().Release(all...)
			r.run(sha, "failure")
			r.quiet()
			r.neverGreen(sha)
			run := r.run(sha, "failure")
			if run.Status != "completed" {
				t.Errorf("the check is %s", run.Status)
			}
		})
	}
}

//race:unwatched
func TestSharedCommitWithALostWebhook(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{"main", "release"} {
		t.Run(lost+" is not told", func(t *testing.T) {
			t.Parallel()
			r, sha := twoBases(t)
			r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
			open(t, r.hub, shop, into(lost))
			r.hub.Webhooks().SetFate(nil)
			other := "main"
			if lost == "main" {
				other = "release"
			}
			open(t, r.hub, shop, into(other))
			r.run(sha, "failure")
			r.quiet()
			r.neverGreen(sha)
		})
	}
}

//race:unwatched
func TestSharedCommitIsFreedWhenTheStrictOneGoes(t *testing.T) {
	t.Parallel()
	leave := map[string]func(r *rig, strict int){
		"closed": func(r *rig, n int) { must(r.t, r.hub.ClosePull(shop, n, "wendy")) },
		"moved to lax rules": func(r *rig, n int) {
			base := "release-2"
			must(r.t, r.hub.EditPull(shop, n, fakehub.Edit{Base: &base}, "wendy"))
		},
	}
	for name, act := range leave {
		for _, told := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", and told", false: ", and the sweep finds out"}[told], func(t *testing.T) {
				t.Parallel()
				r, sha := twoBases(t)
				commit(t, r.hub, shop,
					fakehub.Commit{
						Branch:  "release-2",
						From:    "release",
						Author:  "olga",
						Message: "chore: another",
						Files:   fakehub.Files{"VERSION": "2\n"},
					})
				must(t, r.hub.Protect(shop, "release-2", &fakehub.Protection{Reviews: 1}))
				strict := open(t, r.hub, shop, into("main"))
				open(t, r.hub, shop, into("release"))
				r.run(sha, "failure")
				r.quiet()
				if !told {
					r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
				}
				r.neverGreen(sha)
				act(r, strict)
				if !told {
					must(t, r.server.Sweep(t.Context()))
				}
				r.run(sha, "success")
				r.quiet()
				r.run(sha, "success")
			})
		}
	}
}

// TestSharedCommitLeftBehind: the strict pull request gets a new head; the commit it leaves is the lax one's alone.
//
//race:unwatched
func TestSharedCommitLeftBehind(t *testing.T) {
	t.Parallel()
	r, sha := twoBases(t)
	must(t, r.hub.Push(shop, "copy", sha, "wendy", false))
	open(t, r.hub, shop, into("main"))
	open(t, r.hub, shop, fakehub.Pull{Head: "copy", Base: "release", Title: "feat: topic", Author: "wendy"})
	r.run(sha, "failure")
	r.quiet()
	r.neverGreen(sha)
	commit(t, r.hub, shop,
		fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: more", Files: fakehub.Files{"cart/y.go": "package cart\n"}})
	r.run(sha, "success")
}

// ATTACK: post a check run of our name from a workflow.
//
// STEPS: 1. A pull request is refused. 2. Another App posts "lintel: success" on its commit, before or after ours. 3.
// It asks for its run again.
//
// WHAT MUST HOLD: ours is published and stays refused; the protection that names our App does not let it merge; the
// other App's run causes no work.
//
// Attack by a workflow: A check run with our name: only runs of our own App count.
//
//race:unwatched
func TestForgedCheckRunDoesNotCount(t *testing.T) {
	t.Parallel()
	r, sha := twoBases(t, noSweeps)
	other, err := r.hub.AddApp(fakehub.AppSpec{ID: 15368, Slug: "actions", Name: "Actions", Owner: "acme"})
	must(t, err)
	_, err = r.hub.InstallApp(other.ID, "acme")
	must(t, err)
	must(t, r.hub.Protect(shop, "main", &fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: "lintel", App: r.hub.App().ID}}}))
	_, err = r.hub.PostRun(shop, sha, "lintel", "success", other.ID)
	must(t, err)
	n := open(t, r.hub, shop, into("main"))
	for deadline := time.Now().Add(patience); len(ours(r.hub, sha)) == 0 && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
	r.quiet()
	r.hub.Reset()
	forged, err := r.hub.PostRun(shop, sha, "lintel", "success", other.ID)
	must(t, err)
	must(t, r.hub.RerequestRun(shop, forged, "wendy"))
	r.quiet()
	if n := r.hub.Count("", ""); n != 0 {
		t.Errorf("the other App's run cost %d calls", n)
	}
	own := ours(r.hub, sha)
	if len(own) != 1 || own[0].Conclusion != "failure" {
		t.Errorf("our runs: %+v", own)
	}
	if view, err := r.hub.Pull(shop, n); err != nil || view.Refusal == "" {
		t.Errorf("the forged check lets it merge (%v)", err)
	}
}
