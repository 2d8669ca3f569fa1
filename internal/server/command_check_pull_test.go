package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/judge"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/traffic"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/terminal"
)

// asked is one "lintel check --pull-request" against a fake GitHub.
type asked struct {
	passed   bool
	err      error
	out, log string
	facts    []byte
}

func checkPull(t testing.TB, hub *fakehub.Hub, token string, change func(*judge.CheckRequest)) asked {
	t.Helper()
	var out, log bytes.Buffer
	env := map[string]string{"GITHUB_API_URL": hub.URL(), "GH_TOKEN": token}
	req := judge.CheckRequest{
		PullRequest: "acme/shop#1",
		Format:      "json",
		FactsFile:   filepath.Join(t.TempDir(), "facts.json"),
		Getenv:      func(k string) string { return env[k] },
	}
	if change != nil {
		change(&req)
	}
	var a asked
	a.passed, a.err = judge.Check(t.Context(), req, terminal.Terminal{In: strings.NewReader(""), Out: &out, Err: &log})
	a.out, a.log = out.String(), log.String()
	a.facts, _ = os.ReadFile(req.FactsFile) // none when there was no verdict
	return a
}

// pulled is a world with a pull request that touches what a person and a team own.
func pulled(t testing.TB) (hub *fakehub.Hub, head string) {
	hub = world(t, fakehub.Options{})
	must(t, hub.AddTeam(
		fakehub.Team{
			Org:     "acme",
			Slug:    "core",
			Members: map[string]string{"olga": "maintainer", "mika": "member"},
			Repos:   map[string]string{shop: "push"},
		}))
	must(t, hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "BLANK"}))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "feat: own it",
			Files:   fakehub.Files{"CODEOWNERS": "/pay/ @mika\n/cart/ @acme/core\n"},
		})
	head = commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "whatever",
			Files:   fakehub.Files{"pay/pay.go": "package pay\n\nvar A int\n", "cart/cart.go": "package cart\n\nvar B int\n"},
		})
	return hub, head
}

// TestCheckPullIsTheServers holds that the command line judges a pull request as the server does: the same facts and
// the same verdict, byte for byte, at each of its states; and that it writes nothing.
func TestCheckPullIsTheServers(t *testing.T) {
	t.Parallel()
	hub, _ := pulled(t)
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)
	token, err := hub.Token("olga")
	must(t, err)
	number := open(t, hub, shop, fakehub.Pull{Title: "Add both", Body: "Words.", Head: "topic", Base: "main", Author: "wendy"})
	id := int64(0)
	compare := func(state string, passes bool) {
		t.Helper()
		r.quiet()
		sha := hub.Tip(shop, "topic")
		if passes {
			r.run(sha, "success")
		} else {
			r.run(sha, "failure")
		}
		r.quiet()
		if id == 0 {
			must(t, r.server.Writer().QueryRow(`SELECT repo_id FROM change`).Scan(&id))
		}
		decision, err := r.server.Record().Decided(t.Context(), change.Key{Forge: change.GitHub, RepoID: id, Number: number}, sha)
		must(t, err)
		want, err := checkJSON(decision)
		must(t, err)
		hub.Reset()
		got := checkPull(t, hub, token, nil)
		must(t, got.err)
		if got.passed != passes {
			t.Errorf("%s: passes is %t", state, got.passed)
		}
		if d := cmp.Diff(string(want), got.out); d != "" {
			t.Errorf("%s: the verdict is not the server's (-server +check):\n%s", state, d)
		}
		var facts string
		must(t, r.server.Writer().QueryRow(`SELECT facts FROM verdict ORDER BY id DESC LIMIT 1`).Scan(&facts))
		body, err := r.server.Record().Evidence(t.Context(), facts)
		must(t, err)
		if d := cmp.Diff(string(body)+"\n", string(got.facts)); d != "" {
			t.Errorf("%s: the facts are not the server's (-server +check):\n%s", state, d)
		}
		for _, q := range hub.Requests() {
			if q.Method != http.MethodGet && (q.Method != http.MethodPost || q.Path != "/graphql") {
				t.Errorf("%s: it sent %s %s", state, q.Method, q.Path)
			}
		}
		if len(hub.Requests()) == 0 || hub.Count(http.MethodPost, "/graphql") == 0 {
			t.Errorf("%s: the record of requests is empty", state)
		}
	}
	compare("opened with a title that is refused", false)
	must(t, hub.EditPull(shop, number, fakehub.Edit{Title: ptr("feat: add both")}, "wendy"))
	compare("without approvals", false)
	_, err = hub.Review(shop, number, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	compare("approved", true)
	must(t, hub.Label(shop, number, "olga", "later"))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			Author:  "wendy",
			Message: "more",
			Files:   fakehub.Files{"cart/cart.go": "package cart\n\nvar C int\n"},
		})
	compare("changed after the approval", false)
}

func ptr[T any](v T) *T { return &v }

