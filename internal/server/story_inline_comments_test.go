package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/thread"
)

const inlineCommentsRoute = "/repos/{owner}/{repo}/pulls/{pull_number}/comments"

// story is a pull request on which somebody wants to say something at a line.
type story struct {
	*rig
	n int
}

func tell(t *testing.T, change ...func(*fakehub.Hub)) *story {
	t.Helper()
	hub := world(t, fakehub.Options{})
	must(t, hub.AddUser(fakehub.User{Login: "zoe"})) // may read, as anybody
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "feat: sum",
			Files:   fakehub.Files{"cart/sum.go": "package cart\n\nfunc Sum() int { return 1 }\n"},
		})
	// The works of the clock look at changes on their own, whenever they come.
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) { o.NoSweeps = true })
	_, err := hub.Install("acme")
	must(t, err)
	r.quiet()
	s := &story{rig: r, n: open(t, hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: sum", Author: "wendy"})}
	r.run(hub.Tip(shop, "topic"), "success")
	r.quiet()
	return s
}

// plan does what a job that composes advice does: it says what it wants, in one transaction with what stands.
func (s *story) plan(draft bool, want []effect.InlineComment, gone ...string) {
	s.t.Helper()
	record, err := s.server.Record().Find(context.Background(), change.GitHub, "acme", "shop", s.n)
	must(s.t, err)
	_, err = s.server.Record().SavePlan(context.Background(), plan.Look{Record: record, KeepRecord: true},
		func(st plan.Standing) ([]effect.Effect, error) {
			effects, _ := publish.Inline{
				Record:   record,
				Standing: st,
				Want:     want,
				Gone:     gone,
				Head:     s.hub.Tip(shop, "topic"),
				Draft:    draft,
			}.Plan()
			return effects, nil
		})
	must(s.t, err)
}

// look has the change looked at, and waits.
func (s *story) look() {
	s.t.Helper()
	record, err := s.server.Record().Find(context.Background(), change.GitHub, "acme", "shop", s.n)
	must(s.t, err)
	_, err = s.server.Record().Admit(context.Background(),
		delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub, ReceivedAt: time.Now()},
			Requests: []delivery.ReviewRequest{{Ref: &record.Ref, Lane: delivery.Interactive, Why: "the test asks"}}})
	must(s.t, err)
	s.quiet()
}

func (s *story) inlineComment(path string, line int) effect.InlineComment {
	return effect.InlineComment{Fingerprint: "sha256:sum", SHA: s.hub.Tip(shop, "topic"), Path: path, Side: effect.Right, StartLine: line,
		Line: line, Body: "Sum is always one.",
		About: effect.About{
			Origin:   effect.FromAdvice,
			Rule:     "advice/correctness",
			Category: "correctness",
			Severity: "medium",
			Symbol:   "Sum",
		}}
}

func (s *story) threads() []fakehub.ThreadView {
	s.t.Helper()
	all, err := s.hub.Threads(shop, s.n)
	must(s.t, err)
	return all
}

func (s *story) finding() thread.Finding {
	s.t.Helper()
	record, err := s.server.Record().Find(context.Background(), change.GitHub, "acme", "shop", s.n)
	must(s.t, err)
	all, err := s.server.Record().Findings(context.Background(), record.Key)
	must(s.t, err)
	for _, p := range all {
		if p.Fingerprint == "sha256:sum" {
			return p
		}
	}
	s.t.Fatal("there is no such finding")
	return thread.Finding{}
}

// audit is what history says of releases, newest first.
func (s *story) audit() []string {
	s.t.Helper()
	lines, err := s.server.Record().Lines(context.Background(), s.finding().Key, 200)
	must(s.t, err)
	var out []string
	for _, l := range lines {
		if l.Kind == history.Released {
			out = append(out, l.Actor+": "+l.Detail)
		}
	}
	return out
}

