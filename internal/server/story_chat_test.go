package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// talk is a shop with an open pull request whose check is red.
func talk(t *testing.T) (r *rig, number int, sha string) {
	t.Helper()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r = start(t, hub, t.TempDir(), nil)
	r.quiet()
	sha = commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "Fixed it.",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed\n"}})
	number = open(t, hub, shop, fakehub.Pull{Title: "Fixed it.", Head: "topic", Base: "main", Author: "wendy"})
	r.run(sha, "failure")
	r.quiet()
	return r, number, sha
}

func (r *rig) write(number int, by, body string) int64 {
	r.t.Helper()
	id, err := r.hub.Comment(shop, number, by, body)
	must(r.t, err)
	r.quiet()
	return id
}

// reactions are those of a comment but the eyes that say that it was read, and answer is the text of Lintel's own comment.
func (r *rig) reactions(number int, id int64) (reactions []string, answer string) {
	r.t.Helper()
	p, err := r.hub.Pull(shop, number)
	must(r.t, err)
	for _, c := range p.Comments {
		if c.ID == id {
			reactions = slices.DeleteFunc(c.Reactions, func(s string) bool { return strings.HasSuffix(s, " eyes") })
		}
		if strings.HasSuffix(c.Author, "[bot]") {
			answer = c.Body
		}
	}
	return reactions, answer
}

// expectReply checks the reaction to a comment and what the answer says; "" is nothing about commands.
func (r *rig) expectReply(number int, id int64, reaction, says string) {
	r.t.Helper()
	got, answer := r.reactions(number, id)
	if len(got) != 1 || !strings.HasSuffix(got[0], "[bot] "+reaction) {
		r.t.Errorf("reactions %q, want %s", got, reaction)
	}
	if says != "" && !strings.Contains(answer, says) {
		r.t.Errorf("the answer lacks %q:\n%s", says, answer)
	}
	if says == "" && strings.Contains(answer, " by rita: ") {
		r.t.Errorf("the answer is not silent:\n%s", answer)
	}
}

// TestStoryChat: commands in comments are answered by a reaction, and by words only where there is something to say.
//
//race:unwatched
func TestStoryChat(t *testing.T) {
	t.Parallel()
	r, n, sha := talk(t)
	r.expectReply(n, r.write(n, "rita", "/lintel why commits/title"), "+1", "`/lintel why commits/title` by rita")
	r.expectReply(n, r.write(n, "rita", "/lintel why commits/titel"), "confused", "Did you mean `commits/title`?")
	r.expectReply(n, r.write(n, "rita", "/lintel rechek"), "confused", "There is no such command. Did you mean `/lintel recheck`?")
	r.expectReply(n, r.write(n, "rita", "/lintel help"), "+1", "| command | what it does |")
	before := len(r.runs(sha))
	r.expectReply(n, r.write(n, "rita", "Please.\n\n/lintel recheck"), "+1", "")
	if got := len(r.runs(sha)); got != before+1 {
		t.Errorf("%d runs after a recheck, want %d", got, before+1)
	}
}

// TestStoryChatSilence: what is no command costs no call and no look; an edit adds, a deletion does nothing.
//
//race:unwatched
func TestStoryChatSilence(t *testing.T) {
	t.Parallel()
	r, n, sha := talk(t)
	calls := len(r.hub.Requests())
	for _, body := range []string{"looks good", "> /lintel recheck", "```\n/lintel recheck\n```", "<!--\n/lintel recheck\n-->",
		"see `a\n/lintel recheck\nb`", strings.Repeat("x", 60_000)} {
		r.write(n, "rita", body)
	}
	if got := len(r.hub.Requests()); got != calls {
		t.Errorf("%d calls for comments without commands", got-calls)
	}
	runs := len(r.runs(sha))
	id := r.write(n, "rita", "soon")
	must(t, r.hub.EditComment(shop, n, id, "rita", "now\n/lintel recheck"))
	r.quiet()
	r.expectReply(n, id, "+1", "")
	must(t, r.hub.EditComment(shop, n, id, "rita", "now!\n/lintel recheck"))
	r.quiet()
	must(t, r.hub.DeleteComment(shop, n, id, "rita"))
	r.quiet()
	if got := len(r.runs(sha)); got != runs+1 {
		t.Errorf("%d runs, want %d: one for the edit that added the command", got, runs+1)
	}
}

// quietly writes a comment that asks for nothing: no call and no reaction follow.
func (r *rig) quietly(n int, body string) {
	r.t.Helper()
	calls := len(r.hub.Requests())
	id := r.write(n, "rita", body)
	if got, _ := r.reactions(n, id); len(got) > 0 || len(r.hub.Requests()) != calls {
		r.t.Errorf("%q is heard: %q, %d calls", body[:min(len(body), 60)], got, len(r.hub.Requests())-calls)
	}
}

// ATTACK: drown Lintel in commands, or have one read otherwise than people see it.
//
// WHAT MUST HOLD: nothing is carried out, and the answer is one short text.
//
// Attack by anybody who may comment: Drown Lintel in commands, or disguise one: ten in a comment, plain characters
// alone.
//
//race:unwatched
func TestStoryChatHostile(t *testing.T) {
	t.Parallel()
	r, n, _ := talk(t)
	var many strings.Builder
	for i := range 2_000 {
		fmt.Fprintf(&many, "/lintel why size/x%d\n", i)
	}
	r.expectReply(n, r.write(n, "rita", many.String()), "confused", "at most 10 are carried out, so none was")
	r.expectReply(n, r.write(n, "rita", strings.Repeat("/lintel recheck\n", 4_000)), "+1", "") // the same line is one command
	r.quietly(n, "On Monday rita wrote:\n> /lintel override commits/header -- x\n>\n> -- \n> rita")
	r.quietly(n, "-----Original Message-----\n  > /lintel recheck\n    /lintel recheck")
	r.quietly(n, strings.Repeat("as long as GitHub lets\n", 2_800)+"> /lintel recheck")
	r.expectReply(n, r.write(n, "rita", "/lintel override commits/he\u202eader -- x"), "confused", "invisible characters")
	id := r.write(n, "rita", "/lintel why @acme/core <script>alert(1)</script>")
	r.expectReply(n, id, "confused", "Not done.")
	if _, answer := r.reactions(n, id); !strings.Contains(answer, "`/lintel why @\u200bacme/core <script>alert(1)</script>` by rita") {
		t.Errorf("the line is not shown as code without a mention:\n%s", answer)
	}
	r.expectReply(n, r.write(n, "rita", "/lintel why c\u043emmits/title"), "confused", "A rule is named as family/name") // a Cyrillic о
	began := time.Now()
	for i := range 60 {
		_, err := r.hub.Comment(shop, n, "rita", fmt.Sprintf("/lintel why size/lines%d", i))
		must(t, err)
	}
	r.quiet()
	p, err := r.hub.Pull(shop, n)
	must(t, err)
	answered := 0
	for _, c := range p.Comments {
		if len(c.Reactions) > 0 {
			answered++
		}
	}
	// A machine that takes longer than a minute for all this rightly answers more.
	if allowed := 30 * (1 + int(time.Since(began)/time.Minute)); answered > allowed {
		t.Errorf("%d comments of one person were answered, of %d within that time", answered, allowed)
	}
	if own := slices.IndexFunc(p.Comments, func(c fakehub.CommentView) bool { return strings.HasSuffix(c.Author, "[bot]") }); own < 0 {
		t.Error("no answer at all")
	}
}
