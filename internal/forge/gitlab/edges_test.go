package gitlab_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// TestOurOwnRequest: GitLab lets nobody approve their own merge request, and takes a rule for approved that has no other
// approver. Lintel says so where its own user opened one, asks for no approval, and posts its status as elsewhere.
func TestOurOwnRequest(t *testing.T) {
	s, f, alarms := gated(t, nil)
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.push(t, "ours", map[string]string{"c": "1\n"})
	s.open(t, fakelab.Request{Source: "ours", Title: "feat: ours", By: s.bot.Bot})
	_, sha, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: int64(s.ref.Number), Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	for _, c := range []struct {
		verdict effect.Conclusion
		holds   string
	}{{effect.Failure, "the pipeline is failed"}, {effect.Success, ""}} {
		check := &effect.Check{Name: "lintel", SHA: sha, Status: effect.Completed, Conclusion: c.verdict,
			Title: "it is " + string(c.verdict)}
		_, err := f.Apply(t.Context(), effect.Effect{Key: string(c.verdict), Ref: s.ref, Check: check}, false)
		must(t, err)
		s.holds(t, c.holds)
		if last := strings.Join(*alarms, "\n"); !strings.Contains(last, "own user opened the merge request") {
			t.Errorf("nobody is told that the rule holds nothing: %q", last)
		}
		*alarms = nil
	}
	if n := s.Count("POST", "/projects/:id/merge_requests/:merge_request_iid/approve"); n != 0 {
		t.Errorf("it asked %d times for what GitLab refuses", n)
	}
}

// TestAutoMergeWaitsForTheVerdict: a merge request that merges by itself must not do so in the green moment between its jobs
// and our verdict. A running status keeps the pipeline from ending.
func TestAutoMergeWaitsForTheVerdict(t *testing.T) {
	s, f, _ := gated(t, nil)
	pipeline, _, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit", State: "running"}}})
	must(t, err)
	must(t, s.AutoMerge(s.id, 1, "rita"))
	s.mustPost(t, f, "")
	must(t, s.SetJob(s.id, pipeline, "unit", "success"))
	s.holds(t, "ci_still_running")
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "the pipeline is failed")
	s.mustPost(t, f, effect.Success)
	s.holds(t, "it is merged")
}

// placeless makes GitLab answer that a comment on a line became a note of no place.
type placeless struct{}

func (placeless) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/discussions") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	body = bytes.Replace(body, []byte(`"DiffNote"`), []byte(`"DiscussionNote"`), 1)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// TestNoteOfNoPlace: a comment that GitLab put on no line is none: it is taken away, and the finding stays in the note.
func TestNoteOfNoPlace(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a.go": "one\n"}, map[string]string{"a.go": "two\n"})
	f := s.forge(t, func(o *gitlab.Options) { s.options(o); o.Transport = placeless{} })
	_, err := f.Apply(t.Context(), effect.Effect{Key: "k", Ref: s.ref, Inline: &effect.InlineComment{Fingerprint: "f",
		SHA: s.Tip(s.id, "topic"), Path: "a.go", Side: effect.Right, StartLine: 1, Line: 1, Body: "look"}}, false)
	var outside *effect.InvalidPosition
	if !errors.As(err, &outside) {
		t.Errorf("it counts as placed: %v", err)
	}
	if n := s.Count("POST", "/projects/:id/merge_requests/:merge_request_iid/discussions"); n != 1 {
		t.Fatalf("%d comments were made", n)
	}
	left, _, err := s.bots(t).Discussions.ListMergeRequestDiscussions(s.id, 1, nil)
	must(t, err)
	for _, d := range left {
		for _, n := range d.Notes {
			if !n.System {
				t.Errorf("a note of no place stays: %q", n.Body)
			}
		}
	}
}

