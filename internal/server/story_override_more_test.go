package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/server"
)

// moved is overriding with a clock of the server that the test moves.
func moved(t *testing.T, overrides string) (r *rig, number int, sha string, ahead *atomic.Int64) {
	t.Helper()
	ahead = &atomic.Int64{}
	r, number, sha = overriding(t, overrides, func(_ *config.Config, o *server.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		o.ExpireSweep = pace
	})
	return r, number, sha, ahead
}

// TestStoryOverrideExpires: an override ends by the clock, and the check is red again without an event.
//
//race:unwatched
func TestStoryOverrideExpires(t *testing.T) {
	t.Parallel()
	r, n, sha, ahead := moved(t, "overrides: { allow: [\"permission:maintain\"], expires: 24h }\n")
	r.expectReply(n, r.write(n, "mika", "/lintel override commits/header --for 1h -- the shop is down"), "+1", "")
	if run := r.run(sha, "success"); !strings.Contains(run.Summary, "It ends with 20") {
		t.Errorf("the check does not say when it ends:\n%s", run.Summary)
	}
	ahead.Store(int64(2 * time.Hour))
	r.run(sha, "failure")
	r.expectAudit("override.made override.expired")
}

// TestStoryOverrideClocksJump: a clock of ours that jumps ahead keeps nobody from a command on the head that they see.
//
//race:unwatched
func TestStoryOverrideClocksJump(t *testing.T) {
	t.Parallel()
	r, n, sha, ahead := moved(t, "")
	ahead.Store(int64(time.Hour))
	next := commit(t, r.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "More.",
		Files: fakehub.Files{"cart/a.go": "package cart\n"}})
	r.run(next, "failure")
	r.quiet()
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	r.run(next, "success")
	r.neverGreen(sha)
	r.expectAudit("override.made")
}

// ATTACK: use a permission that was lost between the comment and the job that reads it.
//
// WHAT MUST HOLD: the permission of the moment counts, and the check stays red.
//
//race:unwatched
func TestStoryOverridePermissionLostMeanwhile(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: true} })
	id, err := r.hub.Comment(shop, n, "mika", overrideHeader)
	must(t, err)
	must(t, r.hub.SetCollaborator(shop, "mika", "write", "olga"))
	r.hub.Webhooks().SetFate(nil)
	r.hub.Webhooks().Release(0)
	r.quiet()
	r.expectReply(n, id, "confused", "let only permission:maintain do this")
	r.neverGreen(sha)
	r.expectAudit("override.refused")
}

// TestStoryOverrideInTheMergeQueue: an override of a pull request holds for the merge group of the same head.
//
//race:unwatched
func TestStoryOverrideInTheMergeQueue(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	must(t, r.hub.Protect(shop, "main",
		&fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: "lintel", App: r.hub.App().ID}}, MergeQueue: true}))
	r.write(n, "mika", overrideHeader)
	r.run(sha, "success")
	_, group := r.enqueue(n)
	if run := r.run(group, "success"); !strings.Contains(run.Summary, "### Overridden") {
		t.Errorf("the group does not name the override:\n%s", run.Summary)
	}
}

