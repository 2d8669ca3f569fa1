package commits

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/settings"
)

// proposal is a header as it should be, or nothing where that is not plain. What is proposed passes every rule on
// headers: a person who takes it is not refused the next time.
func proposal(header string, fault *Fault, opt settings.Commits) string {
	want := fault.Want
	if want == "" && fault.Kind == "no_type" && opt.Style == settings.StyleConventional {
		want = typed(header)
	}
	if want == "" {
		return ""
	}
	if want = polished(want, opt); passes(want, opt) {
		return want
	}
	return ""
}

// typed puts a type in front of prose that begins with a verb that says which: "Fix typo" is a fix. The verb stays,
// since the subject is a sentence.
func typed(header string) string {
	word, rest := firstWord(header)
	if rest == "" {
		return ""
	}
	small := strings.ToLower(word)
	var kind string
	switch small {
	case "fix", "fixes", "fixed", "fixing":
		kind = "fix"
	case "refactor", "refactors", "refactored", "refactoring":
		kind = "refactor"
	case "add", "adds", "added", "adding", "implement", "implements", "implemented", "introduce", "introduces", "introduced":
		kind = "feat"
	default:
		return ""
	}
	text := strings.TrimSpace(header)
	return kind + ": " + small + strings.TrimPrefix(text, word)
}

// polished takes away what other rules would refuse in a proposal: a type in capitals, one that is meant by another
// name, a capital verb, a full stop.
func polished(header string, opt settings.Commits) string {
	h, fault := readHeader(header, opt)
	if fault != nil || h.Subject == "" {
		return header
	}
	subject := h.Subject
	if c, ok := caseOf(subject, opt.SubjectCase); ok && (c.Kind == "sentence" || c.Kind == "start") {
		subject = c.Want + strings.TrimPrefix(subject, c.Word)
	}
	if strings.HasSuffix(subject, ".") && !strings.HasSuffix(subject, "...") {
		subject = strings.TrimRight(strings.TrimSuffix(subject, "."), " ")
	}
	front := strings.TrimSuffix(header, h.Subject)
	if opt.Style == settings.StyleConventional && h.Type != "" {
		at := strings.Index(front, h.Type)
		kind := h.Type
		if opt.TypeCase != "any" {
			kind = strings.ToLower(kind)
		}
		if len(opt.Types) > 0 && !slices.Contains(opt.Types, kind) {
			if near := nearestType(strings.ToLower(kind), opt.Types); near != "" {
				kind = near
			}
		}
		front = front[:at] + kind + front[at+len(h.Type):]
	}
	return front + subject
}

// passes holds a header to all rules on headers.
func passes(header string, opt settings.Commits) bool {
	if utf8.RuneCountInString(header) > maxExcerpt {
		return false // it would be cut where it is shown
	}
	if kind, _ := unfinished(header); kind != "" {
		return false
	}
	if _, ok := findHidden(header); ok {
		return false
	}
	if _, fault := readHeader(header, opt); fault != nil {
		return false
	}
	p := none()
	judgeHeader(header, opt, Problem{Where: "commit"}, &p)
	return len(p.Header)+len(p.Type)+len(p.Scope)+len(p.Subject)+len(p.SubjectCase)+len(p.HeaderLength) == 0
}
