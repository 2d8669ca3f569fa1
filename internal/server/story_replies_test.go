package server_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/thread"
)

// TestStoryReplies: what people answer below a comment of Lintel's counts, in plain words and by command, and what they
// say to each other does not. A comment that was said no to is not posted again.
//
// Attack by anybody who may comment: Silence a finding by an answer: it takes the author or write permission, which the
// forge is asked for when the answer is read.
//
//race:unwatched
func TestStoryReplies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by, says string
		// state is the finding's afterwards, reaction that to the answer, answer is in the one comment.
		state    thread.State
		reaction string
		answer   string
	}{
		"the author, in plain words":   {"wendy", "Won't fix: it is one on purpose.", thread.Dismissed, "+1", ""},
		"a writer, by command":         {"olga", "/lintel wrong -- false-positive: it is one on purpose", thread.Dismissed, "+1", ""},
		"a reader says no":             {"zoe", "This is a false positive.", thread.Open, "confused", "This takes write permission."},
		"a reader by command":          {"zoe", "/lintel wrong -- no", thread.Open, "confused", "This takes write permission."},
		"a question":                   {"zoe", "/lintel why", thread.Open, "+1", "advice/correctness at `cart/sum.go`"},
		"talk":                         {"wendy", "Good catch, I will fix it.", thread.Open, "", ""},
		"a command of no finding here": {"olga", "/lintel wrong 7 -- no", thread.Open, "confused", "The check has no number 7."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t)
			m := s.inlineComment("cart/sum.go", 3)
			m.About.Title = "Sum is always one."
			s.plan(false, []effect.InlineComment{m})
			s.look()
			ours := s.threads()[0]
			before := len(s.hub.Requests())
			id, err := s.hub.ReplyTo(shop, s.n, ours.ID, c.by, c.says)
			must(t, err)
			s.quiet()
			if got := s.finding(); got.State != c.state {
				t.Errorf("it is %s by %s (%s)", got.State, got.Actor, got.Reason)
			}
			if c.state == thread.Dismissed {
				if got := s.finding(); got.Actor != c.by || got.Reason != "wrong" {
					t.Errorf("dismissed by %q as %q", got.Actor, got.Reason)
				}
			}
			reaction := ""
			for _, r := range s.threads()[0].Replies {
				if r.ID != id {
					continue
				}
				for _, mark := range r.Reactions {
					if _, what, _ := strings.Cut(mark, " "); what != "eyes" {
						reaction = what
					}
				}
			}
			if reaction != c.reaction {
				t.Errorf("the reaction is %q", reaction)
			}
			if _, answer := s.reactions(s.n, 0); c.answer != "" && !strings.Contains(answer, c.answer) {
				t.Errorf("no %q in\n%s", c.answer, answer)
			}
			if c.reaction == "" && len(s.hub.Requests()) != before {
				t.Errorf("%d calls for talk", len(s.hub.Requests())-before)
			}
			s.plan(false, []effect.InlineComment{m})
			s.look()
			if got := len(s.threads()); got != 1 {
				t.Errorf("%d threads", got)
			}
		})
	}
}

// TestStoryRepliesToPeople: plain words below a comment that is not ours are talk: no look, no call, no reaction.
//
//race:unwatched
func TestStoryRepliesToPeople(t *testing.T) {
	t.Parallel()
	s := tell(t)
	first, err := s.hub.InlineComment(shop, s.n, "zoe", "cart/sum.go", 3, "Is this right?")
	must(t, err)
	s.quiet()
	before := len(s.hub.Requests())
	_, err = s.hub.ReplyTo(shop, s.n, first, "wendy", "Won't fix, it is.")
	must(t, err)
	s.quiet()
	if n := len(s.hub.Requests()) - before; n != 0 {
		t.Errorf("%d calls for what people say to each other", n)
	}
	id, err := s.hub.ReplyTo(shop, s.n, first, "olga", "/lintel wrong -- no")
	must(t, err)
	s.quiet()
	if _, answer := s.reactions(s.n, id); !strings.Contains(answer, "It must name a finding, or answer a comment of Lintel") {
		t.Errorf("the answer: %s", answer)
	}
}
