package github_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/oracle"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// newWatched is newShop with every exchange held to GitHub's own documents.
func newWatched(t *testing.T, o fakehub.Options) *shop {
	t.Helper()
	s := newShop(t, o)
	spec := s.hub.App()
	var err error
	s.forge, err = github.New(
		github.Options{AppID: spec.ID, PrivateKey: spec.PEM(), APIURL: s.hub.URL(), Kept: &memoryCache{kept: map[string][]byte{}},
			Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Transport: oracle.Watch(t).Transport(http.DefaultTransport),
			Owners: func([]byte, []string) (teams, users, emails []string) {
				return []string{"acme/core", "acme/nobody"}, []string{"mika"}, nil
			},
			ValidSettings: func(b []byte) bool { return strings.HasPrefix(string(b), "version: 1\n") }})
	must(t, err)
	return s
}

// topic opens a pull request with one commit.
func (s *shop) topic(t testing.TB, branch string, files fakehub.Files) (n int, sha string) {
	t.Helper()
	sha, err := s.hub.Commit("acme/shop",
		fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "feat: " + branch, Files: files})
	must(t, err)
	n, err = s.hub.OpenPull("acme/shop", fakehub.Pull{Head: branch, Base: "main", Title: "feat: " + branch, Author: "wendy"})
	must(t, err)
	return n, sha
}

func checkEffect(ref change.Ref, sha string, annotations int) effect.Effect {
	c := &effect.Check{Name: "lintel", SHA: sha, Status: effect.Completed, Conclusion: effect.Failure, Title: "title",
		Summary: "summary", Text: "text", StartedAt: time.Now(),
		Buttons: []effect.Button{{Label: "Re-check", Description: "Look again", ID: "recheck"}}}
	for i := range annotations {
		c.Annotations = append(c.Annotations,
			effect.Annotation{
				Path:    "pay/x.go",
				Line:    i + 1,
				EndLine: i + 1,
				Level:   effect.LevelFailure,
				Title:   "t",
				Message: fmt.Sprintf("message %d", i),
			})
	}
	return effect.Effect{Key: fmt.Sprintf("key-%d", annotations), Ref: ref, Check: c}
}

const (
	createRun = "/repos/{owner}/{repo}/check-runs"
	updateRun = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
	comments  = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
)

// whole fails unless one run with exactly these annotations stands on the commit.
func (s *shop) whole(t testing.TB, sha string, annotations int) {
	t.Helper()
	runs := s.hub.Runs("acme/shop", sha)
	if len(runs) != 1 || len(runs[0].Annotations) != annotations || runs[0].Conclusion != "failure" {
		t.Fatalf("runs: %+v; want one with %d annotations", runs, annotations)
	}
	for i, a := range runs[0].Annotations {
		if a.Message != fmt.Sprintf("message %d", i) {
			t.Fatalf("annotation %d is %q", i, a.Message)
		}
	}
}

// TestCheckInBatches: annotations go out in fifties, and the run completes with the last of them.
func TestCheckInBatches(t *testing.T) {
	for _, c := range []struct{ annotations, calls int }{{0, 1}, {50, 1}, {51, 2}, {130, 3}} {
		t.Run(fmt.Sprint(c.annotations), func(t *testing.T) {
			s := newWatched(t, fakehub.Options{})
			n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 200)})
			e := checkEffect(s.record(n).Ref, sha, c.annotations)
			_, err := s.forge.Apply(t.Context(), e, false)
			must(t, err)
			s.whole(t, sha, c.annotations)
			if got := s.hub.Count("POST", createRun) + s.hub.Count("PATCH", updateRun); got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
			again, err := s.forge.Apply(t.Context(), e, true)
			must(t, err)
			if !again.Found {
				t.Error("what stands was not found")
			}
			s.whole(t, sha, c.annotations)
		})
	}
}

