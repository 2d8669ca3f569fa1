package gitlab_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	vendor "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// post publishes a verdict on the head of topic and says what came of it.
func (s *shop) post(t *testing.T, f *gitlab.Forge, c effect.Conclusion) (effect.Receipt, error) {
	t.Helper()
	check := &effect.Check{Name: "lintel", SHA: s.Tip(s.id, "topic"), Status: effect.Completed, Conclusion: c,
		Title: "it is " + string(c) + strings.Repeat(" and so on", 30), DetailsURL: "https://lintel.example.com/c/KEY"}
	if c == "" {
		check.Status = effect.InProgress
	}
	return f.Apply(t.Context(), effect.Effect{Key: "key " + string(c), Ref: s.ref, Check: check}, false)
}

func (s *shop) mustPost(t *testing.T, f *gitlab.Forge, c effect.Conclusion) effect.Receipt {
	t.Helper()
	r, err := s.post(t, f, c)
	must(t, err)
	if r.RemoteID == "" || r.Key == "" {
		t.Errorf("the receipt is %+v", r)
	}
	return r
}

// holds says whether GitLab would merge now, and compares why not.
func (s *shop) holds(t *testing.T, why string) {
	t.Helper()
	if ok, got := s.TryMerge(s.id, int64(s.ref.Number)); ok != (why == "") || !strings.Contains(got, why) {
		t.Errorf("mergeable %t: %q, want %q", ok, got, why)
	}
}

// gated is a shop where pipelines must succeed.
func gated(t *testing.T, edit func(*fakelab.Settings)) (*shop, *gitlab.Forge, *[]string) {
	t.Helper()
	s := newShop(
		t,
		fakelab.Options{},
		map[string]string{"a": "1\n", ".gitlab-ci.yml": "unit: {script: make}\n"},
		map[string]string{"b": "1\n"},
	)
	must(t, s.Configure(s.id, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) {
		p.OnlyIfPipelineSucceeds = true
		if edit != nil {
			edit(p)
		}
	}))
	foreign := new([]string)
	f := s.forge(t, func(o *gitlab.Options) {
		s.options(o)
		o.Alarm = func(_ context.Context, _ change.Ref, what, remedy string) {
			if remedy == "" {
				t.Errorf("%q has no remedy", what)
			}
			*foreign = append(*foreign, what)
		}
	})
	return s, f, foreign
}

// TestStatusGoesToTheHeadPipeline: nothing is posted before there is one, and every new one gets the verdict again.
func TestStatusGoesToTheHeadPipeline(t *testing.T) {
	s, f, _ := gated(t, nil)
	s.mustPost(t, f, effect.Success)
	s.holds(t, "there is no pipeline")
	if n := s.Count("POST", "/projects/:id/statuses/:sha"); n != 0 {
		t.Fatalf("%d statuses were posted without a pipeline", n)
	}
	_, _, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	s.mustPost(t, f, "")
	s.holds(t, "ci_still_running")
	s.mustPost(t, f, "")
	other := effect.Check{Name: "lintel", SHA: s.Tip(s.id, "topic"), Status: effect.InProgress, Title: "it goes on"}
	if r, err := f.Apply(t.Context(), effect.Effect{Key: "on", Ref: s.ref, Check: &other}, false); err != nil ||
		!r.Found {
		t.Errorf("running twice: %+v, %v", r, err)
	}
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "the pipeline is failed")
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
	// The same verdict again writes nothing, and a new pipeline gets it.
	s.Reset()
	if r := s.mustPost(t, f, effect.Success); !r.Found || s.Count("POST", "/projects/:id/statuses/:sha") != 0 {
		t.Errorf("what stands was posted again: %+v", r)
	}
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Merged: true, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	if r := s.mustPost(t, f, effect.Failure); r.Found {
		t.Error("the new pipeline did not get the verdict")
	}
	s.holds(t, "the pipeline is failed")
	// A verdict of an older head says nothing any more.
	old := effect.Check{
		Name:       "lintel",
		SHA:        s.Tip(s.id, "topic"),
		Status:     effect.Completed,
		Conclusion: effect.Success,
		Title:      "old",
	}
	s.push(t, "topic", map[string]string{"c": "1\n"})
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	s.Reset()
	if _, err := f.Apply(t.Context(), effect.Effect{Key: "old", Ref: s.ref, Check: &old}, false); err != nil ||
		s.Count("POST", "/projects/:id/statuses/:sha") != 0 {
		t.Errorf("an older head: %v", err)
	}
}

