package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/cli"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/server"
)

// overridable are the built-in policies, with another override in the metadata of some rules.
func overridable(t *testing.T, override map[string]string) *policy.Engine {
	t.Helper()
	tree, changed := fstest.MapFS{}, 0
	must(t, fs.WalkDir(builtin.Tree(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(builtin.Tree(), path)
		if err != nil {
			return err
		}
		for rule, who := range override {
			line := "#   id: " + rule + "\n"
			changed += bytes.Count(body, []byte(line))
			body = bytes.ReplaceAll(body, []byte(line), []byte(line+"#   override: "+who+"\n"))
		}
		tree[path] = &fstest.MapFile{Data: body}
		return nil
	}))
	if changed != len(override) {
		t.Fatalf("changed %d rules of %d", changed, len(override))
	}
	engine, err := policy.Compile(t.Context(), tree)
	must(t, err)
	return engine
}

// ATTACK: override alone a rule that asks two people by its metadata, or one that nobody may override.
//
// WHAT MUST HOLD: one person's word does not count, however often; a second person's does; and a rule that nobody may
// override stays red, with words.
//
//race:unwatched
func TestStoryOverrideByMetadata(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "overrides: { allow: [\"permission:maintain\"] }\n", func(_ *config.Config, o *server.Options) {
		o.Engine = overridable(t, map[string]string{"commits/header": policy.TwoOverride, "commits/title": policy.NeverOverride})
	})
	for _, line := range []string{overrideHeader, overrideHeader + " again"} {
		r.expectReply(n, r.write(n, "mika", line), "+1", "This waits for a second person")
	}
	r.run(sha, "failure")
	r.neverGreen(sha)
	r.expectReply(n, r.write(n, "wendy", overrideHeader), "confused", "let only permission:maintain do this")
	r.neverGreen(sha)
	r.expectReply(n, r.write(n, "olga", overrideHeader), "+1", "")
	run := r.run(sha, "success")
	for _, want := range []string{"### Overridden", "mika", "olga"} {
		if !strings.Contains(run.Summary, want) {
			t.Errorf("the check lacks %q:\n%s", want, run.Summary)
		}
	}
	title := "WIP all of it"
	must(t, r.hub.EditPull(shop, n, fakehub.Edit{Title: &title}, "wendy"))
	r.run(sha, "failure")
	r.quiet()
	for _, by := range []string{"mika", "olga"} {
		id := r.write(n, by, "/lintel override commits/title -- x")
		r.expectReply(n, id, "confused", "The rule `commits/title` cannot be overridden.")
	}
	r.run(sha, "failure")
	r.expectAudit("override.proposed override.proposed override.refused override.made override.refused override.refused")
}

// ATTACK: be heard as somebody who may override, because the pull request comes from one's own fork.
//
// WHAT MUST HOLD: everything works in a fork, and by the permissions in the repository that it goes to.
//
//race:unwatched
func TestStoryChatInAFork(t *testing.T) {
	t.Parallel()
	r, _, _ := overriding(t, "")
	must(t, r.hub.AddUser(fakehub.User{Login: "fay"}))
	_, err := r.hub.AddRepo(fakehub.Repo{Owner: "fay", Name: "shop", ForkOf: shop})
	must(t, err)
	sha := commit(t, r.hub, "fay/shop", fakehub.Commit{Branch: "gift", From: "main", Author: "fay", Message: "A gift.",
		Files: fakehub.Files{"cart/gift.go": "package cart\n"}})
	n := open(t, r.hub, shop, fakehub.Pull{Head: "fay:gift", Base: "main", Title: "feat: gift", Author: "fay"})
	r.run(sha, "failure")
	r.quiet()
	r.expectReply(n, r.write(n, "fay", overrideHeader), "confused", "let only permission:maintain do this")
	r.expectReply(n, r.write(n, "fay", "/lintel why commits/header"), "+1", "`/lintel why commits/header` by fay")
	r.neverGreen(sha)
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	r.run(sha, "success")
	r.expectReply(n, r.write(n, "mika", "/lintel cancel"), "+1", "")
	r.run(sha, "failure")
	r.expectAudit("override.refused override.made override.revoked")
}

