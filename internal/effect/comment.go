package effect

import "fmt"

// Side says which version of a file a line is of.
type Side string

// The sides, in the forge's words: Right is the head, Left the merge base (lines that the change deletes).
const (
	Right Side = "RIGHT"
	Left  Side = "LEFT"
)

// InlineComment is one inline review comment, which is one thread on the forge. A change has at most one for each
// Fingerprint: it is made once and edited in place, whatever happens to its lines. It never approves, requests changes
// or belongs to a review that the forge weighs.
type InlineComment struct {
	// Fingerprint names what it is about across pushes: the finding's fingerprint, without line number and prose.
	Fingerprint string `json:"point"`
	About       About  `json:"about"`
	// SHA is the head that Path and lines are of.
	SHA  string `json:"sha"`
	Path string `json:"path"`
	Side Side   `json:"side"`
	// StartLine and Line are its first and last line; equal for one line.
	StartLine int `json:"start_line"`
	Line      int `json:"line"`
	// Body is Markdown, already escaped and within the forge's limits, without the hidden marker and the suggestion.
	Body string `json:"body"`
	// Suggestion replaces the lines when somebody commits it on the forge; nil for none, empty to delete them. Only for
	// Right.
	Suggestion *string `json:"suggestion,omitempty"`
	// Draft is true while it waits for a person who releases it: it is kept and not carried out.
	Draft bool `json:"draft,omitempty"`
	// AddressedIn is the commit in which the quoted code is gone; then the comment says so and the thread is resolved,
	// where the forge lets us.
	AddressedIn string `json:"addressed_in,omitempty"`
	// Edits is the forge's id of the comment to edit; empty makes a new one. Thread is that of the thread which the comment
	// began, where it has one of its own.
	Edits  ID `json:"edits,omitempty"`
	Thread ID `json:"thread,omitempty"`
}

// About is the finding of an inline comment, for outcomes, lists and suppressions. Plain data, never shown unescaped.
type About struct {
	// Origin is "rule" or "advice".
	Origin string `json:"origin"`
	// Rule is the rule's id, or "advice/CATEGORY".
	Rule     string `json:"rule"`
	Category string `json:"category,omitempty"`
	Severity string `json:"severity"`
	// Symbol encloses the lines; empty when none is known.
	Symbol string `json:"symbol,omitempty"`
	// Code is the digest of the quoted code in its normal form, by which a moved finding is known again.
	Code string `json:"code,omitempty"`
	// Title is one line of plain text.
	Title string `json:"title,omitempty"`
}

// The origins of a finding.
const (
	FromRule   = "rule"
	FromAdvice = "advice"
)

// Check reports what is wrong with the place; nil when it can be posted.
func (r InlineComment) Check() error {
	switch {
	case r.Fingerprint == "" || r.SHA == "" || r.Path == "" || r.Body == "":
		return fmt.Errorf("inline comment %q lacks a fingerprint, a commit, a path or a body", r.Fingerprint)
	case r.Side != Right && r.Side != Left:
		return fmt.Errorf("inline comment %q is on side %q", r.Fingerprint, r.Side)
	case r.StartLine < 1 || r.Line < r.StartLine:
		return fmt.Errorf("inline comment %q is on lines %d to %d", r.Fingerprint, r.StartLine, r.Line)
	case r.Suggestion != nil && r.Side != Right:
		return fmt.Errorf("inline comment %q suggests a change of lines that are gone", r.Fingerprint)
	}
	return nil
}

// InvalidPosition says that the forge takes no inline comment here, or lets it be edited no longer: its lines are not
// part of the diff that the forge shows, or somebody deleted the comment. The comment is dropped with the reason;
// nothing else is.
type InvalidPosition struct {
	Reason string
	Err    error
}

func (e *InvalidPosition) Error() string { return e.Reason }

// Unwrap returns the forge's own error.
func (e *InvalidPosition) Unwrap() error { return e.Err }
