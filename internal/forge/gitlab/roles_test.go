package gitlab_test

import (
	"testing"

	vendor "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/control"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/review"
)

// What the pipeline asks of a forge.
var (
	_ review.Source    = (*gitlab.Forge)(nil)
	_ review.People    = (*gitlab.Forge)(nil)
	_ outbox.Publisher = (*gitlab.Forge)(nil)
	_ control.Forge    = (*gitlab.Forge)(nil)
)

// TestRoles: what somebody may do is what GitLab says now, in the words of every forge.
func TestRoles(t *testing.T) {
	s, f, _ := gated(t, nil)
	must(t, s.SetMember("acme/tools/shop.web", "ann", fakelab.Reporter))
	for login, want := range map[string]string{"rita": "maintain", "DEV": "write", "ann": "triage", "nobody": "none"} {
		role, err := f.Role(t.Context(), s.ref, login)
		must(t, err)
		write, err := f.Permission(t.Context(), s.ref, login)
		must(t, err)
		if role != want || write != (want == "maintain" || want == "write") {
			t.Errorf("%s: %s, may write: %t", login, role, write)
		}
	}
	must(t, s.SetUser("rita", "blocked", false))
	if role, err := f.Role(t.Context(), s.ref, "rita"); err != nil || role != "none" {
		t.Errorf("somebody who is blocked: %s, %v", role, err)
	}
	_, err := s.AddGroup("acme/tools/core")
	must(t, err)
	must(t, s.SetMember("acme/tools/core", "ann", fakelab.Developer))
	for _, c := range []struct {
		team, login string
		want        bool
	}{{"core", "ann", true}, {"acme/tools/core", "ann", true}, {"core", "dev", true}, {"acme", "ann", false}, {"gone", "ann", false}} {
		if in, err := f.InTeam(t.Context(), s.ref, c.team, c.login); err != nil || in != c.want {
			t.Errorf("%s in %s: %t, %v", c.login, c.team, in, err)
		}
	}
}

// TestReactionsAndReviewers: a reaction twice is one, and reviewers are added to those that stand.
func TestReactionsAndReviewers(t *testing.T) {
	s, f, _ := gated(t, nil)
	note, err := s.Say(s.id, 1, "dev", "/lintel recheck")
	must(t, err)
	for range 2 {
		must(t, f.React(t.Context(), s.ref, chat.OnIssue, note, "+1"))
	}
	must(t, f.React(t.Context(), s.ref, chat.OnIssue, note+1000, "eyes"))
	must(t, f.React(t.Context(), s.ref, chat.OnCheck, note, "eyes"))
	list, _, err := s.bots(t).AwardEmoji.ListMergeRequestAwardEmojiOnNote(s.id, 1, note, &vendor.ListAwardEmojiOptions{})
	if err != nil || len(list) != 1 || list[0].Name != "thumbsup" {
		t.Errorf("%+v, %v", list, err)
	}
	must(t, f.RequestReviews(t.Context(), s.ref, []string{"dev"}))
	must(t, s.SetUser("ann", "blocked", false))
	must(t, f.RequestReviews(t.Context(), s.ref, []string{"rita", "nobody", "ann"}))
	m, _, err := s.bots(t).MergeRequests.GetMergeRequest(s.id, 1, nil)
	if err != nil || len(m.Reviewers) != 2 {
		t.Errorf("%d reviewers, %v", len(m.Reviewers), err)
	}
}
