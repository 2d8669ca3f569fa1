package gitlab_test

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	gocmpopts "github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// TestResolvedThreads: a look at a merge request on which comments of ours stand reads which of them people resolved, by one
// call more. Others' threads, threads that we resolved, and a list that is refused say nothing.
func TestResolvedThreads(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n2\n3\n"})
	f := s.forge(t, s.options)
	iid, head := int64(s.ref.Number), s.Tip(s.id, "topic")
	var ours []int64
	for i, fingerprint := range []string{"first", "second", "third"} {
		r, err := f.Apply(t.Context(), effect.Effect{Key: fingerprint, Ref: s.ref, Inline: &effect.InlineComment{
			Fingerprint: fingerprint, SHA: head, Path: "b", Side: effect.Right, StartLine: i + 1, Line: i + 1, Body: "why?"}}, false)
		must(t, err)
		ours = append(ours, r.RemoteID.Number())
	}
	s.clock.add(2 * time.Minute)
	must(t, s.Resolve(s.id, iid, ours[0], "dev", true))
	must(t, s.Resolve(s.id, iid, ours[1], "rita", true)) // the author
	must(t, s.Resolve(s.id, iid, ours[2], s.bot.Bot, true))
	look := func(comments, rest bool) []change.Feedback {
		t.Helper()
		return s.readBy(t, change.Record{Ref: s.ref, HasInlineComments: comments}, rest).Feedback
	}
	at := gocmpopts.IgnoreFields(change.Feedback{}, "At")
	want := []change.Feedback{
		{Comment: ours[0], Kind: change.FeedbackResolved, Actor: "dev", Role: change.RoleWriter},
		{Comment: ours[1], Kind: change.FeedbackResolved, Actor: "rita", Role: change.RoleAuthor},
	}
	for _, rest := range []bool{false, true} {
		s.asked()
		got := look(true, rest)
		with := len(s.asked())
		if d := gocmp.Diff(want, got, at); d != "" {
			t.Errorf("REST %t: %s", rest, d)
		}
		if got := look(false, rest); got != nil || len(s.asked()) != with-1 {
			t.Errorf("REST %t: without comments %v is read, by more than a call less", rest, got)
		}
	}
	must(t, s.Resolve(s.id, iid, ours[0], "dev", false))
	if got := look(true, false); len(got) != 2 || got[0].Kind != change.FeedbackUnresolved {
		t.Errorf("opened again: %v", got)
	}
	// A program's click says nothing, and neither does what GitLab may have resolved itself since a push.
	token, err := s.AddToken(fakelab.Token{Project: s.id, Level: fakelab.Developer})
	must(t, err)
	must(t, s.Resolve(s.id, iid, ours[0], token.Bot, true))
	s.push(t, "topic", map[string]string{"b": "1\n2\n3\n4\n"})
	must(t, s.Resolve(s.id, iid, ours[1], "rita", true))
	for _, rest := range []bool{false, true} {
		got := look(true, rest)
		if len(got) != 2 || got[0].Role != change.RoleBot || got[1].Role != change.RoleUnknown {
			t.Errorf("REST %t: by a program and by a push: %v", rest, got)
		}
	}
	s.clock.add(2 * time.Minute)
	must(t, s.Resolve(s.id, iid, ours[1], "rita", true))
	if got := look(true, false); len(got) != 2 || got[1].Role != change.RoleAuthor {
		t.Errorf("a click long after a push: %v", got)
	}
	s.Fault(traffic.Fault{Path: "/discussions", Status: 502})
	if got := look(true, false); got != nil {
		t.Errorf("a list that failed: %v", got)
	}
}
