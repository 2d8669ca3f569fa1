package churn

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// A verb may stand behind up to three of "fix(cart)!:", "net/http:", "[core]" and "GH-12: [C++]".
var (
	// typed is the type of a conventional commit that is a fix by itself: "fix: ...", "bugfix(cart): ...".
	typed = lazyregexp.New(`(?i)^(?:\[[^\]]{0,40}\] *)?(?:bug|hot)?fix(?:es|ed)?(?:\([^)]{0,60}\))?!?:`)
	fixes = lazyregexp.New(`(?i)^(?:(?:[\w./#@+-]{1,40}(?:\([^)]{0,60}\))?!?: *|\[[^\]]{0,40}\]:? *){0,3})` +
		`(?:bug ?fix|hot ?fix|fix(?:es|ed|ing)?|repair(?:s|ed)?|correct(?:s|ed)?)\b`)
	reverts = lazyregexp.New(`(?i)^(?:(?:[\w./#@+-]{1,40}(?:\([^)]{0,60}\))?!?: *|\[[^\]]{0,40}\]:? *){0,3})` +
		`"?(?:revert(?:s|ed)?|back ?out|roll ?back)\b`)
	// apart are fixes of what does not run in production: prose, tests, style and the CI.
	apart = lazyregexp.New(`(?i)^(?:[\w./-]{1,40}\()?(?:docs?|tests?|testing|ci|build|style|lint|deps?|examples?|bench)\)?!?:` +
		`|\((?:docs?|tests?|testing|ci|build|style|lint|deps?|examples?|bench)\)!?:` +
		`|\b(?:typos?|misspell\w*|spelling|grammar|lint\w*|flak[ey]\w*|tests?|docs?|documentation|docstrings?|javadocs?` +
		`|changelog|readme|formatting|whitespace|code ?style|cs|naming|ci|benchmarks?|vet|clippy|rubocop|codeql|links?` +
		`|phpstan|psalm|mypy|baselined?|nits?)\b`)
	mergeOfPull = lazyregexp.New(`^(?:Merge pull request #|Merge #|Auto merge of #|Merge PR #)\d`)
)

// Title is the first line of a message; of the merge of a change, the change's own title.
func Title(message string) string {
	header, rest, _ := strings.Cut(strings.TrimLeft(message, "\r\n"), "\n")
	if mergeOfPull.MatchString(header) {
		for line := range strings.SplitSeq(rest, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				return line
			}
		}
	}
	return strings.TrimSpace(header)
}

// Fixes reports whether a message says that it fixes what the program does. Fixes of prose, tests, style and CI are
// none, and a revert is none.
func Fixes(message string) bool {
	title := Title(message)
	return (typed.MatchString(title) || fixes.MatchString(title)) && !reverts.MatchString(title) && !apart.MatchString(title)
}

// back is how a title begins of a change that brings in what was there before, or stands on another branch.
var back = lazyregexp.New(`(?i)^(?:\S{1,40}: |\[[^\]]{0,40}\]:? )?` +
	`(?:revert|reland|re-land|back ?port|cherry[- ]pick|add back|bring back)\b|^(?:\[[^\]]{0,40}\]:? )?merge\b`)

// BringsBack reports whether a message says that what it brings was there before, or stands on another branch: a revert,
// a backport, a merge of branches. It was reviewed where it came from.
func BringsBack(message string) bool { return back.MatchString(Title(message)) }

// Reverts reports whether a message says that it takes something back.
func Reverts(message string) bool { return reverts.MatchString(Title(message)) }
