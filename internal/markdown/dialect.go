package markdown

import "strings"

// Dialect is how one forge reads Markdown: what it takes for a mention, a reference, a command or a link, and how long a text may be.
// Each forge has a value of its own. Who writes for a forge picks its value once, and escapes with the value's methods alone.
type Dialect struct {
	// MaxBody is how many bytes a comment, or one text of a check, may have. It leaves room below the forge's own limit.
	MaxBody int

	// active are the characters that are escaped wherever they stand, leading those that are escaped at the start of a text.
	active, leading string
	// splits reports whether a breaker belongs into s at i, after the character c, because the forge would link what stands there.
	splits func(s string, i int, c rune) bool
}

// GitHub is GitHub-flavoured Markdown. GitHub takes 65,536 characters in a comment and 65,535 in a text of a check.
var GitHub = Dialect{
	MaxBody: 60_000,
	active:  "\\`*_[]|~$#",
	leading: "-+=",
	splits:  splitsForGitHub,
}

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
