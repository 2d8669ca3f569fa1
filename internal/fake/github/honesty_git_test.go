package github

import (
	"encoding/base64"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-github/v66/github"
)

// git runs the machine's own git client, without its user's settings.
func (s *scene) git(dir string, args ...string) (string, error) {
	s.t.Helper()
	cmd := exec.CommandContext(s.ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Wendy", "GIT_AUTHOR_EMAIL=wendy@example.com", "GIT_COMMITTER_NAME=Wendy", "GIT_COMMITTER_EMAIL=wendy@example.com",
	}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (s *scene) mustGit(dir string, args ...string) string {
	s.t.Helper()
	out, err := s.git(dir, args...)
	if err != nil {
		s.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// remote is the clone URL with a login and its token, as a credential helper would send it.
func (s *scene) remote(login, token string) string {
	s.t.Helper()
	u, err := url.Parse(s.hub.URL() + "/" + org + "/" + shop + ".git")
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		u.User = url.UserPassword(login, token)
	}
	return u.String()
}

// TestHonestyWithGit clones and pushes with a real git client, and compares what the API then says with what git itself says.
//
//race:unwatched
func TestHonestyWithGit(t *testing.T) {
	s := newScene(t)
	work := filepath.Join(t.TempDir(), "shop")
	s.mustGit(t.TempDir(), "clone", "-q", s.remote("wendy", s.tokens["wendy"]), work)
	s.mustGit(work, "switch", "-q", "-c", "topic/räksmörgås")
	commit := func(name, text, message string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.mustGit(work, "add", "--", name)
		s.mustGit(work, "commit", "-q", "-m", message)
		return s.mustGit(work, "rev-parse", "HEAD")
	}
	first := commit("a b.txt", "one\n", "feat: one\n\nWith a body.")
	s.mustGit(work, "push", "-q", "origin", "HEAD")
	pr := ok[*github.PullRequest](s, "open")(s.asWendy.PullRequests.Create(s.ctx, org, shop, &github.NewPullRequest{
		Title: github.String("feat: one"), Head: github.String("topic/räksmörgås"), Base: github.String("main"),
	}))
	n := pr.GetNumber()
	if got := pr.GetHead().GetSHA(); got != first {
		t.Errorf("head %s, git has %s", got, first)
	}
	second := commit("c.bin", "\x00\x01", "feat: two")
	s.mustGit(work, "push", "-q", "origin", "HEAD")
	pr = ok[*github.PullRequest](s, "after a push")(s.asInstallation.PullRequests.Get(s.ctx, org, shop, n))
	if got := pr.GetHead().GetSHA(); got != second {
		t.Errorf("head %s after a push, git has %s", got, second)
	}
	base := s.mustGit(work, "merge-base", "HEAD", "origin/main")
	compared := ok[*github.CommitsComparison](s,
		"compare")(s.asInstallation.Repositories.CompareCommits(s.ctx, org, shop, "main", second, nil))
	if got := compared.GetMergeBaseCommit().GetSHA(); got != base {
		t.Errorf("merge base %s, git has %s", got, base)
	}
	var files []string
	for _, f := range ok[[]*github.CommitFile](s, "files")(s.asInstallation.PullRequests.ListFiles(s.ctx, org, shop, n, nil)) {
		files = append(files, f.GetFilename())
		if want := s.mustGit(work, "rev-parse", "HEAD:"+f.GetFilename()); f.GetSHA() != want {
			t.Errorf("%s is %s, git has %s", f.GetFilename(), f.GetSHA(), want)
		}
	}
	if got, want := strings.Join(files, "\n"),
		s.mustGit(work, "-c", "core.quotePath=false", "diff", "--name-only", base, "HEAD"); got != want {
		t.Errorf("files %q, git has %q", got, want)
	}
	s.mustGit(work, "fetch", "-q", "origin", "pull/1/head")
	if got := s.mustGit(work, "rev-parse", "FETCH_HEAD"); got != second {
		t.Errorf("refs/pull/1/head is %s, want %s", got, second)
	}

	s.mustGit(work, "commit", "-q", "--amend", "-m", "feat: two, better")
	if out, err := s.git(work, "push", "-q", "origin", "HEAD"); err == nil || !strings.Contains(out, "non-fast-forward") {
		t.Errorf("a push that rewrites history went through without force: %s", out)
	}
	s.mustGit(work, "push", "-q", "--force", "origin", "HEAD")
	s.delivered()
	var push struct {
		Forced  bool   `json:"forced"`
		Before  string `json:"before"`
		After   string `json:"after"`
		Ref     string `json:"ref"`
		Pusher  struct{ Name string }
		Commits []struct{ ID string }
	}
	decode(t, s.hooks.last("push", ""), &push)
	rewritten := s.mustGit(work, "rev-parse", "HEAD")
	if !push.Forced || push.Before != second || push.After != rewritten || push.Ref != "refs/heads/topic/räksmörgås" ||
		push.Pusher.Name != "wendy" {
		t.Errorf("push event %+v; want forced, %s to %s, by wendy", push, second, rewritten)
	}
	var synchronize struct{ Before, After string }
	decode(t, s.hooks.last("pull_request", "synchronize"), &synchronize)
	if synchronize.Before != second || synchronize.After != rewritten {
		t.Errorf("synchronize event %+v; want %s to %s", synchronize, second, rewritten)
	}

	if out, err := s.git(work, "push", s.remote("rita", s.tokens["rita"]), "HEAD:refs/heads/stranger"); err == nil {
		t.Errorf("a stranger pushed: %s", out)
	}
	// Credentials in the URL are only sent when they are asked for, and a public repository does not ask.
	wrong := "http.extraHeader=Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("x:ghp_nobody"))
	if out, err := s.git(work, "-c", wrong, "ls-remote", s.remote("", "")); err == nil {
		t.Errorf("an unknown token reads: %s", out)
	}
	if out, err := s.git(work, "push", s.remote("", ""), "HEAD:refs/heads/nobody"); err == nil {
		t.Errorf("nobody pushed: %s", out)
	}
	if out, err := s.git(work, "push", "origin", "HEAD:refs/pull/1/head"); err == nil {
		t.Errorf("the hidden reference of a pull request was pushed to: %s", out)
	}
	s.mustGit(work, "push", "-q", "origin", "--delete", "topic/räksmörgås")
	pr = ok[*github.PullRequest](s, "after its branch is gone")(s.asInstallation.PullRequests.Get(s.ctx, org, shop, n))
	if pr.GetState() != "closed" {
		t.Errorf("the pull request is %s after its branch is gone, want closed", pr.GetState())
	}
}
