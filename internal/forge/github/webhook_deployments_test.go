package github_test

import (
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/fake/github/oracle"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// TestDeploymentsOfDeliveries: only what came to an end in production counts, and only an issue that is called an incident.
func TestDeploymentsOfDeliveries(t *testing.T) {
	d, err := github.NewDecoder(secret)
	must(t, err)
	status := func(state, environment string, production bool) string {
		return fmt.Sprintf(`"deployment":{"id":9,"sha":"aa","environment":"x","production_environment":%v,`+
			`"created_at":"2026-03-02T10:00:00Z"},`+
			`"deployment_status":{"state":%q,"environment":%q,"created_at":"2026-03-02T10:05:00Z"}`, production, state, environment)
	}
	release := func(target string, more string) string {
		return fmt.Sprintf(`"release":{"id":4,"target_commitish":%q,"created_at":"2026-03-02T09:00:00Z",`+
			`"published_at":"2026-03-02T10:00:00Z"%s}`, target, more)
	}
	issue := func(label, closed string) string {
		return fmt.Sprintf(`"issue":{"id":6,"number":3,"created_at":"2026-03-02T09:00:00Z","updated_at":"2026-03-02T11:00:00Z",`+
			`"closed_at":%s,"labels":[{"name":%q}]}`, closed, label)
	}
	for _, tt := range []struct{ name, event, body, want string }{
		{"success", "deployment_status", status("success", "production", false), "github:deployment:9 production true true aa"},
		{"by the mark", "deployment_status", status("success", "blue", true), "github:deployment:9 blue true true aa"},
		{"failed", "deployment_status", status("failure", "production", true), "github:deployment:9 production true false aa"},
		{"staging", "deployment_status", status("success", "staging", false), "github:deployment:9 staging false true aa"},
		{"still running", "deployment_status", status("in_progress", "production", true), ""},
		{"replaced", "deployment_status", status("inactive", "production", true), ""},
		{"a release", "release", release("main", ""), "github:release:4 release true true "},
		{"a draft", "release", release("main", `,"draft":true`), ""},
		{"for few", "release", release("main", `,"prerelease":true`), ""},
		{"of an old line", "release", release("v1", ""), ""},
		{"an incident", "issues", issue("incident", "null"), "github:issue:6 open"},
		{"it is over", "issues", issue("SEV1", `"2026-03-02T10:00:00Z"`), "github:issue:6 over"},
		{"a bug", "issues", issue("bug", "null"), ""},
		{"the label was taken away", "issues", `"action":"unlabeled",` + issue("bug", "null"), "github:issue:6 open withdrawn"},
		{"another label of no incident was", "issues", `"action":"unlabeled","label":{"name":"bug"},` + issue("ui", "null"), ""},
		{"its label was, of two", "issues", `"action":"unlabeled","label":{"name":"sev1"},` + issue("ui", "null"),
			"github:issue:6 open withdrawn"},
		{"another label was", "issues", `"action":"unlabeled",` + issue("incident", "null"), "github:issue:6 open"},
		{"the issue was deleted", "issues", `"action":"deleted",` + issue("incident", "null"), "github:issue:6 open withdrawn"},
		{"the issue went elsewhere", "issues", `"action":"transferred",` + issue("incident", "null"), "github:issue:6 open withdrawn"},
	} {
		body := []byte(`{"action":"created","repository":{"id":7,"full_name":"acme/shop","default_branch":"main"},` + tt.body + `}`)
		ev, err := d.Decode(headers(tt.event, hooklog.Sign(secret, body)), body)
		must(t, err)
		got := ""
		for _, x := range ev.Deployments {
			got += fmt.Sprint(x.ID, " ", x.Environment, " ", x.Production, x.Success, " ", x.SHA)
		}
		for _, x := range ev.Incidents {
			if x.ToldAt.Hour() != 11 {
				t.Errorf("%s: told at %s", tt.name, x.ToldAt)
			}
			got += x.ID + map[bool]string{true: " open", false: " over"}[x.ResolvedAt == nil]
			got += map[bool]string{true: " withdrawn"}[x.Withdrawn]
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	n := 0
	for e := range oracle.Examples(t) {
		ev, err := d.Decode(headers(e.Event, hooklog.Sign(secret, e.Body)), e.Body)
		must(t, err)
		n += len(ev.Deployments) + len(ev.Incidents)
	}
	if n == 0 {
		t.Error("no recorded payload tells of a deployment")
	}
}
