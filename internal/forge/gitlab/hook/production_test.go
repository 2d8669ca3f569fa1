package hook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
)

// TestProduction: deployments that ended, releases that are out and incidents are kept for the figures; nothing else
// follows from them, and what only begins, is planned or is no incident tells nothing.
func TestProduction(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	sha := "279484c09fbe69ededfced8c1bb6e6d24616b468"
	deployment := func(status, environment, tier string) string {
		return fmt.Sprintf(
			`{"object_kind": "deployment", "status": %q, "status_changed_at": "2026-03-01 10:00:00 +0100",
			"deployment_id": 15, "environment": %q, "environment_tier": %q, "project": %s, "short_sha": "279484c0",
			"commit_url": "https://gitlab.example.com/acme/tools/shop.web/-/commit/%s"}`,
			status,
			environment,
			tier,
			project,
			sha,
		)
	}
	release := func(action, released string) string {
		return fmt.Sprintf(
			`{"object_kind": "release", "id": 8, "action": %q, "tag": "v1", "created_at": "2026-03-01 08:00:00 UTC",
			"released_at": %q, "project": %s, "commit": {"id": %q, "timestamp": "2026-03-01T09:00:00+00:00"}}`,
			action,
			released,
			project,
			sha,
		)
	}
	issue := func(kind, labels, changes string) string {
		return fmt.Sprintf(
			`{"object_kind": "issue", "event_type": "issue", "project": %s, "object_attributes": {"id": 301, "iid": 23,
			"type": %q, "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "closed_at": null, "state": "opened",
			"action": "update"}, "labels": [%s], "changes": {%s}}`,
			project,
			kind,
			labels,
			changes,
		)
	}
	run := dora.Deployment{
		ID:          "gitlab:deployment:15",
		Forge:       "gitlab",
		RepoID:      7,
		Environment: "production",
		Production:  true,
		Source:      dora.ByStatus,
		SHA:         sha,
		Success:     true,
		StartedAt:   at,
		FinishedAt:  at,
	}
	failed, staged, named := run, run, run
	failed.Success = false
	staged.Environment, staged.Production = "prod-like", false
	named.Environment = "prod"
	out := dora.Deployment{ID: "gitlab:release:7:v1", Forge: "gitlab", RepoID: 7, Environment: "release", Production: true,
		Source: dora.ByRelease, SHA: sha, Success: true, FinishedAt: at, Upto: &at}
	down := dora.Incident{
		ID:       "gitlab:issue:301",
		Forge:    "gitlab",
		RepoID:   7,
		Source:   "issue",
		OpenedAt: at,
		ToldAt:   at.Add(time.Hour),
	}
	none := down
	none.Withdrawn = true
	for name, c := range map[string]struct {
		body string
		want any
	}{
		"deployed":                  {deployment("success", "production", "production"), run},
		"failed":                    {deployment("failed", "production", "production"), failed},
		"to a tier that is no such": {deployment("success", "prod-like", "staging"), staged},
		"to a name of production":   {deployment("success", "prod", ""), named},
		"under way":                 {deployment("running", "production", "production"), nil},
		"released":                  {release("create", "2026-03-01 09:00:00 UTC"), out},
		"a release edited":          {release("update", "2026-03-01 09:00:00 UTC"), out},
		"a release to come":         {release("create", "2036-03-01 09:00:00 UTC"), nil},
		"a release taken back":      {release("delete", "2026-03-01 09:00:00 UTC"), nil},
		"an incident":               {issue("Incident", "", ""), down},
		"an issue with a label":     {issue("Issue", `{"title": "incident"}`, ""), down},
		"an issue":                  {issue("Issue", `{"title": "bug"}`, ""), nil},
		"a label taken away":        {issue("Issue", "", `"labels": {"previous": [{"title": "incident"}], "current": []}`), none},
		"another type":              {issue("Issue", "", `"work_item_type_id": {"previous": 2, "current": 1}`), none},
		"another label taken away":  {issue("Issue", "", `"labels": {"previous": [{"title": "bug"}], "current": []}`), nil},
		"a deployment without a day": {
			`{"object_kind": "deployment", "status": "success", "deployment_id": 1, "project": ` + project + `}`, nil},
	} {
		ev := decode(t, c.body)
		var got any
		switch {
		case len(ev.Deployments) == 1:
			got = ev.Deployments[0]
		case len(ev.Incidents) == 1:
			got = ev.Incidents[0]
		}
		if d := cmp.Diff(c.want, got); d != "" || ev.Kind != change.Ignored || ev.Repository.ID != 7 {
			t.Errorf("%s: %s %s", name, ev.Kind, d)
		}
	}
}