// TestCheckIsContinued: whatever call fails, before or after the forge acted on it, trying again completes the one run
// without doubling an annotation.
func TestCheckIsContinued(t *testing.T) {
	for _, route := range []struct{ method, path string }{{"POST", createRun}, {"PATCH", updateRun}} {
		for _, after := range []bool{false, true} {
			for skip := range 2 {
				t.Run(fmt.Sprintf("%s after=%v skip=%d", route.method, after, skip), func(t *testing.T) {
					s := newWatched(t, fakehub.Options{})
					n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 200)})
					e := checkEffect(s.record(n).Ref, sha, 130)
					s.hub.Fault(traffic.Fault{Method: route.method, Route: route.path, Skip: skip, Times: 1, Status: 502, After: after})
					for try := 0; ; try++ {
						_, err := s.forge.Apply(t.Context(), e, try > 0)
						if err == nil {
							break
						}
						if try > 3 {
							t.Fatal(err)
						}
					}
					s.whole(t, sha, 130)
				})
			}
		}
	}
}

// TestRunInProgressIsContinued: a verdict completes the run that announced it.
func TestRunInProgressIsContinued(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": strings.Repeat("x\n", 200)})
	e := checkEffect(s.record(n).Ref, sha, 0)
	e.Key, e.Check.Status, e.Check.Conclusion = "announced", effect.InProgress, ""
	got, err := s.forge.Apply(t.Context(), e, false)
	must(t, err)
	verdict := checkEffect(s.record(n).Ref, sha, 60)
	verdict.Check.Continues = got.RemoteID
	_, err = s.forge.Apply(t.Context(), verdict, false)
	must(t, err)
	s.whole(t, sha, 60)
}

func (s *shop) ours(t testing.TB, n int) []fakehub.CommentView {
	t.Helper()
	view, err := s.hub.Pull("acme/shop", n)
	must(t, err)
	var own []fakehub.CommentView
	for _, c := range view.Comments {
		if strings.HasSuffix(c.Author, "[bot]") {
			own = append(own, c)
		}
	}
	return own
}

// TestOneComment: a comment is made once, found when the answer was lost, edited in place, and not mistaken for a copy by somebody else.
func TestOneComment(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	e := effect.Effect{Key: "first", Ref: s.record(n).Ref, Comment: &effect.Comment{Body: "Look at this."}}
	s.hub.Fault(traffic.Fault{Method: "POST", Route: comments, Times: 1, Drop: true, After: true})
	if _, err := s.forge.Apply(t.Context(), e, false); err == nil {
		t.Fatal("the answer was not lost")
	}
	got, err := s.forge.Apply(t.Context(), e, true)
	must(t, err)
	own := s.ours(t, n)
	if len(own) != 1 || !got.Found {
		t.Fatalf("%d comments, found %v", len(own), got.Found)
	}
	// Somebody copies the comment with its hidden line.
	_, err = s.hub.Comment("acme/shop", n, "rita", own[0].Body)
	must(t, err)
	e = effect.Effect{Key: "second", Ref: e.Ref, Comment: &effect.Comment{Body: "Something else."}}
	_, err = s.forge.Apply(t.Context(), e, false) // the record was lost: nothing is known of a comment
	must(t, err)
	if own = s.ours(t, n); len(own) != 1 || !strings.HasPrefix(own[0].Body, "Something else.") {
		t.Fatalf("comments: %+v", own)
	}
}

// TestForgedCommentAlone: a comment of another author with our marker is never edited nor taken for ours.
func TestForgedCommentAlone(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	other, _ := s.topic(t, "other", fakehub.Files{"pay/y.go": "y\n"})
	_, err := s.forge.Apply(t.Context(), effect.Effect{Key: "key", Ref: s.record(other).Ref, Comment: &effect.Comment{Body: "Real."}},
		false)
	must(t, err)
	forged := s.ours(t, other)[0].Body
	_, err = s.hub.Comment("acme/shop", n, "rita", forged)
	must(t, err)
	got, err := s.forge.Apply(t.Context(), effect.Effect{Key: "key", Ref: s.record(n).Ref, Comment: &effect.Comment{Body: "Real."}}, true)
	must(t, err)
	if got.Found || len(s.ours(t, n)) != 1 {
		t.Errorf("found %v, %d comments of ours", got.Found, len(s.ours(t, n)))
	}
}

// TestDeletedComment is made anew.
func TestDeletedComment(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	e := effect.Effect{Key: "key", Ref: s.record(n).Ref, Comment: &effect.Comment{Body: "Edited.", Edits: "999999"}}
	_, err := s.forge.Apply(t.Context(), e, false)
	must(t, err)
	if own := s.ours(t, n); len(own) != 1 {
		t.Errorf("%d comments, want 1", len(own))
	}
}
