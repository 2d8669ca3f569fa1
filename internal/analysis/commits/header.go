package commits

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Header is a conventional header: type(scope)!: subject.
type Header struct {
	Type  string
	Scope string
	// Breaking is the "!".
	Breaking bool
	Subject  string
}

// Fault says why a header is not conventional. Kind is one of those of Problems.Header; Want is the same header put
// right, when that is plain.
type Fault struct{ Kind, Want string }

var (
	conventional    = lazyregexp.New(`^([A-Za-z][\w-]*)(\(([^()\r\n]+)\))?(!)?: +(\S.*)$`)
	prefix          = lazyregexp.New(`^[A-Za-z][\w-]*(\([^()]+\))?!?$`)
	emptyScope      = lazyregexp.New(`^([A-Za-z][\w-]*)\(\s*\)(!?)$`)
	bangBeforeScope = lazyregexp.New(`^([A-Za-z][\w-]*)!(\([^()]+\))!?$`)
	spaceInside     = lazyregexp.New(`^([A-Za-z][\w-]*)\s*(\([^()]+\))?\s*(!?)\s*$`)
	emojiCode       = lazyregexp.New(`^:[a-z0-9_+-]+:\s*`)
)

// maxRepairs is how many faults of one header are put right one after another; no header has more that can be.
const maxRepairs = 8

// ParseHeader reads a header without its line end; of several lines it is the first. The fault is nil when it is conventional.
func ParseHeader(line string) (Header, *Fault) { return parseHeader(line, maxRepairs) }

func parseHeader(line string, repairs int) (Header, *Fault) {
	line, _, _ = strings.Cut(line, "\n")
	line = strings.TrimRight(line, " \t\r")
	p := conventional.FindStringSubmatch(line)
	if p == nil {
		fault := diagnose(line)
		fault.Want = right(fault.Want, repairs)
		return Header{}, fault
	}
	if p[2] != "" && strings.TrimSpace(p[3]) == "" {
		return Header{}, &Fault{"empty_scope", p[1] + p[4] + ": " + p[5]}
	}
	return Header{Type: p[1], Scope: p[3], Breaking: p[4] != "", Subject: p[5]}, nil
}

// diagnose names the first thing that is wrong with a header that does not match.
func diagnose(line string) *Fault {
	if line == "" {
		return &Fault{"empty", ""}
	}
	if rest := strings.TrimLeft(line, " \t"); rest != line {
		return &Fault{"leading_space", rest}
	}
	if rest := trimEmoji(line); rest != line {
		return &Fault{"emoji", rest}
	}
	left, after, ok := strings.Cut(line, ":")
	if !ok {
		return diagnoseColon(line)
	}
	if strings.TrimSpace(after) == "" && prefix.MatchString(left) {
		return &Fault{"empty_subject", ""}
	}
	subject := strings.TrimSpace(after)
	switch {
	case prefix.MatchString(left) && !strings.HasPrefix(after, " "):
		return &Fault{"no_space", left + ": " + subject}
	case prefix.MatchString(left):
		return &Fault{"two_spaces", left + ": " + subject}
	case emptyScope.MatchString(left):
		return &Fault{"empty_scope", emptyScope.ReplaceAllString(left, "$1$2") + ": " + subject}
	case bangBeforeScope.MatchString(left):
		return &Fault{"bang_before_scope", bangBeforeScope.ReplaceAllString(left, "$1$2!") + ": " + subject}
	case spaceInside.MatchString(left):
		return &Fault{"space_before", spaceInside.ReplaceAllString(left, "$1$2$3") + ": " + subject}
	case strings.ContainsAny(left, "()"):
		return &Fault{"scope_form", ""}
	case strings.Contains(left, " "):
		return &Fault{"no_type", ""}
	}
	return &Fault{"bad_type", ""}
}

// diagnoseColon is for headers without a colon: a full-width one, one that was forgotten, or prose.
func diagnoseColon(line string) *Fault {
	if i := strings.Index(line, "："); i > 0 && prefix.MatchString(strings.TrimSpace(line[:i])) {
		return &Fault{"wide_colon", strings.TrimSpace(line[:i]) + ": " + strings.TrimSpace(line[i+len("："):])}
	}
	word, rest, _ := strings.Cut(line, " ")
	if rest = strings.TrimSpace(rest); rest != "" && (strings.Contains(word, "(") || isPresetType(word)) && prefix.MatchString(word) {
		// "fix typo" is a sentence: its verb stays. "fix(cart) typo" and "docs typo" are headers whose colon was forgotten.
		if slices.Contains(verbs, strings.ToLower(word)) {
			rest = strings.ToLower(word) + " " + rest
		}
		return &Fault{"no_colon", word + ": " + rest}
	}
	return &Fault{"no_type", ""}
}

// right returns a proposed header, put right in turn when something else is wrong with it too; nothing when that is not plain.
func right(header string, repairs int) string {
	if header == "" || repairs == 0 {
		return ""
	}
	if _, f := parseHeader(header, repairs-1); f != nil {
		return f.Want
	}
	return header
}

// trimEmoji removes pictures and :codes: in front of a header.
func trimEmoji(s string) string {
	for {
		before := s
		if loc := emojiCode.FindStringIndex(s); loc != nil {
			s = s[loc[1]:]
		}
		for s != "" {
			r, n := utf8.DecodeRuneInString(s)
			picture := r > 0x7f && (r == zwj || unicode.In(r, unicode.So, unicode.Sk, unicode.Mn, unicode.Me))
			if !picture && (r != ' ' || s == before) {
				break
			}
			s = s[n:]
		}
		if s == before {
			return s
		}
	}
}

// presetTypes are the types of the conventional preset, used to recognise a forgotten colon.
var presetTypes = []string{"build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"}

// verbs are the types that are verbs too.
var verbs = []string{"build", "fix", "refactor", "revert", "test"}

func isPresetType(word string) bool {
	return slices.Contains(presetTypes, strings.ToLower(strings.TrimSuffix(word, "!")))
}