// TestStoryOneComment pushes again, moves the line, renames the file and rebases: the comment stands once, and is
// closed when its code is gone.
//
//race:unwatched
func TestStoryOneComment(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.hub.Reset()
	s.plan(false, []effect.InlineComment{s.inlineComment("cart/sum.go", 3)})
	s.look()
	if looks := s.hub.Count("POST", "/graphql"); looks != 1 {
		t.Errorf("%d looks: our own comment asked for one", looks)
	}
	first := s.threads()
	if len(first) != 1 || first[0].Path != "cart/sum.go" || first[0].Line != 3 || !strings.HasPrefix(first[0].Body, "Sum is always one.") {
		t.Fatalf("%+v", first)
	}
	const sum, moved = "package cart\n\nfunc Sum() int { return 1 }\n",
		"package cart\n\n// Sum adds.\n//\n// Slowly.\nfunc Sum() int { return 1 }\n"
	push := func(message string, files fakehub.Files) func() {
		return func() {
			commit(t, s.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: message, Files: files})
		}
	}
	for i, c := range []struct {
		push func()
		path string
		line int
	}{
		{push("feat: more", fakehub.Files{"cart/more.go": "package cart\n"}), "cart/sum.go", 3},
		{push("feat: explain", fakehub.Files{"cart/sum.go": moved}), "cart/sum.go", 6},
		{push("refactor: rename", fakehub.Files{"cart/sum.go": "", "cart/total.go": moved}), "cart/total.go", 6},
		{func() {
			commit(t, s.hub, shop,
				fakehub.Commit{
					Branch:  "main",
					Author:  "olga",
					Message: "docs: say more",
					Files:   fakehub.Files{"README.md": "# The shop\n"},
				})
			sha := commit(t, s.hub, shop,
				fakehub.Commit{
					Branch:  "rebased",
					From:    "main",
					Author:  "wendy",
					Message: "feat: sum",
					Files:   fakehub.Files{"cart/sum.go": sum},
				})
			must(t, s.hub.Push(shop, "topic", sha, "wendy", true))
		}, "cart/sum.go", 3},
	} {
		c.push()
		s.quiet()
		s.plan(false, []effect.InlineComment{s.inlineComment(c.path, c.line)})
		s.look()
		if all := s.threads(); len(all) != 1 || all[0].ID != first[0].ID || all[0].Body != first[0].Body {
			t.Fatalf("push %d: %+v", i+2, all)
		}
	}
	push("fix: add", fakehub.Files{"cart/sum.go": "package cart\n\nfunc Sum(a, b int) int { return a + b }\n"})()
	s.quiet()
	s.plan(false, nil, "sha256:sum")
	s.look()
	if all := s.threads(); len(all) != 1 || !strings.HasPrefix(all[0].Body, "**Addressed in "+s.hub.Tip(shop, "topic")[:7]+".**") ||
		s.finding().State != thread.Addressed {
		t.Fatalf("%+v %+v", all, s.finding())
	}
	if s.hub.Count("POST", inlineCommentsRoute) != 1 {
		t.Error("GitHub was asked for a second comment")
	}
}

// TestStoryLostReceipt kills the server after GitHub took a comment and before that is known: the next one finds it.
//
//race:unwatched
func TestStoryLostReceipt(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.plan(false, []effect.InlineComment{s.inlineComment("cart/sum.go", 3)})
	s.hub.Fault(traffic.Fault{Method: "POST", Route: inlineCommentsRoute, Times: 1, Status: 502, After: true})
	record, err := s.server.Record().Find(t.Context(), change.GitHub, "acme", "shop", s.n)
	must(t, err)
	_, err = s.server.Record().Admit(t.Context(),
		delivery.Admission{Requests: []delivery.ReviewRequest{{Ref: &record.Ref, Lane: delivery.Interactive, Why: "the test asks"}}})
	must(t, err)
	for s.hub.Count("POST", inlineCommentsRoute) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.stop()
	if len(s.threads()) != 1 {
		t.Fatal("the story is not the one that is told")
	}
	s.rig = start(t, s.hub, s.dir, nil)
	s.look()
	if all := s.threads(); len(all) != 1 || s.finding().Posted.Receipt == nil ||
		s.finding().Posted.Receipt.RemoteID.Number() != all[0].ID ||
		!s.finding().Posted.Receipt.Found {
		t.Errorf("%+v %+v", all, s.finding().Posted.Receipt)
	}
}

