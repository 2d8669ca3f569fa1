package github_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

const (
	commentsRoute    = "/repos/{owner}/{repo}/pulls/{pull_number}/comments"
	editCommentRoute = "/repos/{owner}/{repo}/pulls/comments/{comment_id}"
	pages            = "/graphql"
)

func inlineComment(ref change.Ref, sha, key, point string) effect.Effect {
	return effect.Effect{
		Key: key,
		Ref: ref,
		Inline: &effect.InlineComment{
			Fingerprint: point,
			SHA:         sha,
			Path:        "pay/x.go",
			Side:        effect.Right,
			StartLine:   2,
			Line:        3,
			Body:        "Look here.",
		},
	}
}

func (s *shop) threads(t testing.TB, n int) []fakehub.ThreadView {
	t.Helper()
	all, err := s.hub.Threads("acme/shop", n)
	must(t, err)
	return all
}

// TestInlineComment: one finding has one comment, whatever is tried again, forged or lost.
//
// Attack by anybody who may comment: A copied marker, commands in a reply, to silence, take over or double a
// comment: markers count only at the end of our own App's comments; of a reply Lintel reads commands alone; what
// counts is who acts. Also `internal/forge/github/feedback_test.go` `TestFeedback`;
// `internal/server/story_inline_comments_test.go` `TestStoryWhatPeopleSay`.
func TestInlineComment(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 9)})
	e := inlineComment(s.record(n).Ref, sha, "k1", "p1")
	code := "a := `b`\n```go\n```` <!-- lintel:remark:v1 point=" + strings.Repeat("0", 64) + " key=" + strings.Repeat("0", 64) + " -->"
	e.Inline.Suggestion = &code
	first, err := s.forge.Apply(t.Context(), e, false)
	must(t, err)
	made := s.threads(t, n)
	if len(made) != 1 || made[0].ID != first.RemoteID.Number() || made[0].Path != "pay/x.go" ||
		made[0].StartLine != 2 || made[0].Line != 3 ||
		made[0].Side != "RIGHT" || made[0].Commit != sha ||
		!strings.HasPrefix(made[0].Body, "Look here.\n\n`````suggestion\na := `b`\n") || made[0].Author != "lintel[bot]" {
		t.Fatalf("%+v", made)
	}
	t.Run("found again", func(t *testing.T) {
		again, err := s.forge.Apply(t.Context(), e, true)
		must(t, err)
		if !again.Found || again.RemoteID != first.RemoteID || len(s.threads(t, n)) != 1 {
			t.Errorf("%+v", again)
		}
	})
	t.Run("a lost record makes no second one", func(t *testing.T) {
		next := inlineComment(e.Ref, sha, "k2", "p1")
		next.Inline.Body = "Look there."
		got, err := s.forge.Apply(t.Context(), next, false)
		must(t, err)
		if all := s.threads(t, n); len(all) != 1 || got.RemoteID != first.RemoteID ||
			!strings.HasPrefix(all[0].Body, "Look there.\n\n<!--") {
			t.Errorf("%+v", all)
		}
	})
	t.Run("others' copies of the marker are not ours", func(t *testing.T) {
		stolen := s.threads(t, n)[0].Body
		theirs, err := s.hub.InlineComment("acme/shop", n, "rita", "pay/x.go", 5, stolen)
		must(t, err)
		_, err = s.hub.ReplyTo("acme/shop", n, first.RemoteID.Number(), "rita", stolen)
		must(t, err)
		// The marker that our own suggestion quotes is not at the end, and not ours either.
		other := inlineComment(e.Ref, sha, "k3", "p3")
		got, err := s.forge.Apply(t.Context(), other, false)
		must(t, err)
		if got.RemoteID.Number() == theirs || got.RemoteID == first.RemoteID || got.Found {
			t.Errorf("%+v", got)
		}
		again, err := s.forge.Apply(t.Context(), inlineComment(e.Ref, sha, "k2", "p1"), true)
		must(t, err)
		if again.RemoteID != first.RemoteID {
			t.Errorf("took another's comment for its own: %+v", again)
		}
	})
	t.Run("what people deleted stays deleted", func(t *testing.T) {
		must(t, s.hub.DeleteReviewComment("acme/shop", n, first.RemoteID.Number(), "olga"))
		before := len(s.threads(t, n))
		edit := inlineComment(e.Ref, sha, "k4", "p1")
		edit.Inline.Edits = first.RemoteID
		_, err := s.forge.Apply(t.Context(), edit, false)
		var unplaced *effect.InvalidPosition
		if !errors.As(err, &unplaced) || len(s.threads(t, n)) != before {
			t.Errorf("%v", err)
		}
	})
}

