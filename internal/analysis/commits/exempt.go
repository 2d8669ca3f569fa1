package commits

import (
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
)

// A header that git or the forge worded is not held to the conventions: nobody can word it better. There are two of
// them, Revert "..." and Reapply "...", and each stands together with a line that says what is reverted. Merges are
// known by their parents (Commit.Merge), not by their text.
var (
	revertForm = lazyregexp.New(`^(Revert|Reapply) "(.+)"( \(#\d{1,10}\))?$`)
	// git revert writes the whole id; with --reference an abbreviated one and what it is. A merge's revert goes on with
	// ", reversing" and a line more.
	revertedCommit = lazyregexp.New(`^This reverts commit (?:(?:[0-9a-f]{40}|[0-9a-f]{64})(?:\.|, reversing)|[0-9a-f]{7,64} \()`)
	// GitHub writes this as the body of the pull request, and a squash takes it over. A revert in the same repository
	// may leave the name out, and people go on with why.
	revertedPull = lazyregexp.New(`^Reverts (?:[A-Za-z0-9-]{1,100}/[A-Za-z0-9._-]{1,100})?#\d{1,10}(?:[ .,;:].*)?$`)
)

// revertHeader reads the header of a revert and gives what it quotes.
func revertHeader(header string) (quoted string, ok bool) {
	p := revertForm.FindStringSubmatch(strings.TrimRight(header, " \t\r\n"))
	if p == nil {
		return "", false
	}
	return p[2], true
}

// namesReverted says whether a text has the line that git or the forge writes under the header of a revert.
func namesReverted(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimRight(line, " \t\r"); revertedCommit.MatchString(line) || revertedPull.MatchString(line) {
			return true
		}
	}
	return false
}

// exempt says why a commit's header is not held to the conventions ("revert"), or "".
func exempt(m Message, text string) string {
	if _, ok := revertHeader(m.Header); ok && namesReverted(text) {
		return "revert"
	}
	return ""
}

// exemptTitle is exempt for a title: the line is in the body of the change, or in a commit of the change that is
// such a revert itself.
func exemptTitle(s *change.Snapshot) string {
	if s.Title == nil {
		return ""
	}
	if _, ok := revertHeader(*s.Title); !ok {
		return ""
	}
	if s.Body != nil {
		if text, _ := clip(*s.Body); namesReverted(text) {
			return "revert"
		}
	}
	for _, c := range s.Commits {
		text, _ := clip(c.Message)
		if !c.Merge() && exempt(parse(text), text) != "" {
			return "revert"
		}
	}
	return ""
}

var (
	// What git writes for "git commit --fixup" and "--squash"; git folds these alone.
	fixup = lazyregexp.New(`^(fixup|squash|amend)! ?`)
	// WIP as a word of its own at the start, or in brackets there or at the very end. WIP-12 is a ticket.
	wipBracket = lazyregexp.New(`(?i)^[\[(]\s*(?:wip|work in progress)\s*[\])]|[\[(]\s*wip\s*[\])]$`)
	wipFront   = lazyregexp.New(`^(?i)wip(?:\s*[:!]|\s|$)`)
	wipSubject = lazyregexp.New(`^(?i)wip(?:\s*[:!]|\s+-|$)`)
	wipScope   = lazyregexp.New(`^(?i)wip\(`)
	wipLimit   = lazyregexp.New(`^(?i)wip limits?\b`)
	wipTicket  = lazyregexp.New(`^(?i)wip-\d`)
	inProgress = lazyregexp.New(`^(?i)work[ -]in[ -]progress\s*(?::|$)`)
	draft      = lazyregexp.New(`^(?:Draft:|\[(?:Draft|DRAFT|draft)\]|\((?:Draft|DRAFT|draft)\))`)
)

// unfinished finds the marker by which an author says that the work is not ready, as kind and text; kind is "" when there is none.
// "Draft:", "[Draft]" and "(Draft)" are markers, as GitLab reads titles; "draft: rule editor" is a component's or a type's header.
func unfinished(header string) (kind, marker string) {
	header = strings.TrimSpace(read(header))
	if m := fixup.FindString(header); m != "" {
		return "fixup", strings.TrimSpace(m)
	}
	if m := draft.FindString(header); m != "" {
		return "draft", m
	}
	if m := wipBracket.FindString(header); m != "" {
		return "wip", m
	}
	if m := inProgress.FindString(header); m != "" {
		return "wip", strings.TrimRight(m, ": ")
	}
	if wipTicket.MatchString(header) || wipLimit.MatchString(header) {
		return "", ""
	}
	if wipFront.MatchString(header) || wipScope.MatchString(header) {
		return "wip", header[:len("wip")]
	}
	if h, f := ParseHeader(header); f == nil {
		if m := wipBracket.FindString(h.Subject); m != "" {
			return "wip", m
		}
		if wipSubject.MatchString(h.Subject) && !wipTicket.MatchString(h.Subject) {
			return "wip", h.Subject[:len("wip")]
		}
	}
	return "", ""
}

// trust says which commits and titles are left out because of who made them. It rests on accounts that the forge names:
// the author of the change, and the author of a commit whose signature the forge vouches for. The name and the
// address in a commit are text that whoever writes it chooses, so they can take an exemption away and never give one.
type trust struct {
	opt   settings.Commits
	local bool
	// author is who opened the change, the zero value when nobody knows; change is why all of it is let off, "" when it is not.
	author change.Account
	change string
}

func trusts(s *change.Snapshot, opt settings.Commits) trust {
	t := trust{opt: opt, local: s.Kind == change.LocalBranch}
	if s.Author != nil {
		t.author, t.change = *s.Author, skipsAuthor(*s.Author, opt)
	}
	return t
}

// skips says why a commit is left out, or "": "merge", "bot", "ignored_author".
func (t trust) skips(c change.Commit) string {
	if c.Merge() {
		return "merge"
	}
	if a := c.AuthorAccount; a != nil && c.Vouched {
		if reason := skipsAuthor(*a, t.opt); reason != "" {
			return reason
		}
	}
	if t.own(c) {
		return t.change
	}
	return ""
}

// bot says whether a bot made a commit, so that nobody can be asked to sign it off.
func (t trust) bot(c change.Commit) bool {
	return c.AuthorAccount != nil && c.Vouched && c.AuthorAccount.Bot || t.author.Bot && t.own(c)
}

// own says whether a commit counts as made by whoever opened the change. A commit in another person's name does not:
// what a person pushes to the change of a bot is judged as any other.
func (t trust) own(c change.Commit) bool {
	a := c.AuthorAccount
	if a == nil && t.local {
		if p := noreply.FindStringSubmatch(c.Author.Email); p != nil {
			a = &change.Account{Login: p[1], Bot: strings.HasSuffix(strings.ToLower(p[1]), "[bot]")}
		}
	}
	return a == nil || a.Bot || strings.EqualFold(a.Login, t.author.Login)
}

func skipsAuthor(a change.Account, opt settings.Commits) string {
	if a.Login != "" {
		for _, l := range opt.IgnoreAuthors {
			if strings.EqualFold(l, a.Login) || a.Bot && strings.EqualFold(bare(l), bare(a.Login)) {
				return "ignored_author"
			}
		}
	}
	if a.Bot && !opt.Bots {
		return "bot"
	}
	return ""
}

// bare is the login of a bot without "[bot]", which some of the forge's answers leave out.
func bare(login string) string { return strings.TrimSuffix(strings.ToLower(login), "[bot]") }

// noreply is the address by which GitHub names an account without showing its mail; the number is optional in old ones.
var noreply = lazyregexp.New(`^(?i)(?:\d+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$`)