// TestStoryChatInReviews: the body of a review and a comment on a line give commands as a comment in the conversation does,
// also by an edit. A quote gives none. The body of a review can have no reaction.
//
//race:unwatched
func TestStoryChatInReviews(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	review := func(by, body string) int64 {
		id, err := r.hub.Review(shop, n, fakehub.Review{Author: by, State: "COMMENT", Body: body})
		must(t, err)
		r.quiet()
		return id
	}
	on := func(body string) int64 {
		id, err := r.hub.InlineComment(shop, n, "mika", "cart/cart.go", 1, body)
		must(t, err)
		r.quiet()
		return id
	}
	review("rita", overrideHeader)
	if _, answer := r.reactions(n, 0); !strings.Contains(answer, "let only permission:maintain do this") {
		t.Errorf("no answer to a review:\n%s", answer)
	}
	review("mika", "> "+overrideHeader)
	on("```\n" + overrideHeader + "\n```")
	r.run(sha, "failure")
	r.neverGreen(sha)
	id := review("mika", "Looks right.")
	must(t, r.hub.EditReview(shop, n, id, "Looks right.\n\n"+overrideHeader, "mika"))
	r.quiet()
	r.run(sha, "success")

	line := on("Not yet.\n/lintel cancel commits/header")
	r.run(sha, "failure")
	r.quiet()
	threads, err := r.hub.Threads(shop, n)
	must(t, err)
	i := slices.IndexFunc(threads, func(v fakehub.ThreadView) bool { return v.ID == line })
	// Eyes may come too late to be of use, and then they do not come.
	got := slices.DeleteFunc(threads[i].Reactions, func(s string) bool { return strings.HasSuffix(s, " eyes") })
	if len(got) != 1 || !strings.HasSuffix(got[0], "[bot] +1") {
		t.Errorf("reactions to a comment on a line: %q", got)
	}
	must(t, r.hub.EditReviewComment(shop, n, line, "mika", "Yes.\n"+overrideHeader))
	r.quiet()
	r.run(sha, "success")
	r.expectAudit("override.refused override.made override.revoked override.made")
}

// ATTACK: send comments that are larger than GitHub lets people write.
//
// WHAT MUST HOLD: of 10,000 commands none is carried out, and one short answer says why; of a comment that is too long
// nothing is read; and the longest that is read is read to its end.
//
//race:unwatched
func TestStoryChatOversized(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	sent := func(body string) (id int64, status int) {
		id = r.write(n, "mika", "hello")
		var payload map[string]any
		must(t, json.Unmarshal(r.sent("issue_comment", "created").Payload, &payload))
		comment := payload["comment"].(map[string]any)
		comment["id"], comment["body"] = id, body
		// A busy machine may refuse a delivery, which the forge then sends again.
		for until := time.Now().Add(patience); status == 0 || status == http.StatusServiceUnavailable && time.Now().Before(until); {
			status = r.send("issue_comment", fmt.Sprintf("oversized-%d", id), payload)
		}
		r.quiet()
		return id, status
	}
	var many strings.Builder
	many.WriteString(overrideHeader + "\n")
	for i := range 9_999 {
		fmt.Fprintf(&many, "/lintel why size/x%d\n", i)
	}
	long := func(bytes int) string {
		return strings.Repeat("x", bytes-len(overrideHeader)-1) + "\n" + overrideHeader
	}
	const mb = 1 << 20
	for _, c := range []struct{ body, says string }{
		{many.String(), "The comment gives 10000 commands; at most 10 are carried out, so none was"},
		{overrideHeader + "\n" + long(mb), "The comment is longer than 1 MB, so no command in it was read"},
	} {
		id, status := sent(c.body)
		if status != http.StatusAccepted {
			t.Errorf("status %d, want 202", status)
		}
		r.expectReply(n, id, "confused", c.says)
		if _, answer := r.reactions(n, id); len(answer) > 10_000 {
			t.Errorf("an answer of %d bytes", len(answer))
		}
	}
	id, _ := sent(strings.Repeat("as long as it likes\n", mb/10))
	if got, _ := r.reactions(n, id); len(got) > 0 {
		t.Errorf("a comment without a command is answered: %q", got)
	}
	r.run(sha, "failure")
	r.neverGreen(sha)
	r.expectAudit("")
	id, _ = sent(long(mb))
	r.expectReply(n, id, "+1", "")
	r.run(sha, "success")
}