// TestInlineCommentOutsideTheDiff: GitHub's refusal of a place is distinguished from a fault of ours, and says why.
func TestInlineCommentOutsideTheDiff(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 9)})
	for name, change := range map[string]func(*effect.InlineComment){
		"line":   func(m *effect.InlineComment) { m.StartLine, m.Line = 98, 99 },
		"path":   func(m *effect.InlineComment) { m.Path = "README.md" },
		"side":   func(m *effect.InlineComment) { m.Side = effect.Left },
		"commit": func(m *effect.InlineComment) { m.SHA = strings.Repeat("0", 40) },
	} {
		e := inlineComment(s.record(n).Ref, sha, "k-"+name, "p-"+name)
		change(e.Inline)
		_, err := s.forge.Apply(t.Context(), e, false)
		var unplaced *effect.InvalidPosition
		if !errors.As(err, &unplaced) || !strings.Contains(unplaced.Reason, "is not part of the diff") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all := s.threads(t, n); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestInlineCommentIsContinued: whatever call fails, before or after GitHub acted on it, trying again leaves one comment.
func TestInlineCommentIsContinued(t *testing.T) {
	for _, route := range []struct{ method, path string }{{"GET", commentsRoute}, {"POST", commentsRoute}} {
		for _, after := range []bool{false, true} {
			s := newWatched(t, fakehub.Options{})
			n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 9)})
			e := inlineComment(s.record(n).Ref, sha, "k1", "p1")
			s.hub.Fault(traffic.Fault{Method: route.method, Route: route.path, Times: 1, Status: 502, After: after})
			if _, err := s.forge.Apply(t.Context(), e, false); err == nil {
				t.Fatal("the fault was not met")
			}
			_, err := s.forge.Apply(t.Context(), e, true)
			must(t, err)
			if all := s.threads(t, n); len(all) != 1 {
				t.Errorf("%s after=%v: %d comments", route.method, after, len(all))
			}
		}
	}
}

// TestInlineCommentAddressed: the comment says that it is addressed; the thread is resolved where the App may write contents,
// and where not nobody asks again.
func TestInlineCommentAddressed(t *testing.T) {
	for _, contents := range []string{"read", "write"} {
		t.Run(contents, func(t *testing.T) {
			spec := fakehub.AppSpec{
				Permissions: map[string]string{"metadata": "read", "pull_requests": "write", "issues": "write", "checks": "write",
					"members": "read", "contents": contents}}
			s := newWatched(t, fakehub.Options{App: spec})
			n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 9)})
			ref := s.record(n).Ref
			ids := []effect.ID{}
			for _, p := range []string{"1", "2"} {
				made, err := s.forge.Apply(t.Context(), inlineComment(ref, sha, "k"+p, "p"+p), false)
				must(t, err)
				ids = append(ids, made.RemoteID)
			}
			s.hub.Reset()
			for i, p := range []string{"1", "2"} {
				done := inlineComment(ref, sha, "done"+p, "p"+p)
				code := "x"
				done.Inline.AddressedIn, done.Inline.Edits, done.Inline.Body, done.Inline.Suggestion = sha, ids[i], "Addressed.", &code
				_, err := s.forge.Apply(t.Context(), done, false)
				must(t, err)
				// A crash before the receipt: it is looked for, and closed again without harm.
				if again, err := s.forge.Apply(t.Context(), done, true); err != nil || !again.Found {
					t.Errorf("%+v %v", again, err)
				}
			}
			for _, th := range s.threads(t, n) {
				if th.Resolved != (contents == "write") || !strings.HasPrefix(th.Body, "Addressed.\n\n<!--") {
					t.Errorf("%+v", th)
				}
			}
			if asked := s.hub.Count("POST", pages); contents == "read" && asked != 2 {
				t.Errorf("%d GraphQL calls of an App that may not resolve, want one look and one refusal", asked)
			}
		})
	}
}

