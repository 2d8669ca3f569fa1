package advice

import "time"

// Side says which version of a file a line belongs to.
type Side string

// The sides. Left is the base: deleted lines.
const (
	Right Side = "right"
	Left  Side = "left"
)

// Category is what a draft is about.
type Category string

// The categories.
const (
	Correctness   Category = "correctness"
	Security      Category = "security"
	Concurrency   Category = "concurrency"
	Errors        Category = "error_handling"
	Performance   Category = "performance"
	Compatibility Category = "compatibility"
	Testing       Category = "tests"
	Clarity       Category = "clarity"
)

// Categories are all of them.
func Categories() []Category {
	return []Category{Correctness, Security, Concurrency, Errors, Performance, Compatibility, Testing, Clarity}
}

// Draft is a comment that may be made. Its lines hold Code, word for word, at the head that the advice was made for.
type Draft struct {
	// Key names it for good: it holds no line number and no prose, and outlives moved lines, rebases and renames.
	Key      Fingerprint `json:"key"`
	Category Category    `json:"category"`
	Level    Level       `json:"level"`
	Path     string      `json:"path"`
	Side     Side        `json:"side"`
	// Start and End are lines of that side, from 1, both included.
	Start int `json:"start"`
	End   int `json:"end"`
	// Symbol is the enclosing function or type, as far as it is known.
	Symbol string `json:"symbol"`
	// Code is the quoted text, lines joined by a line end.
	Code string `json:"code"`
	// Message is plain text in which `back-ticks` mark code.
	Message string `json:"message"`
	// Suggestion replaces the lines Start to End of the right side; nil when there is none that applies and parses.
	// Without text it deletes them.
	Suggestion *string `json:"suggestion"`
	// Facts are the ids of the facts it cites.
	Facts []string `json:"facts"`
	// Relocated is true when the quoted text stood elsewhere in the hunk than where the model said.
	Relocated bool `json:"relocated"`
	// Explains is the fingerprint of the rule's finding that it belongs to; such a draft is a note and never a comment of its own.
	Explains string `json:"explains"`
	State    State  `json:"state"`
}

// State is where a draft stands in its life.
type State string

// The states. Open is new with this look, Carried stands from an earlier one and is not said again. Fixed: the quoted
// code is gone or changed. Dismissed: a person said no. Suppressed: people have said no to its like. Stale: it cannot
// be told any more whether it holds.
const (
	Open       State = "open"
	Carried    State = "carried"
	Fixed      State = "fixed"
	Dismissed  State = "dismissed"
	Suppressed State = "suppressed"
	Stale      State = "stale"
)

// Fingerprint names a draft across pushes: "sha256:hex".
type Fingerprint string

// Known is a draft of an earlier look and what became of it: what the store keeps of each, and hands in at the next look.
type Known struct {
	Draft Draft `json:"draft"`
	// Hash is that of the quoted code alone, by which it is found again elsewhere.
	Hash string `json:"hash"`
	// State is Open or Carried while the comment stands; By and Reason say who dismissed it and why.
	State  State  `json:"state"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Settled is an earlier draft whose state a look has ended.
type Settled struct {
	Key   Fingerprint `json:"key"`
	State State       `json:"state"`
	// Head is the commit at which it was seen to have ended.
	Head string `json:"head"`
	// Reason says how that is known: "the quoted code is gone".
	Reason string `json:"reason"`
}

// Suppression keeps drafts of one sort from being made again in a repository. It is made by people's dismissals, is
// shown to them, and ends.
type Suppression struct {
	Category Category `json:"category"`
	// Symbol and Path narrow it; empty is any. Path is a pattern as in .gitignore.
	Symbol string `json:"symbol"`
	Path   string `json:"path"`
	// By are the people whose dismissals made it, sorted.
	By      []string  `json:"by"`
	Reason  string    `json:"reason"`
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
}

// Dismissal is one person's "no" to a draft.
type Dismissal struct {
	Key    Fingerprint `json:"key"`
	By     string      `json:"by"`
	Reason string      `json:"reason"`
	At     time.Time   `json:"at"`
	// Category, Symbol, Path and Level are the draft's.
	Category Category `json:"category"`
	Symbol   string   `json:"symbol"`
	Path     string   `json:"path"`
	Level    Level    `json:"level"`
}
