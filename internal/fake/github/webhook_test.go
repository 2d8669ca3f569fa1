package github_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

// inbox keeps what the App was told, after checking each signature as a server would.
type inbox struct {
	mu     sync.Mutex
	names  []string
	events []any
	raw    []map[string]any
}

func (w *world) inbox() *inbox {
	in := &inbox{}
	w.receive(func(rw http.ResponseWriter, r *http.Request) {
		body, err := github.ValidatePayload(r, []byte(w.App().WebhookSecret))
		if err != nil {
			w.t.Errorf("%s: %v", r.Header.Get("X-GitHub-Event"), err)
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		event, err := github.ParseWebHook(github.WebHookType(r), body)
		if err != nil {
			w.t.Errorf("%s: %v", r.Header.Get("X-GitHub-Event"), err)
		}
		var raw map[string]any
		if err := json.Unmarshal(body, &raw); err != nil {
			w.t.Error(err)
		}
		name := github.WebHookType(r)
		if action, ok := raw["action"].(string); ok {
			name += "." + action
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.names, in.events, in.raw = append(in.names, name), append(in.events, event), append(in.raw, raw)
	})
	return in
}

// take waits for all deliveries and empties the inbox.
func (w *world) take(in *inbox) ([]string, []any, []map[string]any) {
	w.t.Helper()
	w.delivered()
	in.mu.Lock()
	defer in.mu.Unlock()
	names, events, raw := in.names, in.events, in.raw
	in.names, in.events, in.raw = nil, nil, nil
	return names, events, raw
}

// TestEveryActionTells drives the hub through what people do and compares the events with GitHub's.
func TestEveryActionTells(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	in := w.inbox()
	var n int
	var review int64
	var group string
	title := "feat: other"
	for _, step := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"push a branch", func() error {
			_, err := w.Commit("acme/shop",
				fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: x", Files: fakehub.Files{"x": "1"}})
			return err
		}, []string{"push", "check_suite.requested"}},
		{"open", func() (err error) {
			n, err = w.OpenPull("acme/shop", fakehub.Pull{Head: "topic", Title: "feat: x", Author: "wendy", Draft: true})
			return err
		}, []string{"pull_request.opened"}},
		{"ready", func() error { return w.SetDraft("acme/shop", n, false, "") }, []string{"pull_request.ready_for_review"}},
		{"push again", func() error {
			_, err := w.Commit("acme/shop",
				fakehub.Commit{Branch: "topic", Author: "wendy", Message: "fix: x", Files: fakehub.Files{"x": "2"}})
			return err
		}, []string{"push", "check_suite.requested", "pull_request.synchronize"}},
		{"edit", func() error { return w.EditPull("acme/shop", n, fakehub.Edit{Title: &title}, "") }, []string{"pull_request.edited"}},
		{"label", func() error { return w.Label("acme/shop", n, "wendy", "a", "b") },
			[]string{"pull_request.labeled", "pull_request.labeled"}},
		{"unlabel", func() error { return w.Unlabel("acme/shop", n, "wendy", "a") }, []string{"pull_request.unlabeled"}},
		{"review", func() (err error) {
			review, err = w.Review("acme/shop", n, fakehub.Review{Author: "rita", State: "APPROVE"})
			return err
		}, []string{"pull_request_review.submitted"}},
		{"edit review", func() error { return w.EditReview("acme/shop", n, review, "text", "rita") },
			[]string{"pull_request_review.edited"}},
		{"dismiss", func() error { return w.DismissReview("acme/shop", n, review, "stale", "olga") },
			[]string{"pull_request_review.dismissed"}},
		{"comment", func() error { _, err := w.Comment("acme/shop", n, "rita", "hello"); return err }, []string{"issue_comment.created"}},
		{"check run", func() error {
			_, err := w.PostRun("acme/shop", w.Tip("acme/shop", "topic"), "lintel", "success", w.App().ID)
			return err
		}, []string{"check_run.created", "check_run.completed", "check_suite.completed"}},
		{"rerun", func() error {
			return w.RerequestRun("acme/shop", w.Runs("acme/shop", w.Tip("acme/shop", "topic"))[0].ID, "wendy")
		}, []string{"check_run.rerequested"}},
		{"button", func() error {
			return w.RequestAction("acme/shop", w.Runs("acme/shop", w.Tip("acme/shop", "topic"))[0].ID, "recheck", "wendy")
		}, []string{"check_run.requested_action"}},
		{"rerun all", func() error {
			return w.RerequestSuite("acme/shop", w.Tip("acme/shop", "topic"), w.App().ID, "wendy")
		}, []string{"check_suite.rerequested"}},
		{"status", func() error {
			return w.PostStatus("acme/shop", w.Tip("acme/shop", "topic"), "ci", "success", "wendy")
		}, []string{"status"}},
		{"close", func() error { return w.ClosePull("acme/shop", n, "wendy") }, []string{"pull_request.closed"}},
		{"reopen", func() error { return w.ReopenPull("acme/shop", n, "wendy") }, []string{"pull_request.reopened"}},
		{"queue", func() (err error) { group, _, err = w.Enqueue("acme/shop", n, "squash", "wendy"); return err },
			[]string{"push", "pull_request.enqueued", "check_suite.requested", "merge_group.checks_requested"}},
		{"land", func() error { return w.Dequeue("acme/shop", group, "merged", "wendy") },
			[]string{"pull_request.dequeued", "merge_group.destroyed", "pull_request.closed", "push", "check_suite.requested", "push"}},
		{"team", func() error { return w.AddTeam(fakehub.Team{Org: "acme", Slug: "core"}) }, []string{"team.created"}},
		{"team repository", func() error { return w.SetTeamRepo("acme", "core", "acme/shop", "push", "olga") },
			[]string{"team.added_to_repository", "team_add"}},
		{"team permission", func() error { return w.SetTeamRepo("acme", "core", "acme/shop", "admin", "olga") }, []string{"team.edited"}},
		{"join team", func() error { return w.SetTeamMember("acme", "core", "rita", "member", "olga") }, []string{"membership.added"}},
		{"leave team", func() error { return w.SetTeamMember("acme", "core", "rita", "", "olga") }, []string{"membership.removed"}},
		{"leave organization", func() error { return w.SetOrgMember("acme", "rita", "", "olga") }, []string{"organization.member_removed"}},
		{"collaborate", func() error { return w.SetCollaborator("acme/shop", "rita", "push", "olga") }, []string{"member.added"}},
		{"publish", func() error { return w.SetPrivate("acme/shop", false, "olga") }, []string{"repository.publicized"}},
		{"rename", func() error { return w.RenameRepo("acme/shop", "store", "olga") }, []string{"repository.renamed"}},
		{"suspend", func() error { return w.Suspend(w.installation, true) }, []string{"installation.suspend"}},
		{"resume", func() error { return w.Suspend(w.installation, false) }, []string{"installation.unsuspend"}},
		{"uninstall", func() error { return w.Uninstall(w.installation) }, []string{"installation.deleted"}},
		{"ping", func() error { w.Ping(); return nil }, []string{"ping"}},
	} {
		must(t, step.do())
		got, _, raw := w.take(in)
		if d := cmp.Diff(step.want, got); d != "" {
			t.Errorf("%s: %s", step.name, d)
		}
		for i, payload := range raw {
			if got[i] != "ping" && at(any(payload), "installation", "id") != float64(w.installation) {
				t.Errorf("%s: %s without installation", step.name, got[i])
			}
		}
	}
}

func TestSynchronizeAndEditedPayloads(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	in := w.inbox()
	n := w.open("topic", fakehub.Files{"x": "1"})
	old := w.Tip("acme/shop", "topic")
	w.take(in)
	sha, err := w.Commit("acme/shop",
		fakehub.Commit{
			Branch:  "topic",
			Parents: []string{w.Tip("acme/shop", "main")},
			Author:  "wendy",
			Message: "feat: again",
			Files:   fakehub.Files{"x": "2"},
			Force:   true,
		})
	must(t, err)
	_, events, _ := w.take(in)
	push, sync := events[0].(*github.PushEvent), events[2].(*github.PullRequestEvent)
	if !push.GetForced() || push.GetBefore() != old || push.GetAfter() != sha || len(push.Commits) != 1 || push.Commits[0].Added[0] != "x" {
		t.Errorf("push %v", push)
	}
	if sync.GetBefore() != old || sync.GetAfter() != sha || sync.GetPullRequest().GetHead().GetSHA() != sha || sync.GetNumber() != n {
		t.Errorf("synchronize %v", sync)
	}
	moved, err := w.Commit("acme/shop", fakehub.Commit{Author: "olga", Message: "move main", Files: fakehub.Files{"m": "m"}})
	must(t, err)
	if v, err := w.Pull("acme/shop", n); err != nil || v.BaseSHA == moved {
		t.Errorf("the recorded base follows the branch by itself: %v", err)
	}
	_, err = w.Commit("acme/shop", fakehub.Commit{Branch: "topic", Author: "wendy", Message: "fix: more", Files: fakehub.Files{"x": "3"}})
	must(t, err)
	if v, err := w.Pull("acme/shop", n); err != nil || v.BaseSHA != moved {
		t.Errorf("a push does not record the base anew: %v", err)
	}
	_, err = w.Commit("acme/shop",
		fakehub.Commit{Branch: "next", From: "main", Author: "olga", Message: "next", Files: fakehub.Files{"n": "n"}})
	must(t, err)
	w.take(in)
	base := "next"
	must(t, w.EditPull("acme/shop", n, fakehub.Edit{Base: &base}, "olga"))
	_, events, raw := w.take(in)
	edited := events[0].(*github.PullRequestEvent)
	if edited.GetChanges().GetBase().GetRef().GetFrom() != "main" || edited.GetPullRequest().GetBase().GetRef() != "next" ||
		edited.GetSender().GetLogin() != "olga" {
		t.Errorf("edited %v", raw[0]["changes"])
	}
}

func TestOnlyItsOwnAppIsAskedAgain(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	in := w.inbox()
	var heard sync.Map
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, _ := heard.LoadOrStore(r.Header.Get("X-GitHub-Event"), new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	}))
	defer other.Close()
	ci, err := w.AddApp(fakehub.AppSpec{ID: 99, Slug: "ci", WebhookURL: other.URL})
	must(t, err)
	_, err = w.InstallApp(ci.ID, "acme")
	must(t, err)
	w.open("topic", fakehub.Files{"x": "1"})
	sha := w.Tip("acme/shop", "topic")
	first, _, _ := w.take(in)
	n, _ := heard.Load("check_suite")
	if d := cmp.Diff([]string{"push", "check_suite.requested", "pull_request.opened"}, first); d != "" || n.(*atomic.Int64).Load() != 1 {
		t.Errorf("each App is asked for its own suite alone: %s, the other %v times", d, n)
	}
	id, err := w.PostRun("acme/shop", sha, "lintel", "success", ci.ID)
	must(t, err)
	names, _, _ := w.take(in)
	if !slices.Contains(names, "check_run.completed") {
		t.Errorf("another App's run is told to all: %v", names)
	}
	must(t, w.RerequestRun("acme/shop", id, "wendy"))
	if names, _, _ := w.take(in); len(names) != 0 {
		t.Errorf("another App's button was pressed, and we heard %v", names)
	}
}