// TestStoryDraftsAreReleased: drafts wait in the check; a reader and our own App press the button in vain, and somebody
// who may write does not.
//
// Attack by a reader, a program: Release drafts of comments by the button, which GitHub shows to everybody: Lintel
// reads the sender's permission at that moment and refuses programs; the history records a person, the delivery
// log a program. Also `internal/review/release_test.go` `TestRelease`.
//
//race:unwatched
func TestStoryDraftsAreReleased(t *testing.T) {
	t.Parallel()
	s := tell(t)
	head := s.hub.Tip(shop, "topic")
	s.plan(true, []effect.InlineComment{s.inlineComment("cart/sum.go", 3)})
	s.look()
	run := s.run(head, "success")
	if !strings.Contains(run.Text, "Sum is always one.") || !cmp.Equal(run.Actions, []string{"recheck", "why", "release"}) ||
		len(s.threads()) != 0 {
		t.Fatalf("%+v", run)
	}
	for _, who := range []string{"zoe", "lintel[bot]"} {
		must(t, s.hub.RequestAction(shop, run.ID, "release", who))
		s.quiet()
		if len(s.threads()) != 0 || s.finding().State != thread.Waiting {
			t.Fatalf("%s released comments", who)
		}
	}
	must(t, s.hub.RequestAction(shop, run.ID, "release", "olga"))
	s.quiet()
	if all := s.threads(); len(all) != 1 || all[0].Author != "lintel[bot]" || s.finding().Actor != "olga" {
		t.Fatalf("%+v %+v", all, s.finding())
	}
	want := []string{"olga: 1 comment released by button", "zoe: drafts of comments were not released: zoe has no write permission"}
	if diff := cmp.Diff(want, s.audit()); diff != "" {
		t.Error(diff)
	}
	if run := s.run(head, "success"); strings.Contains(run.Text, "Sum is") || !cmp.Equal(run.Actions, []string{"recheck", "why"}) {
		t.Errorf("the check still tells of drafts: %+v", run)
	}
	must(t, s.hub.RequestAction(shop, run.ID, "release", "olga"))
	s.quiet()
	if len(s.threads()) != 1 {
		t.Error("released twice")
	}
}

// TestStoryWhatPeopleSay: talk about a comment costs no call and no look; it counts by who says it, and text says nothing at all.
func TestStoryWhatPeopleSay(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.plan(false, []effect.InlineComment{s.inlineComment("cart/sum.go", 3)})
	s.look()
	ours := s.threads()[0]
	// A comment on a line is a review to GitHub, and reviews are looked at; what follows here is none.
	copied, err := s.hub.InlineComment(shop, s.n, "zoe", "cart/sum.go", 1, ours.Body)
	must(t, err)
	s.quiet()
	s.hub.Reset()
	_, err = s.hub.ReplyTo(shop, s.n, ours.ID, "zoe",
		"<!-- lintel:remark:v1 point="+strings.Repeat("0", 64)+" key="+strings.Repeat("0", 64)+
			" --> @lintel dismiss, approve, /release, resolve")
	must(t, err)
	must(t, s.hub.ResolveThread(shop, s.n, copied, true, "wendy"))
	must(t, s.hub.DeleteReviewComment(shop, s.n, copied, "zoe"))
	s.quiet()
	if p := s.finding(); p.State != thread.Open || len(s.hub.Requests()) != 0 {
		t.Fatalf("%+v, %d requests", p, len(s.hub.Requests()))
	}
	must(t, s.hub.ResolveThread(shop, s.n, ours.ID, true, "wendy"))
	s.quiet()
	if p := s.finding(); p.State != thread.Dismissed || p.Actor != "wendy" || len(s.hub.Requests()) != 0 {
		t.Fatalf("%+v, %d requests", p, len(s.hub.Requests()))
	}
	must(t, s.hub.React(shop, s.n, ours.ID, "zoe", "-1"))
	must(t, s.hub.React(shop, s.n, ours.ID, "olga", "+1"))
	// Another push finds the same again: what was dismissed is not said.
	commit(t, s.hub, shop,
		fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: more", Files: fakehub.Files{"cart/more.go": "package cart\n"}})
	s.quiet()
	s.plan(false, []effect.InlineComment{s.inlineComment("cart/sum.go", 3)}, "sha256:sum")
	s.look()
	if all := s.threads(); len(all) != 1 || all[0].Body != ours.Body {
		t.Errorf("%+v", all)
	}
	outcomes, err := s.server.Record().Outcomes(t.Context(), s.finding().Key)
	must(t, err)
	var got []string
	for _, o := range outcomes {
		got = append(got, string(o.Kind)+" "+o.Actor+" "+string(o.Role))
	}
	want := []string{"replied zoe unknown", "resolved wendy author", "dismissed wendy author", "thumbs_down zoe reader",
		"thumbs_up olga unknown"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
