package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/server"
)

// ATTACK: a stack that brings its own rules.
//
// STEPS:
//  1. The attacker, who may push branches, pushes "stack" with lax settings and an empty CODEOWNERS.
//  2. The attacker opens a pull request into "stack" with commits that main refuses.
//
// WHAT MUST HOLD: the default branch's rules judge it, since anybody could write those of "stack"; when "stack" is protected, its own do.
//
// Attack by the author: A stack of branches that brings its own rules; an old base in the payload: controls come
// from the tip of a default, protected or trusted branch, else from the default branch; Lintel trusts nothing in a
// payload. Also `internal/server/story_stack_test.go` `TestStaleBaseInThePayload`.
//
//race:unwatched
func TestStackCannotBringItsOwnRules(t *testing.T) {
	t.Parallel()
	r := begin(t)
	commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "stack",
			From:    "main",
			Author:  "wendy",
			Message: "feat: stack",
			Files:   fakehub.Files{".github/lintel.yml": lax, "CODEOWNERS": "\n"},
		})
	sha := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "stack",
			Author:  "wendy",
			Message: "Not conventional.",
			Files:   fakehub.Files{"pay/x.go": "package pay\n"},
		})
	n := open(t, r.hub, shop, into("stack"))
	r.run(sha, "failure")
	r.quiet()
	r.neverGreen(sha)
	must(t, r.hub.Protect(shop, "stack", &fakehub.Protection{Reviews: 1}))
	must(t, r.hub.EditPull(shop, n, fakehub.Edit{Title: new("feat: another title")}, "wendy"))
	r.run(sha, "success")
}

// begin starts a server for a world with the App installed on acme.
func begin(t *testing.T, change ...func(*config.Config, *server.Options)) *rig {
	t.Helper()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), change...)
	r.quiet()
	return r
}

// send posts a delivery that is signed as the forge would sign it.
func (r *rig) send(event, guid string, payload any) int {
	r.t.Helper()
	body, err := json.Marshal(payload)
	must(r.t, err)
	req, err := http.NewRequest(http.MethodPost, "http://"+r.config.Listen+"/hooks/github", bytes.NewReader(body))
	must(r.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", event)
	req.Header.Set("X-GitHub-Delivery", guid)
	req.Header.Set("X-Hub-Signature-256", hooklog.Sign(r.hub.App().WebhookSecret, body))
	resp, err := http.DefaultClient.Do(req)
	must(r.t, err)
	must(r.t, resp.Body.Close())
	return resp.StatusCode
}

// sent returns the last delivery of an event and action that the hub sent.
func (r *rig) sent(event, action string) hooklog.Delivery {
	r.t.Helper()
	for _, d := range r.hub.Webhooks().Deliveries(r.hub.App().ID) {
		if d.Event.Name == event && d.Event.Action == action {
			return d
		}
	}
	r.t.Fatalf("no %s.%s was sent", event, action)
	return hooklog.Delivery{}
}

// ATTACK: be judged by rules that were replaced: the payload's base.sha is that of the moment when the pull request was opened.
//
// STEPS: 1. main is lax and a pull request is opened; its delivery is held. 2. main becomes strict. 3. The delivery
// arrives, with the old base.sha in it.
//
// WHAT MUST HOLD: the rules at main's tip judge it.
//
//race:unwatched
func TestStaleBaseInThePayload(t *testing.T) {
	t.Parallel()
	r := begin(t)
	commit(t, r.hub, shop,
		fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: lax", Files: fakehub.Files{".github/lintel.yml": lax}})
	r.quiet()
	sha := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "Not conventional.",
			Files:   fakehub.Files{"cart/x.go": "package cart\n"},
		})
	r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: true} })
	open(t, r.hub, shop, into("main"))
	r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
	commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "chore: strict",
			Files:   fakehub.Files{".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\n"},
		})
	r.hub.Webhooks().SetFate(nil)
	for i, e := range r.hub.Webhooks().Held() {
		if e.Name == "pull_request" {
			r.hub.Webhooks().Release(i)
			break
		}
	}
	r.run(sha, "failure")
	r.quiet()
	r.neverGreen(sha)
}

// ATTACK: replay a recorded delivery, to have work done or an old state believed.
//
// STEPS: 1. A pull request is opened with a good commit and judged. 2. A bad commit is pushed and refused. 3. The first
// delivery is sent again, byte for byte: under its own id, and under a new one.
//
// WHAT MUST HOLD: the same id costs nothing and changes nothing; the same body under a new id changes nothing, as a
// delivery is a hint and never the truth.
//
//race:unwatched
func TestReplayedDelivery(t *testing.T) {
	t.Parallel()
	r := begin(t, noSweeps)
	good := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "feat: topic",
			Files:   fakehub.Files{"cart/x.go": "package cart\n"},
		})
	open(t, r.hub, shop, into("main"))
	r.run(good, "success")
	r.quiet()
	opened := r.sent("pull_request", "opened")
	bad := commit(t, r.hub, shop,
		fakehub.Commit{Branch: "topic", Author: "wendy", Message: "Not conventional.", Files: fakehub.Files{"cart/y.go": "package cart\n"}})
	r.run(bad, "failure")
	r.quiet()
	r.hub.Reset()
	if status := r.send("pull_request", opened.GUID, opened.Payload); status/100 != 2 {
		t.Errorf("a repeated delivery is answered %d", status)
	}
	r.quiet()
	if n := r.hub.Count("", ""); n != 0 {
		t.Errorf("a repeated delivery cost %d calls", n)
	}
	if status := r.send("pull_request", "another-id", opened.Payload); status != http.StatusAccepted {
		t.Errorf("it is answered %d", status)
	}
	r.quiet()
	r.neverGreen(bad)
	if runs := r.runs(bad); len(runs) != 1 {
		t.Errorf("%d runs on the refused commit, want 1: nothing changed", len(runs))
	}
	if runs := r.runs(good); len(runs) != 1 {
		t.Errorf("%d runs on the old commit, want 1", len(runs))
	}
}

// ATTACK: reorder "closed" and "reopened", so that the strict pull request counts as closed while it is open.
//
// STEPS: 1. The strict and the lax pull request share a commit. 2. The strict one is closed and reopened; "closed" arrives last.
//
// WHAT MUST HOLD: the check is not green: what is open is asked of the forge, not of the delivery.
//
//race:unwatched
func TestReopenedBeforeClosed(t *testing.T) {
	t.Parallel()
	r, sha := twoBases(t)
	strict := open(t, r.hub, shop, into("main"))
	open(t, r.hub, shop, into("release"))
	r.run(sha, "failure")
	r.quiet()
	r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: true} })
	must(t, r.hub.ClosePull(shop, strict, "wendy"))
	must(t, r.hub.ReopenPull(shop, strict, "wendy"))
	r.hub.Webhooks().SetFate(nil)
	order := []int{}
	for i := range r.hub.Webhooks().Held() {
		order = append([]int{i}, order...)
	}
	r.hub.Webhooks().Release(order...)
	r.quiet()
	r.neverGreen(sha)
	must(t, r.server.Sweep(t.Context()))
	r.quiet()
	r.neverGreen(sha)
	if run := r.run(sha, "failure"); run.Status != "completed" {
		t.Errorf("the check is %s", run.Status)
	}
}