func TestDeliveryLogAndRedelivery(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	in := w.inbox()
	fail := true
	w.Webhooks().SetFate(func(e hooklog.Event) hooklog.Fate { return hooklog.Fate{Fail: fail && e.Name == "pull_request"} })
	w.open("topic", fakehub.Files{"x": "1"})
	w.take(in)
	fail = false
	ctx := context.Background()
	asApp := w.github(&http.Client{Transport: w.appTransport()})
	var all []*github.HookDelivery
	for opts := (&github.ListCursorOptions{PerPage: 2}); ; {
		list, res, err := asApp.Apps.ListHookDeliveries(ctx, opts)
		must(t, err)
		all = append(all, list...)
		if res.Cursor == "" {
			break
		}
		opts.Cursor = res.Cursor
	}
	if len(all) != 3 || all[0].GetEvent() != "pull_request" || all[0].GetStatusCode() != 0 || all[2].GetEvent() != "push" ||
		all[2].GetStatusCode() != 200 {
		t.Fatalf("log %v", all)
	}
	detail, _, err := asApp.Apps.GetHookDelivery(ctx, all[0].GetID())
	must(t, err)
	if payload, err := detail.ParseRequestPayload(); err != nil || payload.(*github.PullRequestEvent).GetAction() != "opened" {
		t.Errorf("the log's payload: %v %v", payload, err)
	}
	_, _, err = asApp.Apps.RedeliverHookDelivery(ctx, all[0].GetID())
	if _, accepted := errors.AsType[*github.AcceptedError](err); err != nil && !accepted {
		t.Fatal(err)
	}
	names, _, _ := w.take(in)
	list, _, err := asApp.Apps.ListHookDeliveries(ctx, nil)
	must(t, err)
	if d := cmp.Diff([]string{"pull_request.opened"}, names); d != "" || list[0].GetGUID() != all[0].GetGUID() ||
		!list[0].GetRedelivery() || list[0].GetID() == all[0].GetID() {
		t.Errorf("redelivered %v as %v", names, list[0])
	}
}