// TestStatusWithoutCI: only where nothing else can make a pipeline is ours the pipeline.
func TestStatusWithoutCI(t *testing.T) {
	s, f, _ := gated(t, func(p *fakelab.Settings) { p.NoJobs = true })
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "the pipeline is failed")
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
	// A fork's pipelines are not ours, with or without CI.
	fork, err := s.Fork(s.id, "ann/shop.web")
	must(t, err)
	_, err = s.Commit(
		fork,
		fakelab.Commit{Branch: "topic", By: "ann", Message: "fix: it\n", Files: map[string]string{"c": "1\n"}},
	)
	must(t, err)
	s.open(t, fakelab.Request{Source: "topic", SourceProject: fork, Title: "fix: it", By: "ann"})
	check := &effect.Check{
		Name:       "lintel",
		SHA:        s.Tip(fork, "topic"),
		Status:     effect.Completed,
		Conclusion: effect.Success,
		Title:      "green",
	}
	r, err := f.Apply(t.Context(), effect.Effect{Key: "fork", Ref: s.ref, Check: check}, false)
	if err != nil || r.RemoteID != "unavailable" {
		t.Errorf("a fork: %+v, %v", r, err)
	}
	s.holds(t, "there is no pipeline")
}

// TestNoteTellsWhatIsNotHeld: where the verdict stands on no pipeline the note says why, and whether anything holds the
// merge; where another gate holds it, or the status stands, it says nothing.
func TestNoteTellsWhatIsNotHeld(t *testing.T) {
	s, f, _ := gated(t, nil)
	said := func(key string) string {
		body, _, _ := strings.Cut(s.refused(t, f, key), "\n\n<!--")
		return strings.TrimSpace(strings.TrimPrefix(body, "refused"))
	}
	if got := said("1"); !strings.HasPrefix(got, "When this was written, the head had no pipeline") {
		t.Errorf("without a pipeline: %q", got)
	}
	_, _, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	if got := said("2"); got != "" {
		t.Errorf("with one: %q", got)
	}
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "lintel"}}})
	must(t, err)
	if got := said("3"); !strings.Contains(got, "has the name of Lintel's status") {
		t.Errorf("with a job of our name: %q", got)
	}
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	if got := said("4"); got != "" {
		t.Errorf("with an approval rule: %q", got)
	}
}

// TestRemovedCI: who takes the description of the pipeline away gets none of ours, which would free the merge request of
// what the target's pipeline asks for. The same holds when nothing was read just before.
func TestRemovedCI(t *testing.T) {
	for _, read := range []bool{true, false} {
		s, f, _ := gated(t, nil)
		_, err := s.Commit(
			s.id,
			fakelab.Commit{Branch: "topic", By: "rita", Message: "ci: none\n", Delete: []string{".gitlab-ci.yml"}},
		)
		must(t, err)
		if read {
			_, err := f.Snapshot(t.Context(), s.hinted())
			must(t, err)
		}
		if r := s.mustPost(t, f, effect.Success); r.RemoteID != "waiting" {
			t.Errorf("read before %t: %+v", read, r)
		}
		s.holds(t, "there is no pipeline")
	}
}

// TestApproverThatIsGone: GitLab takes a rule for approved whose approver is gone. Lintel cannot hold that, and says so.
func TestApproverThatIsGone(t *testing.T) {
	s, f, alarms := gated(t, func(p *fakelab.Settings) { p.OnlyIfPipelineSucceeds = false })
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	s.mustPost(t, f, effect.Failure)
	if len(*alarms) != 1 || !strings.Contains((*alarms)[0], "not among the approvers of the approval rule Lintel") {
		t.Errorf("another approver: %q", *alarms)
	}
	must(t, s.DeleteUser("ann"))
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "")
	if len(*alarms) != 2 || !strings.Contains((*alarms)[1], "no approver any more") {
		t.Errorf("a deleted approver: %q", *alarms)
	}
}

