package markdown

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Dialect is how one forge reads Markdown: what it takes for a mention, a reference, a command or a link, and how long a text may be.
// Each forge has a value of its own. Who writes for a forge picks its value once, and escapes with the value's methods alone.
type Dialect struct {
	// MaxBody is how many bytes a comment, or one text of a check, may have. It leaves room below the forge's own limit.
	MaxBody int

	// active are the characters that are escaped wherever they stand, leading those that are escaped at the start of a text.
	active, leading string
	// splits reports whether a breaker belongs into s at i, after the character c, because the forge would link what stands there.
	splits func(s string, i int, c rune) bool
	// commands is true where a line that begins with a slash is a command to the forge.
	commands bool
	// suggests is what a fence has behind its ticks when it offers other lines for so many; empty when it cannot.
	suggests func(lines int) string
}

// GitHub is GitHub-flavoured Markdown. GitHub takes 65,536 characters in a comment and 65,535 in a text of a check.
var GitHub = Dialect{
	MaxBody: 60_000,
	active:  "\\`*_[]|~$#",
	leading: "-+=",
	splits:  splitsForGitHub,
	// https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request
	suggests: func(int) string { return "suggestion" },
}

// GitLab is GitLab-flavoured Markdown. GitLab takes 1,000,000 characters in a note. It looks for references in what is
// left of a text when escapes are undone, so each is split as well.
// https://docs.gitlab.com/user/markdown/#gitlab-specific-references
// https://docs.gitlab.com/user/project/quick_actions/
var GitLab = Dialect{
	MaxBody:  60_000,
	active:   "\\`*_[]|~$#",
	leading:  "-+=/",
	splits:   splitsForGitLab,
	commands: true,
	// https://docs.gitlab.com/user/project/merge_requests/reviews/suggestions/: the comment stands at the last of the lines.
	suggests: func(lines int) string {
		if lines < 1 || lines > 101 {
			return ""
		}
		return fmt.Sprintf("suggestion:-%d+0", lines-1)
	},
}

// splitsForGitLab breaks what GitHub's does, and GitLab's own references: to requests, labels, milestones, snippets,
// epics, iterations and the like, its marks of differences, and math.
func splitsForGitLab(s string, i int, c rune) bool {
	rest := s[i:]
	switch c {
	case '!', '&', '^':
		return rest != "" && word(rest)
	case '~', '%':
		return rest != "" && rest[0] != ' '
	case '$':
		return true // a code span behind it would be a formula
	case '-':
		if digit(rest) && i >= 3 && strings.EqualFold(s[i-3:i-1], "GL") {
			return true
		}
	case '[':
		return rest != "" && (strings.ContainsRune("[_+-", rune(rest[0])) || named.MatchString(rest))
	case '{':
		return rest != "" && (rest[0] == '+' || rest[0] == '-')
	case '*':
		return strings.HasPrefix(rest, "iteration:")
	}
	return splitsForGitHub(s, i, c)
}

// named finds "TOC]" and the names of kinds, as in "[vulnerability:1]".
var named = lazyregexp.New(`^(?i:toc\]|[a-z_]+:)`)

// Suggestion is the block with a button that puts code in the place of so many lines, the last of which the comment
// stands at. The code stays as it is, and the fence is longer than any in it; ok is false where that cannot be offered
// safely.
func (d Dialect) Suggestion(code string, lines int) (block string, ok bool) {
	kind := d.suggests(lines)
	if kind == "" || d.commands && command.MatchString(code) {
		return "", false
	}
	fence := strings.Repeat("`", max(3, longest(code)+1))
	if code != "" && !strings.HasSuffix(code, "\n") {
		code += "\n"
	}
	return fence + kind + "\n" + code + fence, true
}

// command finds a line that a forge may take for a command. What of a fence is code is not the same to every version.
var command = lazyregexp.New("(?m)(?:^|[\r\u2028\u2029])[ \t]*/\\w")

// still moves lines that may be commands away from the start of the line.
func (d Dialect) still(s string) string {
	if !d.commands {
		return s
	}
	return slashes.ReplaceAllString(s, " $0")
}

var slashes = lazyregexp.New(`(?m)^/`)

// splitsForGitHub breaks mentions, references to issues and commits, and addresses.
func splitsForGitHub(s string, i int, c rune) bool {
	rest := s[i:]
	switch c {
	case '@', '#':
		return rest != "" && word(rest)
	case ':':
		return strings.HasPrefix(rest, "//")
	case '-':
		return digit(rest) && i >= 3 && strings.EqualFold(s[i-3:i-1], "GH")
	case 'w', 'W':
		return strings.HasPrefix(rest, ".") && i >= 3 && strings.EqualFold(s[i-3:i], "www")
	}
	return commit(s, i)
}