// TestStoryExplainNotes: `lintel settings explain --repo` says what holds for a time, and no more when it is over.
func TestStoryExplainNotes(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t,
		"size: {mode: enforce, rollout: 25, from: 2098-01-01, until: 2099-12-31, otherwise: shadow, owner: olga}\n", noSweeps)
	explain := func() string {
		t.Helper()
		var out, aside bytes.Buffer
		args := []string{"settings", "explain", "--repo", shop, "--database", r.config.Database, "commits.mode"}
		if code := cli.Run(t.Context(), args, strings.NewReader(""), &out, &aside); code != 0 {
			t.Fatalf("exit %d: %s", code, aside.String())
		}
		return out.String()
	}
	until := time.Now().UTC().AddDate(0, 0, 9).Format(time.DateOnly)
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	r.expectReply(n, r.write(n, "mika", "/lintel mute ownership/approval --until "+until), "+1", "")
	r.run(sha, "success")
	r.quiet()
	_, err := r.server.Writer().ExecContext(t.Context(),
		`INSERT INTO demotion (forge, repo_id, rule, decided, unwanted, created_at, applied_at)
		SELECT forge, id, rule, 60, 30, 1, applied FROM repository,
		(SELECT 'commits/title' AS rule, 0 AS applied UNION ALL SELECT 'size/too-large', 1) AS both WHERE name = 'shop'`)
	must(t, err)
	change := fmt.Sprintf("%s#%d: ", shop, n)
	lasting := []string{change + "override of commits/header by mika. It ends with the next push",
		change + "ownership/approval is muted by mika, until " + until + " 00:00 UTC"}
	always := []string{"the rollout of size (enforce) begins on 2098-01-01",
		"commits/title is proposed for warn: nobody wanted 30 of 60 findings",
		"size/too-large was demoted to warn: nobody wanted 30 of 60 findings"}
	said := explain()
	for _, want := range append(slices.Clone(always), lasting...) {
		if !strings.Contains(said, "\nnote: "+want) {
			t.Errorf("explain lacks %q:\n%s", want, said)
		}
	}
	r.expectReply(n, r.write(n, "mika", "/lintel cancel"), "+1", "")
	r.run(sha, "failure")
	r.quiet()
	said = explain()
	for _, gone := range lasting {
		if strings.Contains(said, gone) {
			t.Errorf("explain still says %q:\n%s", gone, said)
		}
	}

	// An override ends with the next push, and a mute by the clock.
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	r.expectReply(n, r.write(n, "mika", "/lintel mute ownership/approval --until "+until), "+1", "")
	r.run(sha, "success")
	r.run(commit(t, r.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "Fixed more.",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed more\n"}}), "failure")
	r.quiet()
	execute := func(query string, args ...any) {
		t.Helper()
		_, err := r.server.Writer().ExecContext(t.Context(), query, args...)
		must(t, err)
	}
	if said = explain(); strings.Contains(said, lasting[0]) || !strings.Contains(said, lasting[1]) {
		t.Errorf("after a push explain says\n%s", said)
	}
	execute(`UPDATE mute SET body = replace(body, $1, '2020-01-01')`, until)
	if said = explain(); strings.Contains(said, "is muted by") {
		t.Errorf("after its end explain says\n%s", said)
	}
	// Whose gate is switched.
	const switched = "\nnote: the gate of acme/shop is open until 2099-"
	execute(`INSERT INTO gate_switch (id, state, forge, installation, repo_id, name, reason, actor, began_at, until, ended_at, ended_by)
		SELECT 1, 'open', forge, 0, id, 'acme/shop', 'night', 'olga', 1, 4080000000000, 0, '' FROM repository WHERE name = 'shop'`)
	if said = explain(); !strings.Contains(said, switched) {
		t.Errorf("with a gate that is switched explain says\n%s", said)
	}
	execute(`UPDATE gate_switch SET repo_id = repo_id + 1`)
	if said = explain(); strings.Contains(said, "the gate of") {
		t.Errorf("with another's gate switched explain says\n%s", said)
	}
}
