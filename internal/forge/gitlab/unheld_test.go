package gitlab_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
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

// notesOfAll is the record of several processes.
type notesOfAll map[change.Key]*string

func (s notesOfAll) GateNote(_ context.Context, key change.Key) (string, bool, error) {
	if s[key] == nil {
		return "", false, nil
	}
	return *s[key], true, nil
}

func (s notesOfAll) KeepGateNote(_ context.Context, key change.Key, says string, known bool) error {
	delete(s, key)
	if known {
		s[key] = &says
	}
	return nil
}

// TestProcessesAgreeOnTheGate: of two processes that publish in turn, neither lets the note say what the other knows to be
// over, and one that died while it wrote the note leaves nothing stale behind.
func TestProcessesAgreeOnTheGate(t *testing.T) {
	s, _, _ := gated(t, nil)
	record := notesOfAll{}
	process := func() *gitlab.Forge {
		return s.forge(t, func(o *gitlab.Options) {
			s.options(o)
			o.GateNotes = record
		})
	}
	one, two := process(), process()
	key := 0
	note := func(f *gitlab.Forge, edits effect.ID) effect.ID {
		t.Helper()
		key++
		r, err := f.Apply(t.Context(), effect.Effect{Key: fmt.Sprint(key), Ref: s.ref,
			Comment: &effect.Comment{Body: "refused", Edits: edits}}, false)
		must(t, err)
		return r.RemoteID
	}
	s.mustPost(t, one, effect.Failure)
	id := note(one, "")
	says := func(want string) {
		t.Helper()
		if got := s.noteBody(t, id); !strings.HasPrefix(got, want) {
			t.Errorf("the note is %q, want %q", got, want)
		}
	}
	const waits, silent = "refused\n\nWhen this was written, the head had no pipeline", "refused\n\n<!--"
	says(waits)
	_, _, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	s.mustPost(t, two, effect.Failure) // one knows nothing of it
	says(silent)
	note(one, id)
	says(silent)
	rule := func(user string) {
		t.Helper()
		must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{user}}))
	}
	const others = "refused\n\nLintel's user is not among the approvers"
	rule("ann")
	s.mustPost(t, one, effect.Failure)
	says(others)
	note(two, id)
	says(others)
	rule(s.bot.Bot)
	s.mustPost(t, two, effect.Failure)
	says(silent)
	// A process dies between the note and the record: nobody knows what it says, so the next one looks.
	rule("ann")
	s.mustPost(t, process(), effect.Failure)
	says(others)
	must(t, record.KeepGateNote(t.Context(), s.ref.Key, "", false))
	rule(s.bot.Bot)
	s.mustPost(t, process(), effect.Failure)
	says(silent)
}

// TestGateIsKnownAnew: what a process knows of a project's rules is over before the looks begin that another gate asks for,
// and at once where it is told to forget it: an event may bring a look forward.
func TestGateIsKnownAnew(t *testing.T) {
	s, _, _ := gated(t, nil)
	f := s.forge(t, s.options)
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.mustPost(t, f, effect.Failure)
	r, err := f.Apply(t.Context(), effect.Effect{Key: "1", Ref: s.ref, Comment: &effect.Comment{Body: "refused"}}, false)
	must(t, err)
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	s.clock.add(6 * time.Minute)
	s.mustPost(t, f, effect.Failure)
	const others = "refused\n\nLintel's user is not among the approvers"
	if got := s.noteBody(t, r.RemoteID); !strings.HasPrefix(got, others) {
		t.Errorf("the note is %q", got)
	}
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.clock.add(6 * time.Minute)
	s.mustPost(t, f, effect.Failure)
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	f.Forget(1, "")
	s.mustPost(t, f, effect.Failure)
	if got := s.noteBody(t, r.RemoteID); !strings.HasPrefix(got, others) {
		t.Errorf("after it was told that another gate holds, the note is %q", got)
	}
}

// during calls a function after an answer of GitLab came and before its reader has it.
type during func(path string)

func (d during) RoundTrip(r *http.Request) (*http.Response, error) {
	got, err := http.DefaultTransport.RoundTrip(r)
	d(r.URL.Path)
	return got, err
}

// TestForgottenWhileRead: an answer that was on its way when another gate was seen is of before it, so it is not kept.
func TestForgottenWhileRead(t *testing.T) {
	for _, tier := range []string{fakelab.Free, fakelab.Premium, fakelab.Ultimate} {
		t.Run(tier, func(t *testing.T) {
			s := newShop(t, fakelab.Options{Tier: tier}, map[string]string{"a": "1\n", ".gitlab-ci.yml": "unit: {script: make}\n"},
				map[string]string{"b": "1\n"})
			if tier != fakelab.Free {
				must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
			}
			if tier == fakelab.Ultimate {
				s.checked(t)
			}
			project := fmt.Sprintf("/projects/%d", s.id)
			ends := []string{project, project + "/approval_rules", fmt.Sprintf("/%d/status_checks", s.ref.Number)}
			asked := map[string]int{}
			var f *gitlab.Forge
			moved := "" // the end of the path during whose answer another gate is seen
			f = s.forge(t, func(o *gitlab.Options) {
				s.options(o)
				o.Transport = during(func(path string) {
					for _, end := range ends {
						if strings.HasSuffix(path, end) {
							asked[end]++
						}
					}
					if moved != "" && strings.HasSuffix(path, moved) {
						f.Forget(1, "")
					}
				})
			})
			look := func() map[string]int {
				clear(asked)
				_, err := f.Snapshot(t.Context(), change.Record{Ref: s.ref, State: change.Open})
				must(t, err)
				_, err = s.post(t, f, effect.Failure)
				must(t, err)
				return maps.Clone(asked)
			}
			for _, moved = range ends {
				f.Forget(1, "")
				if look()[moved] == 0 {
					continue // this tier never asks for it
				}
				end := moved
				moved = ""
				if look()[end] == 0 {
					t.Errorf("what %s said before another gate was seen is kept", end)
				}
				if n := look()[end]; n > 0 {
					t.Errorf("%s is asked %d times for what is known", end, n)
				}
			}
		})
	}
}
