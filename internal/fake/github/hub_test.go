package github_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// world is a hub with one organisation: olga owns it, wendy may write, rita may read, and the App is installed.
type world struct {
	*fakehub.Hub
	t            *testing.T
	installation int64
	app          *github.Client // as the installation
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, opt fakehub.Options) *world {
	t.Helper()
	opt.Key, opt.HookTime = testkey.RSA(), 3*time.Minute
	h, err := fakehub.New(opt)
	must(t, err)
	t.Cleanup(func() { must(t, h.Close()) })
	must(t, h.Start())
	for _, login := range []string{"olga", "wendy", "rita"} {
		must(t, h.AddUser(fakehub.User{Login: login, Name: login, Email: login + "@example.com"}))
	}
	must(t, h.AddOrg(fakehub.Org{Login: "acme", Members: map[string]string{"olga": "admin", "wendy": "member", "rita": "member"}}))
	_, err = h.AddRepo(fakehub.Repo{Owner: "acme", Name: "shop", Private: true, Collaborators: map[string]string{"wendy": "push"}})
	must(t, err)
	_, err = h.Commit("acme/shop", fakehub.Commit{Author: "olga", Message: "feat: start", Files: fakehub.Files{
		"README.md": "# Shop\n", "a.txt": "one\ntwo\nthree\n", "dir/b.txt": "b\n"}})
	must(t, err)
	w := &world{Hub: h, t: t}
	w.installation, err = h.Install("acme")
	must(t, err)
	w.app = w.client(w.installation)
	return w
}

// client talks as an installation of the App under test.
func (w *world) client(installation int64) *github.Client {
	tr := ghinstallation.NewFromAppsTransport(w.appTransport(), installation)
	tr.BaseURL = w.URL()
	return w.github(&http.Client{Transport: tr})
}

func (w *world) appTransport() *ghinstallation.AppsTransport {
	tr := ghinstallation.NewAppsTransportFromPrivateKey(http.DefaultTransport, w.App().ID, w.App().Key)
	tr.BaseURL = w.URL()
	return tr
}

func (w *world) github(c *http.Client) *github.Client {
	out := github.NewClient(c)
	base, err := url.Parse(w.URL() + "/")
	must(w.t, err)
	out.BaseURL = base
	return out
}

// as talks as a user.
func (w *world) as(login string) *github.Client {
	token, err := w.Token(login)
	must(w.t, err)
	return w.github(nil).WithAuthToken(token)
}

// open makes a branch with one change and opens a pull request from it.
func (w *world) open(branch string, files fakehub.Files) int {
	w.t.Helper()
	_, err := w.Commit("acme/shop", fakehub.Commit{Branch: branch, Author: "wendy", Message: "feat: " + branch, Files: files})
	must(w.t, err)
	n, err := w.OpenPull("acme/shop", fakehub.Pull{Head: branch, Title: "feat: " + branch, Body: "why", Author: "wendy"})
	must(w.t, err)
	return n
}

// receive points the App's webhooks to a channel.
func (w *world) receive(handler http.HandlerFunc) {
	s := httptest.NewServer(handler)
	w.t.Cleanup(func() {
		w.delivered()
		s.Close()
	})
	w.SetWebhook(s.URL, "")
}

func (w *world) delivered() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	must(w.t, w.WaitDelivered(ctx))
}

var unlimited = traffic.Rules{PerHour: 1 << 40}

func status(err error) int {
	if e, ok := errors.AsType[*github.ErrorResponse](err); ok {
		return e.Response.StatusCode
	}
	if e, ok := errors.AsType[*github.RateLimitError](err); ok {
		return e.Response.StatusCode
	}
	if e, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		return e.Response.StatusCode
	}
	return 0
}

func TestPullRequestRoundTrip(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	n := w.open("topic", fakehub.Files{"a.txt": "one\n2\nthree\n", "new.txt": "new\n"})
	p, _, err := w.app.PullRequests.Get(ctx, "acme", "shop", n)
	must(t, err)
	if p.GetChangedFiles() != 2 || p.GetAdditions() != 2 || p.GetDeletions() != 1 || p.GetCommits() != 1 {
		t.Errorf("numbers: %d files, +%d -%d, %d commits", p.GetChangedFiles(), p.GetAdditions(), p.GetDeletions(), p.GetCommits())
	}
	cmp, _, err := w.app.Repositories.CompareCommits(ctx, "acme", "shop", p.GetBase().GetSHA(), p.GetHead().GetSHA(), nil)
	must(t, err)
	if cmp.GetStatus() != "ahead" || len(cmp.Files) != 2 || cmp.GetMergeBaseCommit().GetSHA() != p.GetBase().GetSHA() {
		t.Errorf("compare: %s, %d files, merge base %s", cmp.GetStatus(), len(cmp.Files), cmp.GetMergeBaseCommit().GetSHA())
	}
	if want := "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three"; cmp.Files[0].GetPatch() != want {
		t.Errorf("patch:\n%s\nwant\n%s", cmp.Files[0].GetPatch(), want)
	}
	run, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop",
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: p.GetHead().GetSHA(),
			Status: github.String("completed"), Conclusion: github.String("success"),
			Output: &github.CheckRunOutput{Title: github.String("ok"), Summary: github.String("fine")}})
	must(t, err)
	if run.GetApp().GetID() != w.App().ID || len(run.PullRequests) != 1 {
		t.Errorf("check run: app %d, %d pull requests", run.GetApp().GetID(), len(run.PullRequests))
	}
	if _, _, err := w.as("rita").PullRequests.CreateReview(ctx, "acme", "shop", n,
		&github.PullRequestReviewRequest{Event: github.String("APPROVE")}); err != nil {
		t.Error(err)
	}
	reviews, _, err := w.app.PullRequests.ListReviews(ctx, "acme", "shop", n, nil)
	must(t, err)
	if len(reviews) != 1 || reviews[0].GetState() != "APPROVED" || reviews[0].GetCommitID() != p.GetHead().GetSHA() {
		t.Errorf("reviews: %v", reviews)
	}
	c, _, err := w.app.Issues.CreateComment(ctx, "acme", "shop", n, &github.IssueComment{Body: github.String("hello")})
	must(t, err)
	if c.GetUser().GetLogin() != "lintel[bot]" {
		t.Errorf("comment by %s", c.GetUser().GetLogin())
	}
}