// ATTACK: override what a rule finds in a path, to have what it finds elsewhere pass; own one path to override another.
//
// WHAT MUST HOLD: an override is narrowed to its paths; who owns all of them may give it, and nobody else.
//
//race:unwatched
func TestStoryOverrideOfPaths(t *testing.T) {
	t.Parallel()
	r, _, _ := overriding(t, "secrets: { mode: enforce }\noverrides: { allow: [\"owner:path\"] }\n")
	// Put together here, so that no scanner takes it for a real one. It never was.
	token := "package x\n\nconst token = \"ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc\"\n"
	sha := commit(t, r.hub, shop, fakehub.Commit{Branch: "leak", From: "main", Author: "wendy", Message: "fix: leak",
		Files: fakehub.Files{"pay/a.go": token, "cart/b.go": token}})
	n := open(t, r.hub, shop, fakehub.Pull{Title: "fix: leak", Head: "leak", Base: "main", Author: "wendy"})
	run := r.run(sha, "failure")
	at := strings.Index(run.Summary, "[secrets/")
	if at < 0 {
		t.Fatalf("no secret was found:\n%s", run.Summary)
	}
	rule, _, _ := strings.Cut(run.Summary[at+1:], "]")
	r.quiet()
	r.expectReply(n, r.write(n, "mika", "/lintel override "+rule+" -- x"), "confused", "let only owner:path do this")
	r.expectReply(n, r.write(n, "mika", "/lintel override "+rule+" --in cart/ -- x"), "confused", "let only owner:path do this")
	r.expectReply(n, r.write(n, "wendy", "/lintel override "+rule+" --in pay/ -- x"), "confused", "let only owner:path do this")
	r.expectReply(n, r.write(n, "mika", "/lintel override "+rule+" --in pay/ -- an example"), "+1", "")
	run = r.run(sha, "failure")
	if !strings.Contains(run.Title, "1 problem") || !strings.Contains(run.Summary, "in `pay/` by mika") {
		t.Errorf("%s\n%s", run.Title, run.Summary)
	}
	r.neverGreen(sha)
}

// TestStoryChatBots: what a program writes is no command, unless the settings list it.
//
//race:unwatched
func TestStoryChatBots(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "overrides: { allow: [\"permission:maintain\"], bots: [\"helper[bot]\"] }\n")
	say := func(slug string) int64 {
		app, err := r.hub.AddApp(fakehub.AppSpec{ID: int64(9000 + len(slug)), Slug: slug, Owner: "acme"})
		must(t, err)
		connection, err := r.hub.InstallApp(app.ID, "acme")
		must(t, err)
		token, err := r.hub.InstallationToken(connection)
		must(t, err)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			fmt.Sprintf("%s/repos/%s/issues/%d/comments", r.hub.URL(), shop, n),
			bytes.NewBufferString(`{"body":"/lintel recheck\n/lintel override commits/header -- x"}`))
		must(t, err)
		req.Header.Set("Authorization", "token "+token)
		if status, answer := asked(t, req); status != http.StatusCreated {
			t.Fatalf("%d %s", status, answer)
		}
		r.quiet()
		p, err := r.hub.Pull(shop, n)
		must(t, err)
		return p.Comments[len(p.Comments)-1].ID
	}
	before := len(r.runs(sha))
	id := say("stranger")
	if got, answer := r.reactions(n, id); len(got) > 0 || strings.Contains(answer, "stranger") {
		t.Errorf("a program is heard: %q\n%s", got, answer)
	}
	id = say("helper")
	if got, _ := r.reactions(n, id); len(got) != 1 || !strings.HasSuffix(got[0], "confused") {
		t.Errorf("a program that is listed is not heard, or may override: %q", got)
	}
	if got := len(r.runs(sha)); got == before {
		t.Error("the re-check of a program that is listed was not carried out")
	}
	r.neverGreen(sha)
}

// TestStoryWhyButton: the third button answers in the one comment, also without a word of chat.
//
//race:unwatched
func TestStoryWhyButton(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	must(t, r.hub.RequestAction(shop, r.run(sha, "failure").ID, "why", "wendy"))
	r.quiet()
	if _, answer := r.reactions(n, 0); !strings.Contains(answer, "`/lintel why` by wendy") || strings.Count(answer, "commits/header") < 2 {
		t.Errorf("no answer:\n%s", answer)
	}
}

// TestStoryChatEyes: a comment with a command is seen to be read before it is answered; one without is left alone.
//
//race:unwatched
func TestStoryChatEyes(t *testing.T) {
	t.Parallel()
	r, n, _ := overriding(t, "")
	for body, want := range map[string][]string{"/lintel recheck": {"eyes", "+1"}, "/lintel rechek": {"eyes", "confused"}, "thanks": nil} {
		id := r.write(n, "rita", body)
		p, err := r.hub.Pull(shop, n)
		must(t, err)
		i := slices.IndexFunc(p.Comments, func(c fakehub.CommentView) bool { return c.ID == id })
		var got []string
		for _, reaction := range p.Comments[i].Reactions {
			_, content, _ := strings.Cut(reaction, " ")
			got = append(got, content)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}
