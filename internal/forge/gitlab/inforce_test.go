package gitlab_test

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// TestGateInForce: the strongest gate that a project has is named in one word, of each tier.
func TestGateInForce(t *testing.T) {
	const public = "https://lintel.example.com"
	check := fakelab.StatusCheck{Name: "lintel", URL: public + "/hooks/gitlab/status-check", Secret: "a secret of the check"}
	for tier, held := range map[string]string{fakelab.Free: "job", fakelab.Premium: "approval", fakelab.Ultimate: "external"} {
		s := newShop(t, fakelab.Options{Tier: tier}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
		must(t, s.SetMember("acme", s.bot.Bot, fakelab.Maintainer)) // external checks are shown to no others
		f := s.forge(t, s.options)
		says := func(want string) {
			t.Helper()
			repo := change.Repository{ID: s.id, Owner: "acme/tools", Name: "shop.web"}
			if got, err := f.InForce(t.Context(), repo, public+"/", nil); err != nil || got != want {
				t.Errorf("%s: %q, want %q: %v", tier, got, want, err)
			}
		}
		says("none")
		must(t, s.Configure(s.id, func(c *fakelab.Settings, _ *fakelab.ApprovalSettings) { c.OnlyIfPipelineSucceeds = true }))
		says(string(gitlab.GateStatus))
		s.push(t, "main", map[string]string{".gitlab-ci.yml": "gate: {script: lintel await}\n"})
		says("job")
		if tier != fakelab.Free {
			must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
			says(string(gitlab.GateApproval))
		}
		if tier == fakelab.Ultimate {
			must(t, s.Configure(s.id, func(c *fakelab.Settings, _ *fakelab.ApprovalSettings) { c.OnlyIfStatusChecksPassed = true }))
			_, err := s.AddStatusCheck(s.id, check)
			must(t, err)
		}
		says(held)
		// What the server's file rules out holds no verdict, whatever the project has.
		for gate, want := range map[gitlab.Gate]string{gitlab.GateStatus: "job", gitlab.GateApproval: "approval",
			gitlab.GateExternal: "external", gitlab.GateAuto: held} {
			if tier == fakelab.Free || tier == fakelab.Premium && gate == gitlab.GateExternal {
				want = "job" // the tier has none, and the pipeline must succeed all the same
			}
			f = s.forge(t, func(o *gitlab.Options) { s.options(o); o.Gate = gate })
			says(want)
		}
	}
}

// TestGateThatGitLabApprovesItself: of a rule without an approver is said what GitLab makes of it.
func TestGateThatGitLabApprovesItself(t *testing.T) {
	s := newShop(t, fakelab.Options{Tier: fakelab.Premium}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	must(t, s.DeleteUser("ann"))
	repo := change.Repository{ID: s.id, Owner: "acme/tools", Name: "shop.web"}
	for _, want := range []string{"auto_approved", "status"} {
		if got, err := s.forge(t, s.options).InForce(t.Context(), repo, "https://lintel.example.com", nil); err != nil || got != want {
			t.Errorf("%q, want %q: %v", got, want, err)
		}
		must(t, s.Configure(s.id, func(c *fakelab.Settings, _ *fakelab.ApprovalSettings) { c.OnlyIfPipelineSucceeds = true }))
	}
}

// TestGateThatNobodyShows: where merges wait for external checks that a Developer may not list, no gate is said to be missing.
func TestGateThatNobodyShows(t *testing.T) {
	s := newShop(t, fakelab.Options{Tier: fakelab.Ultimate}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	must(t, s.Configure(s.id, func(c *fakelab.Settings, _ *fakelab.ApprovalSettings) { c.OnlyIfStatusChecksPassed = true }))
	got, err := s.forge(t, s.options).InForce(t.Context(), change.Repository{ID: s.id, Owner: "acme/tools", Name: "shop.web"},
		"https://lintel.example.com", nil)
	if err != nil || got != "" {
		t.Errorf("%q, want nothing: %v", got, err)
	}
}
