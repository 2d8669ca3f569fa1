package github_test

import (
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// TestRunsOfForks: only finished runs on pull requests that could not hand in their reports by themselves are of use.
func TestRunsOfForks(t *testing.T) {
	d, err := github.NewDecoder(secret)
	must(t, err)
	for name, c := range map[string]struct {
		action, event, head, actor string
		kind                       change.EventKind
		fork                       bool
	}{
		"a fork":                       {"completed", "pull_request", `{"id":8}`, "rita", change.RunFinished, true},
		"a fork that was deleted":      {"completed", "pull_request", `null`, "rita", change.RunFinished, true},
		"Dependabot, who has no token": {"completed", "pull_request", `{"id":7}`, "dependabot[bot]", change.RunFinished, false},
		"a branch":                     {"completed", "pull_request", `{"id":7}`, "rita", change.Ignored, false},
		"a run that began":             {"requested", "pull_request", `{"id":8}`, "rita", change.Ignored, false},
		"a push":                       {"completed", "push", `{"id":8}`, "rita", change.Ignored, false},
	} {
		body := fmt.Appendf(nil,
			`{"action":%q,"repository":{"id":7,"name":"shop","full_name":"acme/shop","owner":{"login":"acme","id":3}},"installation":{"id":11},
			"workflow_run":{"id":5,"run_attempt":2,"event":%q,"head_sha":"aaa","head_repository":%s,"pull_requests":[],"actor":{"login":%q},"triggering_actor":{"login":%q}}}`, c.action, c.event, c.head, c.actor, c.actor)
		ev, err := d.Decode(headers("workflow_run", hooklog.Sign(secret, body)), body)
		must(t, err)
		if ev.Kind != c.kind || ev.Repository.OwnerID != 3 {
			t.Errorf("%s: %s (%s), owner %d", name, ev.Kind, ev.Reason, ev.Repository.OwnerID)
		}
		if c.kind == change.RunFinished && (ev.Run != 5 || ev.Attempt != 2 || ev.Head.SHA != "aaa" || ev.Fork != c.fork) {
			t.Errorf("%s: %+v", name, ev)
		}
	}
	body := []byte(`{"action":"completed","repository":{"id":7}}`)
	if _, err := d.Decode(headers("workflow_run", hooklog.Sign(secret, body)), body); err == nil {
		t.Error("an event without a run was taken")
	}
}
