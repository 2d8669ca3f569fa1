package github_test

import (
	"context"
	"testing"

	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

func TestReviewComments(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	n := w.open("topic", fakehub.Files{"a.txt": "one\n2\nthree\nfour\n"})
	sha := w.Tip("acme/shop", "topic")
	rita := w.as("rita")
	post := func(c github.DraftReviewComment) (*github.PullRequestReview, error) {
		c.Body = github.String("look")
		v, _, err := rita.PullRequests.CreateReview(ctx, "acme", "shop", n,
			&github.PullRequestReviewRequest{Event: github.String("COMMENT"), CommitID: &sha, Comments: []*github.DraftReviewComment{&c}})
		return v, err
	}
	s, i := github.String, github.Int
	for _, c := range []struct {
		name string
		c    github.DraftReviewComment
		want int
	}{
		{"an added line", github.DraftReviewComment{Path: s("a.txt"), Line: i(2), Side: s("RIGHT")}, 0},
		{"a context line", github.DraftReviewComment{Path: s("a.txt"), Line: i(1)}, 0},
		{"a removed line", github.DraftReviewComment{Path: s("a.txt"), Line: i(2), Side: s("LEFT")}, 0},
		{"several lines",
			github.DraftReviewComment{Path: s("a.txt"), StartLine: i(1), StartSide: s("RIGHT"), Line: i(4), Side: s("RIGHT")}, 0},
		{"a position", github.DraftReviewComment{Path: s("a.txt"), Position: i(3)}, 0},
		{"a line beyond the diff", github.DraftReviewComment{Path: s("a.txt"), Line: i(5), Side: s("RIGHT")}, 422},
		{"a removed line beyond the diff", github.DraftReviewComment{Path: s("a.txt"), Line: i(4), Side: s("LEFT")}, 422},
		{"lines the wrong way up",
			github.DraftReviewComment{Path: s("a.txt"), StartLine: i(4), StartSide: s("RIGHT"), Line: i(1), Side: s("RIGHT")}, 422},
		{"a position beyond the diff", github.DraftReviewComment{Path: s("a.txt"), Position: i(9)}, 422},
		{"a file of the repository", github.DraftReviewComment{Path: s("README.md"), Line: i(1), Side: s("RIGHT")}, 422},
		{"no line", github.DraftReviewComment{Path: s("a.txt")}, 422},
	} {
		if _, err := post(c.c); status(err) != c.want {
			t.Errorf("%s: %v, want %d", c.name, err, c.want)
		}
	}
	list, _, err := w.app.PullRequests.ListComments(ctx, "acme", "shop", n, nil)
	must(t, err)
	if len(list) != 5 || list[0].GetLine() != 2 || list[0].GetSide() != "RIGHT" || list[2].GetSide() != "LEFT" ||
		list[3].GetStartLine() != 1 || list[4].GetLine() != 2 {
		t.Fatalf("comments %v", list)
	}
	if want := "@@ -1,3 +1,4 @@\n one\n-two\n+2"; list[0].GetDiffHunk() != want {
		t.Errorf("hunk %q, want %q", list[0].GetDiffHunk(), want)
	}
	reply, _, err := w.as("wendy").PullRequests.CreateCommentInReplyTo(ctx, "acme", "shop", n, "done", list[0].GetID())
	must(t, err)
	if reply.GetInReplyTo() != list[0].GetID() || reply.GetLine() != 2 {
		t.Errorf("reply %v", reply)
	}
	if _, _, err := rita.PullRequests.CreateComment(ctx, "acme", "shop", n,
		&github.PullRequestComment{Path: s("a.txt"), Body: s("x"), Line: i(99), CommitID: &sha}); status(err) != 422 {
		t.Errorf("a single comment outside the diff: %v", err)
	}
}

func TestReviewRules(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	n := w.open("topic", fakehub.Files{"x": "1"})
	for _, c := range []struct {
		who, event, body string
		want             int
	}{
		{"wendy", "APPROVE", "", 422},
		{"wendy", "REQUEST_CHANGES", "no", 422},
		{"wendy", "COMMENT", "mine", 0},
		{"rita", "REQUEST_CHANGES", "", 422},
		{"rita", "COMMENT", "", 422},
		{"rita", "CHEER", "x", 422},
		{"rita", "APPROVE", "", 0},
	} {
		_, _, err := w.as(c.who).PullRequests.CreateReview(ctx, "acme", "shop", n,
			&github.PullRequestReviewRequest{Event: &c.event, Body: &c.body})
		if status(err) != c.want {
			t.Errorf("%s by %s with %q: %v, want %d", c.event, c.who, c.body, err, c.want)
		}
	}
	old := w.Tip("acme/shop", "topic")
	_, err := w.Commit("acme/shop", fakehub.Commit{Branch: "topic", Author: "wendy", Message: "fix: x", Files: fakehub.Files{"x": "2"}})
	must(t, err)
	reviews, _, err := w.app.PullRequests.ListReviews(ctx, "acme", "shop", n, nil)
	must(t, err)
	if len(reviews) != 2 || reviews[1].GetCommitID() != old {
		t.Errorf("a review keeps its commit: %v", reviews)
	}
	v, _, err := w.as("olga").PullRequests.DismissReview(ctx, "acme", "shop", n, reviews[1].GetID(),
		&github.PullRequestReviewDismissalRequest{Message: github.String("stale")})
	must(t, err)
	if v.GetState() != "DISMISSED" {
		t.Errorf("state %s", v.GetState())
	}
	if _, _, err := w.as("olga").PullRequests.DismissReview(ctx, "acme", "shop", n, reviews[0].GetID(),
		&github.PullRequestReviewDismissalRequest{Message: github.String("x")}); status(err) != 422 {
		t.Errorf("dismissing a comment: %v", err)
	}
}
