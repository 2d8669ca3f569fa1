package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// card is the scorecard of commits/header.
func (r *rig) card() scorecard.Card {
	r.t.Helper()
	var cards []scorecard.Card
	must(r.t, json.Unmarshal([]byte(r.adminPage("/rules.json")), &cards))
	for _, c := range cards {
		if c.Rule == "commits/header" {
			return c
		}
	}
	return scorecard.Card{}
}

// TestStoryOutcomes follows a finding from a red check to a scorecard, and a rule that people do not want from its
// demotion to the one line of its owner that undoes it.
//
//race:unwatched
func TestStoryOutcomes(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "demote: auto\n", noSweeps) // a sweep would withdraw what it did not propose
	if c := r.card(); c.Outcomes[outcome.Pending] == 0 || c.Blocked != c.Fired || c.Changes != 1 {
		t.Errorf("an open finding: %+v", c)
	}
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	r.run(sha, "success")
	r.quiet()
	if c := r.card(); c.Outcomes[outcome.Overridden] != c.Fired || c.Overridden != 1 || c.Refused != 1 {
		t.Errorf("an overridden finding: %+v", c)
	}
	// The sweep would propose this of fifty decided findings; here it is proposed by hand.
	_, err := r.server.Writer().ExecContext(context.Background(),
		`INSERT INTO demotion (forge, repo_id, rule, decided, unwanted, created_at, applied_at)
		SELECT forge, id, 'commits/header', 60, 30, 1, 0 FROM repository WHERE name = 'shop'`)
	must(t, err)
	second := commit(t, r.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "Fixed it again.",
		Files: fakehub.Files{"cart/cart.go": "package cart // again\n"}})
	run := r.run(second, "success")
	if !strings.Contains(run.Title, "1 remark") {
		t.Errorf("the demoted rule is silent: %s\n%s", run.Title, run.Summary)
	}
	r.quiet()
	r.expectAudit("override.made rule.demoted settings.changed") // the settings that hold are others by the demotion
	if page := r.adminPage("/rules"); !strings.Contains(page, "demoted to warn") {
		t.Errorf("the page does not name the demotion: %s", page)
	}
	commit(t, r.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: keep it", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nownership: { mode: warn }\ndemote: auto\n" +
			"rules: { commits/header: { demote: off } }\n"}})
	r.run(second, "failure")
	r.quiet()
	r.expectAudit("override.made rule.demoted settings.changed demotion.undone settings.changed")
}