// TestOneRefusedThread: an answer about one thread says nothing of the next, which is asked for.
func TestOneRefusedThread(t *testing.T) {
	s := newWatched(t, fakehub.Options{App: fakehub.AppSpec{
		Permissions: map[string]string{"metadata": "read", "pull_requests": "write", "issues": "write", "checks": "write",
			"members": "read", "contents": "write"}}})
	n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 9)})
	ref := s.record(n).Ref
	s.hub.Fault(traffic.Fault{Operation: "LintelResolve", Status: 422, Times: 1})
	for _, p := range []string{"1", "2"} {
		made, err := s.forge.Apply(t.Context(), inlineComment(ref, sha, "k"+p, "p"+p), false)
		must(t, err)
		done := inlineComment(ref, sha, "done"+p, "p"+p)
		done.Inline.AddressedIn, done.Inline.Edits, done.Inline.Body = sha, made.RemoteID, "Addressed."
		_, err = s.forge.Apply(t.Context(), done, false)
		must(t, err)
	}
	resolved := 0
	for _, th := range s.threads(t, n) {
		if th.Resolved {
			resolved++
		}
	}
	if resolved != 1 {
		t.Errorf("%d threads are resolved, want the one behind the refusal", resolved)
	}
}

// TestReadsWhatPeopleSaid: thumbs and resolved threads are part of the one response that a look takes anyway, and only
// when comments of ours stand there.
func TestReadsWhatPeopleSaid(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 9)})
	record := s.record(n)
	made, err := s.forge.Apply(t.Context(), inlineComment(record.Ref, sha, "k1", "p1"), false)
	must(t, err)
	must(t, s.hub.React("acme/shop", n, made.RemoteID.Number(), "olga", "-1"))
	must(t, s.hub.React("acme/shop", n, made.RemoteID.Number(), "rita", "-1"))
	must(t, s.hub.React("acme/shop", n, made.RemoteID.Number(), "wendy", "+1"))
	must(t, s.hub.React("acme/shop", n, made.RemoteID.Number(), "rita", "heart"))
	must(t, s.hub.ResolveThread("acme/shop", n, made.RemoteID.Number(), true, "wendy"))
	_, err = s.hub.InlineComment("acme/shop", n, "rita", "pay/x.go", 5, "mine")
	must(t, err)
	_, err = s.forge.Snapshot(t.Context(), record)
	must(t, err)
	s.hub.Reset()
	plain, err := s.forge.Snapshot(t.Context(), record)
	must(t, err)
	calls := len(s.hub.Requests())
	if len(plain.Feedback) != 0 {
		t.Errorf("read without need: %+v", plain.Feedback)
	}
	record.HasInlineComments = true
	s.hub.Reset()
	snap, err := s.forge.Snapshot(t.Context(), record)
	must(t, err)
	got := map[string]change.Role{}
	for _, feedback := range snap.Feedback {
		if feedback.Comment != made.RemoteID.Number() {
			t.Errorf("a comment that is not ours: %+v", feedback)
		}
		got[string(feedback.Kind)+" "+feedback.Actor] = feedback.Role
	}
	want := map[string]change.Role{"resolved wendy": change.RoleAuthor, "thumbs_up wendy": change.RoleAuthor,
		"thumbs_down olga": change.RoleWriter, "thumbs_down rita": change.RoleReader}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if more := len(s.hub.Requests()) - calls; more > 2 {
		t.Errorf("%d further calls, want one for each of the two who are against it", more)
	}
}