func TestForkPullRequest(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	in := w.inbox()
	must(t, w.SetPrivate("acme/shop", false, "olga"))
	must(t, w.AddUser(fakehub.User{Login: "fay"}))
	_, err := w.AddRepo(fakehub.Repo{Owner: "fay", Name: "shop", ForkOf: "acme/shop"})
	must(t, err)
	sha, err := w.Commit("fay/shop", fakehub.Commit{Branch: "idea", Author: "fay", Message: "feat: idea", Files: fakehub.Files{"i": "i"}})
	must(t, err)
	w.take(in)
	n, err := w.OpenPull("acme/shop", fakehub.Pull{Head: "fay:idea", Title: "feat: idea", Author: "fay"})
	must(t, err)
	names, events, _ := w.take(in)
	if d := cmp.Diff([]string{"pull_request.opened"}, names); d != "" {
		t.Fatal(d)
	}
	pr := events[0].(*github.PullRequestEvent).GetPullRequest()
	if pr.GetHead().GetRepo().GetFullName() != "fay/shop" || pr.GetHead().GetSHA() != sha || pr.GetChangedFiles() != 1 {
		t.Errorf("head %v", pr.GetHead())
	}
	next, err := w.Commit("fay/shop", fakehub.Commit{Branch: "idea", Author: "fay", Message: "fix: idea", Files: fakehub.Files{"i": "j"}})
	must(t, err)
	names, _, _ = w.take(in)
	if d := cmp.Diff([]string{"pull_request.synchronize"}, names); d != "" {
		t.Error(d)
	}
	run, _, err := w.app.Checks.CreateCheckRun(context.Background(), "acme", "shop",
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: next, Conclusion: github.String("success")})
	must(t, err)
	if len(run.PullRequests) != 0 {
		t.Error("a check run on a fork's commit names its pull request; GitHub's list is empty")
	}
	if v, err := w.Pull("acme/shop", n); err != nil || v.HeadSHA != next {
		t.Errorf("%v %v", v, err)
	}
}
