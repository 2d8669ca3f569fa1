package check_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/command/check"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	acme "github.com/lintel-review/lintel/internal/fake/github/shop"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/terminal"
)

// asked is one "lintel check --pull-request" against a fake GitHub.
type asked struct {
	passed   bool
	err      error
	out, log string
}

func checkPull(t testing.TB, hub *fakehub.Hub, token string, change func(*check.Command, *terminal.Terminal)) asked {
	t.Helper()
	var out, log bytes.Buffer
	c := check.Command{Facts: filepath.Join(t.TempDir(), "facts.json")}
	c.Source.PullRequest, c.Output.Format = "acme/shop#1", "json"
	term := terminal.Terminal{
		In:  strings.NewReader(""),
		Out: &out,
		Err: &log,
		Env: []string{"GITHUB_API_URL=" + hub.URL(), "GH_TOKEN=" + token},
	}
	if change != nil {
		change(&c, &term)
	}
	err := c.Run(t.Context(), term)
	a := asked{passed: err == nil, err: err, out: out.String(), log: log.String()}
	if errors.Is(err, terminal.ErrRefused) {
		a.err = nil
	}
	return a
}

// TestCheckPullUnseen holds that what a workflow's token may not see is neither refused nor called a pass: the verdict
// says which permission would show it.
func TestCheckPullUnseen(t *testing.T) {
	t.Parallel()
	hub := acme.OpenOwned(t)
	other, err := hub.AddApp(fakehub.AppSpec{ID: 15368, Slug: "github-actions"})
	must(t, err)
	connection, err := hub.InstallApp(other.ID, "acme")
	must(t, err)
	must(t, hub.SetPermissions(connection, map[string]string{"contents": "read", "metadata": "read", "pull_requests": "read"}))
	token, err := hub.InstallationToken(connection)
	must(t, err)
	number := acme.Pull(t, hub, fakehub.Pull{Title: "feat: add both", Head: "topic", Base: "main", Author: "wendy"})
	_, err = hub.Review(shop, number, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	for _, format := range []string{"text", "json"} {
		got := checkPull(t, hub, token, func(c *check.Command, _ *terminal.Terminal) { c.Output.Format = format })
		must(t, got.err)
		if !strings.Contains(got.log, "abstained about acme/core: ") || !strings.Contains(got.log, "read:org") {
			t.Errorf("%s: the error stream says %q", format, got.log)
		}
		if !got.passed || !strings.Contains(got.out, "Members: read") || !strings.Contains(got.out, "ownership/approval") ||
			strings.Contains(got.out, "ownership: passes") ||
			strings.Contains(got.out, `"name": "ownership",\n      "conclusion": "success"`) {
			t.Errorf("%s: passes is %t, and it says\n%s", format, got.passed, got.out)
		}
	}
}

// TestCheckPullErrors holds what each thing that can go wrong says, and that there is then no verdict.
func TestCheckPullErrors(t *testing.T) {
	t.Parallel()
	hub := acme.OpenOwned(t)
	token, err := hub.Token("olga")
	must(t, err)
	stranger, err := hub.Token("rita")
	must(t, err)
	_, err = hub.AddRepo(fakehub.Repo{Owner: "olga", Name: "hidden", Private: true})
	must(t, err)
	acme.Pull(t, hub, fakehub.Pull{Title: "feat: add both", Head: "topic", Base: "main", Author: "wendy"})
	acme.Commit(t, hub,
		fakehub.Commit{Branch: "again", From: "main", Author: "wendy", Message: "feat: again", Files: fakehub.Files{"a.md": "a\n"}})
	closed := acme.Pull(t, hub, fakehub.Pull{Title: "feat: again", Head: "again", Base: "main", Author: "wendy"})
	must(t, hub.ClosePull(shop, closed, "wendy"))
	env := func(pairs ...string) func(*check.Command, *terminal.Terminal) {
		return func(_ *check.Command, t *terminal.Terminal) { t.Env = append(t.Env, pairs...) }
	}
	pull := func(name string) func(*check.Command, *terminal.Terminal) {
		return func(c *check.Command, _ *terminal.Terminal) { c.Source.PullRequest = name }
	}
	for name, tc := range map[string]struct {
		token        string
		fault        *traffic.Fault
		change       func(*check.Command, *terminal.Terminal)
		what, remedy string
	}{
		"a wrong token":        {token: "ghp_wrong", what: "does not accept the token", remedy: "GH_TOKEN"},
		"no token":             {what: "there is no token", remedy: "gh auth token"},
		"a token of two lines": {token: "ghp_a\nb", what: "GH_TOKEN holds no token", remedy: "one line"},
		"no such repository": {
			token:  token,
			change: pull("acme/shopp#1"),
			what:   "there is no repository acme/shopp",
			remedy: "spelling",
		},
		"a hidden repository": {
			token:  stranger,
			change: pull("olga/hidden#1"),
			what:   "there is no repository olga/hidden",
			remedy: "Contents: read",
		},
		"no such pull request": {
			token:  token,
			change: pull("acme/shop#99"),
			what:   "there is no pull request acme/shop#99",
			remedy: "number",
		},
		"a closed one":       {token: token, change: pull("acme/shop#2"), what: "closed", remedy: "open"},
		"no name":            {token: token, change: pull("acme/shop"), what: "names no pull request", remedy: "owner/repo#12"},
		"a name with a path": {token: token, change: pull("acme/../x#1"), what: "names no pull request", remedy: "owner/repo#12"},
		"the page of a stranger": {
			token:  token,
			change: pull("https://evil.example/acme/shop/pull/1"),
			what:   "the token is for 127.0.0.1",
			remedy: "GH_HOST",
		},
		"a page that is no pull": {
			token:  token,
			change: pull("https://github.com/acme/shop/issues/1"),
			what:   "names no pull request",
			remedy: "owner/repo#12",
		},
		"no job": {token: token, change: pull("current"), what: "no CI says", remedy: "owner/repo#12"},
		"clear text": {
			token:  token,
			change: env("GITHUB_API_URL=http://ghes.example/api/v3"),
			what:   "in clear text",
			remedy: "https",
		},
		"no address": {
			token:  token,
			change: env("GITHUB_API_URL=ghes"),
			what:   "no address of GitHub's API",
			remedy: "GITHUB_API_URL",
		},
		"a flag of the laptop": {
			token:  token,
			change: func(c *check.Command, _ *terminal.Terminal) { c.Source.Base = "main" },
			what:   "--base and --pull-request exclude each other",
			remedy: "leave",
		},
		"approvals of the laptop": {
			token:  token,
			change: func(c *check.Command, _ *terminal.Terminal) { c.Source.Approvals = []string{"x"} },
			what:   "--approvals and --pull-request",
			remedy: "leave",
		},
		"a rate limit": {token: token,
			fault: &traffic.Fault{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}},
			what:  "no more questions", remedy: "wait"},
		"refused": {token: token, fault: &traffic.Fault{Status: 403}, what: "refuses acme/shop to the token", remedy: "Contents: read"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.fault != nil {
				defer hub.Fault(*tc.fault)()
			}
			got := checkPull(t, hub, tc.token, tc.change)
			if got.err == nil || got.passed || got.out != "" {
				t.Fatalf("it ends with %v and %q", got.err, got.out)
			}
			what, remedy, _ := strings.Cut(got.err.Error(), "\nto fix it: ")
			if !strings.Contains(what, tc.what) || !strings.Contains(remedy, tc.remedy) {
				t.Errorf("it says\n%s\nwant %q and, to fix it, %q", got.err, tc.what, tc.remedy)
			}
			if tc.token != "" && strings.Contains(got.err.Error()+got.log, tc.token) {
				t.Error("it shows the token")
			}
		})
	}
	t.Run("a page, and the job of a CI", func(t *testing.T) {
		if got := checkPull(t, hub, token, pull(hub.URL()+"/acme/shop/pull/1")); got.err != nil {
			t.Error(got.err)
		}
		got := checkPull(t, hub, token, func(c *check.Command, t *terminal.Terminal) {
			c.Source.PullRequest = "current"
			t.Env = append(t.Env, "BUILDKITE=true", "BUILDKITE_PULL_REQUEST=1", "BUILDKITE_REPO=git@github.com:acme/shop.git")
		})
		if got.err != nil {
			t.Error(got.err)
		}
	})
	t.Run("a fault that passes", func(t *testing.T) {
		defer hub.Fault(traffic.Fault{Status: 502, Times: 1})()
		if got := checkPull(t, hub, token, nil); got.err != nil || !strings.Contains(got.log, "again in 1 s") {
			t.Errorf("it ends with %v and says %q", got.err, got.log)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		hub.SetLatency(5 * time.Second)
		defer hub.SetLatency(0)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var c check.Command
		c.Source.PullRequest = "acme/shop#1"
		err := c.Run(ctx, terminal.Terminal{
			Out: io.Discard,
			Err: io.Discard,
			Env: []string{"GITHUB_API_URL=" + hub.URL(), "GH_TOKEN=" + token},
		})
		if err == nil {
			t.Error("it ends well")
		}
	})
}

// A pull request without a common ancestor is refused in the server's words, in every format.
func TestCheckPullWithoutCommonHistory(t *testing.T) {
	t.Parallel()
	hub := acme.OpenOwned(t)
	_, err := hub.Install("acme")
	must(t, err)
	token, err := hub.Token("olga")
	must(t, err)
	acme.Pull(t, hub, fakehub.Pull{Title: "feat: add both", Head: "topic", Base: "main", Author: "wendy"})
	must(t, hub.Push(shop, "topic", anew(t, hub, "topic"), "wendy", true))
	for _, format := range []string{"text", "json", "sarif", "rdjsonl", "github", "markdown"} {
		got := checkPull(t, hub, token, func(c *check.Command, _ *terminal.Terminal) { c.Output.Format = format })
		must(t, got.err)
		if got.passed || !strings.Contains(got.out, "No common history with main") {
			t.Errorf("%s: passed is %t: %s", format, got.passed, got.out)
		}
	}
}