// TestStatusOfSomebodyElse: a stranger's green row of our name is told of, and replaced by ours.
func TestStatusOfSomebodyElse(t *testing.T) {
	s, f, foreign := gated(t, nil)
	_, sha, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	s.mustPost(t, f, effect.Failure)
	must(t, s.PostStatus(s.id, sha, fakelab.Status{Name: "lintel", State: "success", By: "dev"}))
	s.holds(t, "")
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "the pipeline is failed")
	if len(*foreign) != 1 || !strings.HasSuffix((*foreign)[0], "by dev") {
		t.Errorf("told of %v", *foreign)
	}
	// A job of our name leaves no room for a status, which is told of; what else publishes the verdict goes on.
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "lintel"}}})
	must(t, err)
	if r, err := s.post(t, f, effect.Failure); err != nil || r.RemoteID != "taken" ||
		!strings.HasSuffix((*foreign)[len(*foreign)-1], "by a job of the pipeline") {
		t.Errorf("a job of our name: %+v, %v, told of %v", r, err, *foreign)
	}
}

// checked gives the project an external status check of our name.
func (s *shop) checked(t *testing.T) {
	t.Helper()
	token, err := s.AddToken(fakelab.Token{User: "root"})
	must(t, err)
	admin, err := vendor.NewClient(token.Secret, vendor.WithBaseURL(s.URL()), vendor.WithoutRetries())
	must(t, err)
	name, url := "Lintel", "https://lintel.example.com/hooks/gitlab/check"
	_, _, err = admin.ExternalStatusChecks.CreateProjectExternalStatusCheck(s.id,
		&vendor.CreateProjectExternalStatusCheckOptions{Name: &name, ExternalURL: &url})
	must(t, err)
}

// TestExternalCheckHolds: the one gate that a push resets by itself. A late answer for the head before decides nothing.
func TestExternalCheckHolds(t *testing.T) {
	s, f, _ := gated(
		t,
		func(p *fakelab.Settings) { p.OnlyIfPipelineSucceeds, p.OnlyIfStatusChecksPassed = false, true },
	)
	s.checked(t)
	s.holds(t, "status_checks_must_pass")
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "status_checks_must_pass")
	s.mustPost(t, f, effect.Success)
	s.push(t, "topic", map[string]string{"c": "1\n"})
	s.holds(t, "status_checks_must_pass") // nobody did anything, and no webhook came
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
}

// TestApprovalRuleHolds: the bot's approval is given on success alone, and taken back otherwise.
func TestApprovalRuleHolds(t *testing.T) {
	s, f, _ := gated(t, func(p *fakelab.Settings) { p.OnlyIfPipelineSucceeds = false })
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.holds(t, "not_approved")
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "not_approved")
	s.mustPost(t, f, effect.Success)
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
	if snap := s.read(t); len(snap.Reviews) != 0 {
		t.Errorf("our own approval counts as a review: %+v", snap.Reviews)
	}
	s.mustPost(t, f, "")
	s.holds(t, "not_approved")
	s.mustPost(t, f, effect.Success)
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "not_approved")
}