// TestNotesHaveALimitOfTheirOwn: GitLab takes sixty notes a minute. The next one waits until the minute is over, and the
// verdict does not.
func TestNotesHaveALimitOfTheirOwn(t *testing.T) {
	s, f, _ := gated(t, nil)
	_, _, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	s.SetLimits(fakelab.Limits{Notes: 1})
	note := func(key string) error {
		e := effect.Effect{Key: key, Ref: s.ref, Comment: &effect.Comment{Body: key}}
		_, err := f.Apply(t.Context(), e, false)
		return err
	}
	must(t, note("first"))
	s.push(t, "again", map[string]string{"c": "1\n"})
	s.open(t, fakelab.Request{Source: "again", Title: "feat: again", By: "rita"})
	var limited *change.Limited
	if err := note("second"); !errors.As(err, &limited) || !limited.Until.After(s.clock.now()) ||
		limited.Until.After(s.clock.now().Add(time.Minute)) {
		t.Fatalf("one note too many: %v", err)
	}
	s.ref.Number = 1
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "the pipeline is failed")
	s.ref.Number = 2
	s.clock.add(time.Minute)
	must(t, note("second"))
}

// TestNoteSaysAutoApproved: where GitLab takes the approval rule for approved by itself, or others may approve by it, the note
// says that it holds nothing.
func TestNoteSaysAutoApproved(t *testing.T) {
	s, f, _ := gated(t, func(p *fakelab.Settings) { p.OnlyIfPipelineSucceeds = false })
	said := func(key string) string { return s.refused(t, f, key) }
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	if got := said("1"); !strings.Contains(got, "**does not hold this verdict**") ||
		strings.Contains(got, "Auto approved") {
		t.Errorf("a rule of others: %q", got)
	}
	must(t, s.DeleteUser("ann"))
	if got := said("2"); !strings.Contains(got, "has no approver any more, so GitLab shows it as **Auto approved**") {
		t.Errorf("a rule of nobody: %q", got)
	}
	// A process that began since, or another one, posted nothing, and says it all the same.
	fresh, err := s.forge(t, s.options).Apply(t.Context(), effect.Effect{Key: "2b", Ref: s.ref, Comment: &effect.Comment{Body: "refused"}},
		false)
	must(t, err)
	if got := s.noteBody(t, fresh.RemoteID); !strings.Contains(got, "**Auto approved**") ||
		!strings.Contains(got, "the head had no pipeline") {
		t.Errorf("a process that posted nothing says %q", got)
	}
	// Where the gate that the server asks for is not there, the verdict is said all the same.
	fresh, err = s.forge(t, func(o *gitlab.Options) { s.options(o); o.Gate = gitlab.GateExternal }).
		Apply(t.Context(), effect.Effect{Key: "2c", Ref: s.ref, Comment: &effect.Comment{Body: "refused"}}, false)
	must(t, err)
	if got := s.noteBody(t, fresh.RemoteID); !strings.Contains(got, "found no gate that holds this verdict") {
		t.Errorf("without the external check that is asked for: %q", got)
	}
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	if got := said("3"); strings.Contains(got, "approve") {
		t.Errorf("a rule of ours: %q", got)
	}
	s.push(t, "ours", map[string]string{"c": "1\n"})
	s.open(t, fakelab.Request{Source: "ours", Title: "feat: ours", By: s.bot.Bot})
	check := &effect.Check{
		Name:       "lintel",
		SHA:        s.Tip(s.id, "ours"),
		Status:     effect.Completed,
		Conclusion: effect.Success,
		Title:      "it passes",
	}
	_, err = f.Apply(t.Context(), effect.Effect{Key: "ours", Ref: s.ref, Check: check}, false)
	must(t, err)
	done, err := f.Apply(
		t.Context(),
		effect.Effect{Key: "4", Ref: s.ref, Comment: &effect.Comment{Body: "passes"}},
		false,
	)
	must(t, err)
	if got := s.noteBody(t, done.RemoteID); !strings.Contains(got, "own user opened this merge request") {
		t.Errorf("a merge request of ours: %q", got)
	}
}
