//race:unwatched
package initialise_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/command/initialise"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	acme "github.com/lintel-review/lintel/internal/fake/github/shop"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/terminal"
)

// landed is a world with squashed pull requests under their commits' headers, and a clone of it.
func landed(t *testing.T, n int) (hub *fakehub.Hub, clone string) {
	t.Helper()
	hub = acme.Open(t, fakehub.Options{})
	must(t, hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "COMMIT_OR_PR_TITLE", SquashMessage: "BLANK"}))
	for i := range n {
		branch := fmt.Sprintf("topic%d", i)
		acme.Commit(t, hub, fakehub.Commit{
			Branch:  branch,
			From:    "main",
			Author:  "wendy",
			Message: "done with it",
			Files:   fakehub.Files{fmt.Sprintf("f%d.go", i): "package f\n"},
		})
		number := acme.Pull(t, hub,
			fakehub.Pull{Title: fmt.Sprintf("feat(f): add %d", i), Body: "Words.", Head: branch, Base: "main", Author: "wendy"})
		must(t, hub.MergePull(shop, number, "squash", "olga"))
	}
	acme.Commit(t, hub,
		fakehub.Commit{Branch: "refused", From: "main", Author: "wendy", Message: "x", Files: fakehub.Files{"x.go": "package x\n"}})
	must(t, hub.ClosePull(shop, acme.Pull(t, hub, fakehub.Pull{Title: "Never merged", Head: "refused", Base: "main", Author: "wendy"}),
		"wendy"))
	token, err := hub.Token("wendy")
	must(t, err)
	clone = filepath.Join(t.TempDir(), "clone")
	if out, err := exec.CommandContext(t.Context(), "git", "clone", "--quiet",
		strings.Replace(hub.URL(), "://", "://wendy:"+token+"@", 1)+"/acme/shop.git", clone).CombinedOutput(); err != nil {
		t.Fatalf("%s %s", err, out)
	}
	return hub, clone
}

func run(t *testing.T, hub *fakehub.Hub, clone, token string, change func(*initialise.Command)) (out, log string, err error) {
	t.Helper()
	c := initialise.Command{Flags: merged.Flags{Repo: clone, Last: 300}, DryRun: true}
	if change != nil {
		change(&c)
	}
	var o, l bytes.Buffer
	err = c.Run(t.Context(), terminal.Terminal{
		In:  strings.NewReader(""),
		Out: &o,
		Err: &l,
		Env: []string{"GITHUB_API_URL=" + hub.URL(), "GH_TOKEN=" + token},
	})
	return o.String(), l.String(), err
}

// TestInitReadsTheForge holds that init takes merge settings and titles from GitHub where it can, says so, and sends
// nothing that could write.
func TestInitReadsTheForge(t *testing.T) {
	t.Parallel()
	hub, clone := landed(t, 12)
	token, err := hub.Token("wendy")
	must(t, err)
	hub.Reset()
	out, log, err := run(t, hub, clone, token, nil)
	must(t, err)
	flat := strings.Join(strings.Fields(strings.ReplaceAll(out, "#", "")), " ")
	for _, want := range []string{"style: conventional", "squash: auto", "The merge settings allow a squash alone",
		"and the merge settings and 12 merged pull requests of acme/shop from GitHub"} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if !strings.Contains(log, "the merge settings and 12 merged pull requests of acme/shop") || strings.Contains(out+log, token) {
		t.Errorf("it says %q", log)
	}
	if len(hub.Requests()) == 0 {
		t.Error("nothing was asked")
	}
	for _, q := range hub.Requests() {
		if q.Method != http.MethodGet {
			t.Errorf("it sent %s %s", q.Method, q.Path)
		}
	}
	if out, log, err = run(t, hub, clone, token, func(r *initialise.Command) { r.GitOnly = true }); err != nil ||
		!strings.Contains(out, "style: none") || !strings.Contains(log, "read from git alone: --git-only asks for it") {
		t.Errorf("by git alone: %v, %q\n%s", err, log, out)
	}
	reader, err := hub.Token("olga")
	must(t, err)
	must(t, hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "BLANK"}))
	if out, _, err = run(t, hub, clone, reader, nil); err != nil || !strings.Contains(out, "squash: title") {
		t.Errorf("under titles: %v\n%s", err, out)
	}
}

// TestInitWithoutTheForge holds that nothing about a forge stops init: it reads git alone, and says why.
func TestInitWithoutTheForge(t *testing.T) {
	t.Parallel()
	hub, clone := landed(t, 3)
	token, err := hub.Token("wendy")
	must(t, err)
	origin := func(address string) {
		t.Helper()
		args := []string{"-C", clone, "remote", "set-url", "origin", address}
		if address == "" {
			args = []string{"-C", clone, "remote", "remove", "origin"}
		}
		must(t, exec.CommandContext(t.Context(), "git", args...).Run())
	}
	own := hub.URL() + "/acme/shop.git"
	for _, tc := range []struct {
		name, token, origin, want string
		fault                     *traffic.Fault
	}{
		{"no token", "", own, "no token is set", nil},
		{"a wrong token", "ghp_wrong", own, "GitHub does not accept the token", nil},
		{"a repository that is not there", token, hub.URL() + "/acme/none", "there is no repository acme/none", nil},
		{"another host", token, "git@gitlab.example:acme/shop.git", `origin is at "gitlab.example"`, nil},
		{"a folder", token, "/srv/git/shop", "origin is no repository of a forge", nil},
		{"a fault", token, own, "GitHub could not be read: ", &traffic.Fault{Status: 502}},
		{"an answer that is cut", token, own, "GitHub could not be read: ",
			&traffic.Fault{Path: "/repos/acme/shop/pulls", Status: 200, Body: "[{"}},
		{"nothing", token, own, "GitHub could not be read: ", &traffic.Fault{Path: "/repos/acme/shop/pulls", Status: 200, Body: "null"}},
		{"no permission", token, own, "GitHub could not be read: the token may not see the pull requests",
			&traffic.Fault{Path: "/repos/acme/shop/pulls", Status: 404}},
		{"no origin", token, "", "there is no remote called origin", nil},
	} {
		origin(tc.origin)
		undo := func() {}
		if tc.fault != nil {
			undo = hub.Fault(*tc.fault)
		}
		out, log, err := run(t, hub, clone, tc.token, func(r *initialise.Command) { r.Branch = "main" })
		undo()
		if err != nil || !strings.Contains(log, "read from git alone: ") || !strings.Contains(log, tc.want) ||
			!strings.Contains(out, "version: 1") {
			t.Errorf("%s: %v, %q, want %q", tc.name, err, log, tc.want)
		}
		if tc.token != "" && strings.Contains(out+log, tc.token) {
			t.Errorf("%s: it shows the token", tc.name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (initialise.Command{Flags: merged.Flags{Repo: clone, Last: 3}, DryRun: true}).Run(ctx,
		terminal.Terminal{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err == nil {
		t.Error("interrupted, it ends well")
	}
}

const shop = acme.Name

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
