package gitlab_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// TestNoteFollowsTheGate: where the gate alone changes, and the verdict stays, the note says what is so now and else what it
// said; also where another process wrote it.
func TestNoteFollowsTheGate(t *testing.T) {
	s, f, _ := gated(t, nil)
	s.mustPost(t, f, effect.Failure)
	r, err := f.Apply(t.Context(), effect.Effect{Key: "1", Ref: s.ref, Comment: &effect.Comment{Body: "refused\n\nfor a reason"}}, false)
	must(t, err)
	const plain = "refused\n\nfor a reason\n\n<!--"
	says := func(want string) {
		t.Helper()
		if got := s.noteBody(t, r.RemoteID); !strings.HasPrefix(got, want) || !strings.Contains(got, "<!-- lintel:note") {
			t.Errorf("the note is %q, want %q", got, want)
		}
	}
	says("refused\n\nfor a reason\n\nWhen this was written, the head had no pipeline")
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	s.Reset()
	s.mustPost(t, f, effect.Failure)
	says(plain)
	// What did not change costs nothing.
	s.Reset()
	s.mustPost(t, f, effect.Failure)
	if n := s.Count("GET", "/projects/:id/merge_requests/:merge_request_iid/notes"); n != 0 {
		t.Errorf("the note was looked for %d times although nothing changed", n)
	}
	// Another process knows nothing of what the note says, and looks where there are notes.
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	other := s.forge(t, s.options)
	_, err = other.Snapshot(t.Context(), s.hinted())
	must(t, err)
	s.mustPost(t, other, effect.Failure)
	says("refused\n\nfor a reason\n\nLintel's user is not among the approvers")
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.mustPost(t, other, effect.Failure)
	says(plain)
	if note := s.noteBody(t, r.RemoteID); strings.Count(note, "lintel:note") != 1 {
		t.Errorf("the marks of the note: %q", note)
	}
}