// TestNote: one note, edited in place, found again after a lost receipt, and made anew when somebody deleted it.
func TestNote(t *testing.T) {
	s, f, _ := gated(t, nil)
	_, _, err := s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	for i := range 110 {
		_, err := s.Say(s.id, 1, "dev", fmt.Sprintf("comment %d <!-- lintel:note:v1 copied -->", i))
		must(t, err)
	}
	say := func(key, body string, edits effect.ID, tried bool) effect.Receipt {
		t.Helper()
		r, err := f.Apply(
			t.Context(),
			effect.Effect{Key: key, Ref: s.ref, Comment: &effect.Comment{Body: body, Edits: edits}},
			tried,
		)
		must(t, err)
		return r
	}
	first := say("one", "hello\n/merge\n> text\n```\n/usr/bin\n```\n /close", "", false)
	body := s.noteBody(t, first.RemoteID)
	if !strings.HasPrefix(body, "hello\n\\/merge\n> text\n```\n/usr/bin\n```\n \\/close\n\n<!--") {
		t.Errorf("the note is %q", body)
	}
	for i, hidden := range []string{"> ```", "~~~\n```\n~~~", "``` a`b", "    ```", "<pre>\n```\n</pre>\n", "<div>\n```\n</div>\n",
		"```\na\n```\n\n- ```\n", "````\n```", "```\nb\r```", ">>>\n```\n>>>", "```\na\n    ```\n```"} {
		say(fmt.Sprint("hidden ", i), hidden+"\n/merge", first.RemoteID, false)
		if got := s.noteBody(t, first.RemoteID); !strings.Contains(got, "\n\\/merge") {
			t.Errorf("a command of others behind what is no code for each GitLab: %q", got)
		}
	}
	say("one", "hello", first.RemoteID, false)
	if again := say("one", "hello", "", true); again.RemoteID != first.RemoteID || !again.Found {
		t.Errorf("a lost receipt: %+v", again)
	}
	if second := say("two", "changed", first.RemoteID, false); second.RemoteID != first.RemoteID ||
		!strings.HasPrefix(s.noteBody(t, first.RemoteID), "changed") {
		t.Errorf("an edit: %+v", second)
	}
	_, err = s.bots(t).Notes.DeleteMergeRequestNote(s.id, 1, first.RemoteID.Number())
	must(t, err)
	if third := say("three", "anew", first.RemoteID, false); third.RemoteID == first.RemoteID || third.Found {
		t.Errorf("a deleted note: %+v", third)
	}
}

// bots is a client that acts as our own user.
func (s *shop) bots(t *testing.T) *vendor.Client {
	t.Helper()
	c, err := vendor.NewClient(s.bot.Secret, vendor.WithBaseURL(s.URL()), vendor.WithoutRetries())
	must(t, err)
	return c
}

func (s *shop) noteBody(t *testing.T, id effect.ID) string {
	t.Helper()
	n, _, err := s.bots(t).Notes.GetMergeRequestNote(s.id, int64(s.ref.Number), id.Number())
	must(t, err)
	return n.Body
}

// refused posts a refusal and a note about it, and gives the note.
func (s *shop) refused(t *testing.T, f *gitlab.Forge, key string) string {
	t.Helper()
	s.mustPost(t, f, effect.Failure)
	r, err := f.Apply(t.Context(), effect.Effect{Key: key, Ref: s.ref, Comment: &effect.Comment{Body: "refused"}}, false)
	must(t, err)
	return s.noteBody(t, r.RemoteID)
}