// TestCheckPullUnseen holds that what a workflow's token may not see is neither refused nor called a pass: the verdict
// says which permission would show it.
func TestCheckPullUnseen(t *testing.T) {
	t.Parallel()
	hub, _ := pulled(t)
	other, err := hub.AddApp(fakehub.AppSpec{ID: 15368, Slug: "github-actions"})
	must(t, err)
	installation, err := hub.InstallApp(other.ID, "acme")
	must(t, err)
	must(t, hub.SetPermissions(installation, map[string]string{"contents": "read", "metadata": "read", "pull_requests": "read"}))
	token, err := hub.InstallationToken(installation)
	must(t, err)
	number := open(t, hub, shop, fakehub.Pull{Title: "feat: add both", Head: "topic", Base: "main", Author: "wendy"})
	_, err = hub.Review(shop, number, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	for _, format := range []string{"text", "json"} {
		got := checkPull(t, hub, token, func(r *judge.CheckRequest) { r.Format = format })
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
	hub, _ := pulled(t)
	token, err := hub.Token("olga")
	must(t, err)
	stranger, err := hub.Token("rita")
	must(t, err)
	_, err = hub.AddRepo(fakehub.Repo{Owner: "olga", Name: "hidden", Private: true})
	must(t, err)
	open(t, hub, shop, fakehub.Pull{Title: "feat: add both", Head: "topic", Base: "main", Author: "wendy"})
	commit(t, hub, shop,
		fakehub.Commit{Branch: "again", From: "main", Author: "wendy", Message: "feat: again", Files: fakehub.Files{"a.md": "a\n"}})
	closed := open(t, hub, shop, fakehub.Pull{Title: "feat: again", Head: "again", Base: "main", Author: "wendy"})
	must(t, hub.ClosePull(shop, closed, "wendy"))
	env := func(pairs ...string) func(*judge.CheckRequest) {
		return func(r *judge.CheckRequest) {
			base := r.Getenv
			r.Getenv = func(k string) string {
				for i := 0; i < len(pairs); i += 2 {
					if pairs[i] == k {
						return pairs[i+1]
					}
				}
				return base(k)
			}
		}
	}
	pull := func(name string) func(*judge.CheckRequest) {
		return func(r *judge.CheckRequest) { r.PullRequest = name }
	}
	for name, tc := range map[string]struct {
		token        string
		fault        *traffic.Fault
		change       func(*judge.CheckRequest)
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
			change: env("GITHUB_API_URL", "http://ghes.example/api/v3"),
			what:   "in clear text",
			remedy: "https",
		},
		"no address": {
			token:  token,
			change: env("GITHUB_API_URL", "ghes"),
			what:   "no address of GitHub's API",
			remedy: "GITHUB_API_URL",
		},
		"a flag of the laptop": {
			token:  token,
			change: func(r *judge.CheckRequest) { r.Base = "main" },
			what:   "--base and --pull-request exclude each other",
			remedy: "leave",
		},
		"approvals of the laptop": {
			token:  token,
			change: func(r *judge.CheckRequest) { r.Approvals = []string{"x"} },
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
		got := checkPull(t, hub, token, func(r *judge.CheckRequest) {
			env("BUILDKITE", "true", "BUILDKITE_PULL_REQUEST", "1", "BUILDKITE_REPO", "git@github.com:acme/shop.git")(r)
			r.PullRequest = "current"
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
		_, err := judge.Check(ctx, judge.CheckRequest{PullRequest: "acme/shop#1", Getenv: func(k string) string {
			return map[string]string{"GITHUB_API_URL": hub.URL(), "GH_TOKEN": token}[k]
		}}, terminal.Terminal{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		if err == nil {
			t.Error("it ends well")
		}
	})
}

// A pull request without a common ancestor is refused in the server's words, in every format.
func TestCheckPullWithoutCommonHistory(t *testing.T) {
	t.Parallel()
	hub, _ := pulled(t)
	_, err := hub.Install("acme")
	must(t, err)
	token, err := hub.Token("olga")
	must(t, err)
	open(t, hub, shop, fakehub.Pull{Title: "feat: add both", Head: "topic", Base: "main", Author: "wendy"})
	must(t, hub.Push(shop, "topic", anew(t, hub, "topic"), "wendy", true))
	for _, format := range []string{"text", "json", "sarif", "rdjsonl", "github", "markdown"} {
		got := checkPull(t, hub, token, func(r *judge.CheckRequest) { r.Format = format })
		must(t, got.err)
		if got.passed || !strings.Contains(got.out, "No common history with main") {
			t.Errorf("%s: passed is %t: %s", format, got.passed, got.out)
		}
	}
}

// checkJSON is the report that "lintel check --format json" makes of a decision.
func checkJSON(decision []byte) ([]byte, error) {
	var d policy.Decision
	if err := json.Unmarshal(decision, &d); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := render.Write(&b, render.JSON, judge.Verdict(d), render.Options{})
	return b.Bytes(), err
}
