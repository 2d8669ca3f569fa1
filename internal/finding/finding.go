// Package finding is what a rule says about a change: the finding, its severity and place, and a fingerprint that outlives line shifts.
// It also holds the modes by which a rule is rolled out. It does no I/O.
package finding

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/text"
)

// Severity is how bad a finding is. Only an error can block, and only in mode enforce.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Notice  Severity = "notice"
)

// Mode is how far a rule is rolled out.
type Mode string

// The modes, least first: off is not evaluated, shadow is recorded but not shown, warn is shown, enforce blocks.
const (
	Off     Mode = "off"
	Shadow  Mode = "shadow"
	Warn    Mode = "warn"
	Enforce Mode = "enforce"
)

// ParseMode reads a mode. The error names the four.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Off, Shadow, Warn, Enforce:
		return m, nil
	}
	return "", fmt.Errorf("mode %q is not one of off, shadow, warn, enforce", s)
}

// Cap returns the lesser of m and limit: shadow capped at warn is shadow, enforce capped at warn is warn.
func (m Mode) Cap(limit Mode) Mode {
	if m.rank() > limit.rank() {
		return limit
	}
	return m
}

// AtLeast returns the greater of m and limit: shadow at least warn is warn.
func (m Mode) AtLeast(limit Mode) Mode {
	if m.rank() < limit.rank() {
		return limit
	}
	return m
}

func (m Mode) rank() int {
	switch m {
	case Off:
		return 0
	case Shadow:
		return 1
	case Warn:
		return 2
	default:
		return 3
	}
}

// Finding is one thing a rule says. The JSON names are those of the published contract of "lintel check --format json".
type Finding struct {
	// Rule is "family/name".
	Rule     string   `json:"rule"`
	Family   string   `json:"family"`
	Severity Severity `json:"severity"`
	Mode     Mode     `json:"mode"`
	// Blocking is true when this finding alone makes the conclusion a failure.
	Blocking bool `json:"blocking"`
	// Path is relative to the repository's root with forward slashes; empty for the change as a whole.
	Path string `json:"path"`
	// Line and EndLine are lines of the head, from 1; 0 is the whole file (or the whole change when Path is empty).
	Line    int `json:"line"`
	EndLine int `json:"end_line"`
	// Title is the rule's own one-line name of the problem; Message says what is wrong here; Remedy what to do next.
	// Plain text, untrusted parts unescaped.
	Title   string `json:"title"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
	// Docs is an absolute link to the rule's page.
	Docs        string      `json:"docs"`
	Fingerprint Fingerprint `json:"fingerprint"`
	// Source is the tool that found it, nil for what Lintel found itself. Suggestion is what the lines could be
	// instead; nil when there is none.
	Source     *Source     `json:"source,omitempty"`
	Suggestion *Suggestion `json:"suggestion,omitempty"`
	// Subject is what the finding is about beside its place (a commit, an owner, a team), part of the fingerprint and not shown.
	Subject string `json:"-"`
}

// Source is a tool whose finding this is.
type Source struct {
	Tool string `json:"tool"`
	Rule string `json:"rule"`
	// Help is the address of the rule's page at a known site; empty when there is none.
	Help string `json:"help"`
}

// Suggestion replaces the lines Line to EndLine of the head, both included, by Text. It applies exactly to the head
// that was judged. Text ends with a newline unless it is empty, which removes the lines.
type Suggestion struct {
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Text    string `json:"text"`
}

// Fingerprint names a finding across pushes. It is "sha256:hex" of rule, path and subject, and of the occurrence among equal ones;
// it holds no line number and no prose, so a moved line or a reworded message keeps it.
type Fingerprint string

// Mark sets the fingerprint of every finding. Equal (rule, path, subject) triples are told apart by their order in the slice,
// so callers sort first.
func Mark(findings []Finding) {
	seen := map[string]int{}
	for i := range findings {
		f := &findings[i]
		key := strings.Join([]string{f.Rule, f.Path, f.Subject}, "\x00")
		n := seen[key]
		seen[key] = n + 1
		f.Fingerprint = Fingerprint(text.Digest(fmt.Appendf(nil, "%s\x00%d", key, n)))
	}
}