// TestThreads: comments stand on added, unchanged and deleted lines and in renamed files; elsewhere there is none.
func TestThreads(t *testing.T) {
	lines := strings.Repeat("x\n", 5) + "old\n" + strings.Repeat("y\n", 5)
	s := newShop(
		t,
		fakelab.Options{},
		map[string]string{"a.go": lines, "b.go": lines},
		map[string]string{"a.go": strings.Replace(lines, "old", "new\nmore", 1)},
	)
	_, err := s.Commit(s.id, fakelab.Commit{Branch: "topic", By: "rita", Message: "move\n", Delete: []string{"b.go"},
		Files: map[string]string{"c.go": strings.Replace(lines, "old", "new", 1)}})
	must(t, err)
	f := s.forge(t, s.options)
	code := "if a {\n```"
	comment := func(path string, side effect.Side, line int, edit func(*effect.InlineComment)) (effect.Receipt, error) {
		m := &effect.InlineComment{
			Fingerprint: fmt.Sprintf("%s %s %d", path, side, line),
			SHA:         s.Tip(s.id, "topic"),
			Path:        path,
			Side:        side,
			StartLine:   line,
			Line:        line,
			Body:        "look",
		}
		if edit != nil {
			edit(m)
		}
		return f.Apply(
			t.Context(),
			effect.Effect{Key: "k" + m.Fingerprint + m.AddressedIn, Ref: s.ref, Inline: m},
			true,
		)
	}
	for _, c := range []struct {
		name, path string
		side       effect.Side
		line       int
		placed     bool
	}{
		{"an added line", "a.go", effect.Right, 6, true},
		{"an unchanged line", "a.go", effect.Right, 8, true},
		{"a deleted line", "a.go", effect.Left, 6, true},
		{"a line of a renamed file", "c.go", effect.Right, 6, true},
		{"a file that did not change", "README.md", effect.Right, 1, false},
	} {
		r, err := comment(c.path, c.side, c.line, nil)
		var outside *effect.InvalidPosition
		if c.placed && (err != nil || r.RemoteID == "" || r.Thread == "") || !c.placed && !errors.As(err, &outside) {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
	made, err := comment(
		"a.go",
		effect.Right,
		7,
		func(m *effect.InlineComment) { m.StartLine, m.Suggestion = 6, &code },
	)
	must(t, err)
	if body := s.noteBody(t, made.RemoteID); !strings.Contains(body, "````suggestion:-1+0\nif a {\n```\n````") {
		t.Errorf("the suggestion is %q", body)
	}
	acts, err := comment("a.go", effect.Right, 7, func(m *effect.InlineComment) {
		code := "```\n/approve\n"
		m.Fingerprint, m.Suggestion = "sha256:acts", &code
	})
	must(t, err)
	if body := s.noteBody(t, acts.RemoteID); strings.Contains(body, "suggestion") {
		t.Errorf("a suggestion in which an old GitLab sees a command: %q", body)
	}
	found, err := comment("a.go", effect.Right, 7, nil)
	if err != nil || !found.Found || found.RemoteID != made.RemoteID || found.Thread != made.Thread {
		t.Errorf("found again: %+v, %v", found, err)
	}
	done, err := comment("a.go", effect.Right, 7, func(m *effect.InlineComment) {
		m.AddressedIn, m.Edits, m.Thread, m.Body = "abc", made.RemoteID, made.Thread, "addressed"
	})
	must(t, err)
	d, _, err := s.bots(t).Discussions.GetMergeRequestDiscussion(s.id, 1, string(done.Thread))
	if err != nil || !d.Notes[0].Resolved || !strings.HasPrefix(d.Notes[0].Body, "addressed") {
		t.Errorf("what was addressed is not resolved: %+v, %v", d, err)
	}
}

// eager tells of GitLab's event that a pipeline succeeded before the answer to the post that made the pipeline arrives.
type eager struct{ event func() }

func (e eager) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/statuses/") {
		e.event()
	}
	return resp, err
}

// TestForgedBeforeTheAnswer: a Developer's success under our name, in the pipeline that our status made, may be told before
// we know that we made it. The post is then tried again, and its second try replaces the forgery.
func TestForgedBeforeTheAnswer(t *testing.T) {
	s := newShop(t, fakelab.Options{Tier: fakelab.Free}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	must(t, s.Configure(s.id, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) {
		p.NoJobs, p.OnlyIfPipelineSucceeds = true, true
	}))
	var f *gitlab.Forge
	forge := true
	f = s.forge(t, func(o *gitlab.Options) {
		s.options(o)
		o.Transport = eager{func() {
			if !forge {
				return
			}
			forge = false
			must(
				t,
				s.PostStatus(s.id, s.Tip(s.id, "topic"), fakelab.Status{Name: "lintel", State: "success", By: "dev"}),
			)
			all, _, err := s.bots(t).Pipelines.ListProjectPipelines(s.id, nil)
			must(t, err)
			if f.Forged(all[0].ID) {
				t.Error("it knows of a post that was not answered")
			}
		}}
	})
	if _, err := s.post(t, f, effect.Failure); err == nil {
		t.Fatal("a post whose pipeline succeeded meanwhile is taken for done")
	}
	s.mustPost(t, f, effect.Failure)
	s.holds(t, "ci_must_pass")
}
