// Package advice is what a language model's review of a change came to, after exact checks, as values to be stored and
// shown: a summary, risk, a reading order, draft comments, missing tests, and the account of what was read. It has no
// field that can pass or fail a change; a test holds it to that.
//
// Callers may rely on: it is plain JSON with a version; a list is never null once it was made by package advise; every
// text is plain text, cleaned of what cannot be seen and bounded, yet untrusted: whoever shows it escapes it; a line
// that a draft points at was in the diff of Head, word for word.
package advice

import (
	"time"

	"github.com/lintel-review/lintel/internal/llm"
)

// Version is that of the JSON form. A field may be added within a version; a removed or changed one raises it.
const Version = 1

// Advice is one look's result.
type Advice struct {
	Version int `json:"version"`
	// Reviewed says what exactly it was made of; an equal one needs no other look.
	Reviewed Reviewed `json:"reviewed"`
	// Extent says how much of the change was read. Only Whole is "read".
	Extent Extent `json:"extent"`
	// Models are the names of those that answered, sorted.
	Models []string `json:"models"`

	// Bullets are the summary, at most five, each of which cites files or facts.
	Bullets []Bullet `json:"bullets"`
	Risk    Risk     `json:"risk"`
	// Order is where to look first.
	Order []Stop `json:"order"`
	// Drafts are comments at lines, those that stand already (Carried) among them; at most five are Open.
	Drafts []Draft `json:"drafts"`
	// Notes are drafts that have no place of their own: beyond the caps, at unchanged lines, or on what a rule said
	// already. They go into the summary.
	Notes []Draft `json:"notes"`
	// Settled are earlier drafts whose state ended with this look.
	Settled []Settled `json:"settled"`
	Tests   Tests     `json:"tests"`

	// Facts and Files are what bullets, drafts and tests cite.
	Facts []Fact `json:"facts"`
	Files []File `json:"files"`
	// Ledger has every hunk of the change and whether it was read.
	Ledger []Entry `json:"ledger"`
	// NotRead says in words what was not read or not done, and why; empty only when Extent is Whole.
	NotRead []NotRead `json:"not_read"`
	// Gates counts what each gate dropped; Judged how many findings the model gave at all.
	Gates  map[Gate]int `json:"gates"`
	Judged int          `json:"judged"`
	Cost   Cost         `json:"cost"`
	// Problems are the model's failures, one for each call that got no answer of use.
	Problems []Problem `json:"problems"`
}

// Reviewed names what a look was made of: with equal patches, settings and prompts there is nothing to ask again.
type Reviewed struct {
	Head      string `json:"head"`
	MergeBase string `json:"merge_base"`
	// Patch names the patches without line numbers, so that a rebase keeps it. Config names the settings and guidance
	// that shape the questions, Facts what was known beside the patches, Prompt the questions' own version.
	Patch  string `json:"patch"`
	Config string `json:"config"`
	Facts  string `json:"facts"`
	Prompt string `json:"prompt"`
}

// Same reports whether an earlier look saw the same. Head and merge base may differ, as after a rebase.
func (r Reviewed) Same(o Reviewed) bool {
	return r.Patch != "" && r.Patch == o.Patch && r.Config == o.Config && r.Facts == o.Facts && r.Prompt == o.Prompt
}

// Extent is how much was read.
type Extent string

// The extents. Nothing is not a statement about the change.
const (
	Whole   Extent = "whole"
	Partial Extent = "partial"
	Nothing Extent = "nothing"
)

// Bullet is one sentence with what it rests on: paths of changed files and ids of facts; never neither.
type Bullet struct {
	Text  string   `json:"text"`
	Files []string `json:"files"`
	Facts []string `json:"facts"`
}

// Risk is how careful a reader should be. The level is computed from facts; a model can add reasons and cannot move it.
type Risk struct {
	Level   Level    `json:"level"`
	Reasons []Bullet `json:"reasons"`
}

// Level is a degree of risk or of a finding's weight.
type Level string

// The levels, lowest first.
const (
	Low    Level = "low"
	Medium Level = "medium"
	High   Level = "high"
)

// Rank orders levels; unknown ones are lowest.
func (l Level) Rank() int {
	switch l {
	case Low:
		return 1
	case Medium:
		return 2
	case High:
		return 3
	}
	return 0
}

// Stop is a file in reading order.
type Stop struct {
	Path string `json:"path"`
	// Line is where to begin, at the head; 0 for the file as a whole.
	Line int    `json:"line"`
	Why  string `json:"why"`
}

// File is a changed file as it can be cited.
type File struct {
	ID        string `json:"id"`
	Path      string `json:"path"`
	Additions int    `json:"additions"`
	Deletions int    `json:"deletions"`
}

// FactKind is what sort of thing a fact says.
type FactKind string

// The kinds of facts.
const (
	Uncovered FactKind = "uncovered"
	RuleSays  FactKind = "rule"
	LintSays  FactKind = "lint"
	CISays    FactKind = "ci"
)

// Fact is something that was concluded without a model, and that it may cite.
type Fact struct {
	ID   string   `json:"id"`
	Kind FactKind `json:"kind"`
	// Path, Side, Start and End are its place; Path is empty for the change as a whole, Start 0 for a whole file.
	Path  string `json:"path"`
	Side  Side   `json:"side"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Level Level  `json:"level"`
	Text  string `json:"text"`
	// Source is the rule's id, the linter or the report.
	Source string `json:"source"`
}

// Tests are what is missing, from uncovered changed lines alone.
type Tests struct {
	Cases []TestCase `json:"cases"`
	// Why says why there are none, when that is not because nothing is missing: "no coverage report arrived".
	Why string `json:"why"`
}

// TestCase is one missing test, at most three of which are told.
type TestCase struct {
	Path      string `json:"path"`
	Function  string `json:"function"`
	Behaviour string `json:"behaviour"`
	Input     string `json:"input"`
	Expected  string `json:"expected"`
	// Fact is the id of the uncovered lines that it would reach.
	Fact string `json:"fact"`
	// Skeleton is code of a test that parses and names the function; empty when there is none that does.
	Skeleton string `json:"skeleton"`
}

// Entry is one hunk in the ledger; a file without hunks has one entry with no lines.
type Entry struct {
	Path string `json:"path"`
	// The lines are those of the hunk's header.
	OldStart int `json:"old_start"`
	OldLines int `json:"old_lines"`
	NewStart int `json:"new_start"`
	NewLines int `json:"new_lines"`
	// Hunk names the content without its place; empty for what was left out before it was looked at.
	Hunk   string `json:"hunk"`
	Status Status `json:"status"`
	// Reason says in words why it was not read.
	Reason string `json:"reason"`
	// Score is its weight when hunks had to be chosen.
	Score int `json:"score"`
}

// Status is what became of a hunk.
type Status string

// The statuses. Guideline is a text of the repository to its reviewers, which has no lines. Kept is a hunk that an earlier
// look read with the same content and settings; OutOfScope one that is not for a model to read at all.
const (
	Read       Status = "read"
	Kept       Status = "kept"
	OutOfScope Status = "out_of_scope"
	OverBudget Status = "over_budget"
	Failed     Status = "failed"
	Guideline  Status = "guideline"
)

// Guide is a text of the repository for those who review it, as it is at the base.
type Guide struct {
	Path string `json:"path"`
	// Text is what a model is shown of it; empty when that is nothing.
	Text string `json:"text"`
	// Why says what was left out of it; empty when it is whole.
	Why string `json:"why"`
}

// NotRead is a part that was not read or not done.
type NotRead struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Gate is one of the exact checks between the model and people. The numbers are those of docs/advice.md.
type Gate string

// The gates. The comments are the table of docs/advice.md. Verified and Suppressed come after the exact ones: what the
// second question did not keep, and what people have dismissed.
const (
	// The keys of the schema, at most 64 KB and 20 findings. `claim`, `fact_ids` and `suggestion` may be absent. If no
	// finding can be read, Lintel asks once more; then the hunks count as not read.
	GateSchema Gate = "G1 schema"
	// Unknown keys are ignored and counted; nothing is dropped for them.
	GateKeys Gate = "G1 keys"
	// A file of this change that was shown; an old name is followed.
	GatePath Gate = "G2 path"
	// Both line ids were shown, on one side, in one hunk, in order. Else code of two words and more that stands once in what
	// was shown of the file gives the place.
	GateIDs Gate = "G3 ids"
	// The quoted code is the text at those ids, apart from white space, the diff's signs and a last line `...`. If it occurs
	// once elsewhere in the file, word for word, the finding moves there and says so.
	GateQuote Gate = "G4 quote"
	// At least one line is added or deleted, or stands next to such a line in the diff; else the finding goes into the
	// summary. A range that leaves the diff is cut to it.
	GateChanged Gate = "G5 changed"
	// Every name in back-ticks occurs in the diff, a changed file, an unchanged one that concerns it, or the facts. One that
	// the finding proposes need not: then it loses its back-ticks. If it is to be called, the finding goes into the summary.
	GateNames Gate = "G6 names"
	// "does not compile", "no such version", "no such method", "missing import", "no tests" rest on a cited fact of a rule,
	// a report or CI; "unused" is dropped where the name is used, "should be ..." where just that stands. A finding that
	// asks the reader to verify it goes into the summary.
	GateClaims Gate = "G7 claims"
	// A suggestion applies to the file at the head, repeats no neighbour, keeps its indentation, and the file still parses
	// (Go, JSON, YAML; elsewhere brackets must balance). Else the finding is shown without it.
	GateFix Gate = "G8 fix"
	// A finding does not repeat what a rule reports at these lines.
	GateOverlap Gate = "G9 overlap"
	// At most five comments, two in a file; the least severe are folded into the summary.
	GateCaps Gate = "G10 caps"
	// No HTML, images, links, hidden characters, mentions or closing keywords; searched for secrets; short.
	GateOutput Gate = "G11 output"
	// The second question verifies all remaining findings together. What it does not confirm is dropped, and everything when
	// it fails: nothing unverified is shown.
	GateVerified Gate = "verify"
	// People dismissed findings like it at this place.
	GateSuppressed Gate = "suppressed"
	// The comment stands there already, or was dismissed.
	GateRepeated Gate = "repeated"
)

// Cost is what was spent. A call is counted whether it got an answer of use or not.
type Cost struct {
	Calls int       `json:"calls"`
	Usage llm.Usage `json:"usage"`
	// Estimated is what we thought that the prompts of the answered calls would have; with Usage.In it corrects the next estimate.
	Estimated int `json:"estimated"`
	// MicroDollars is nil when a call had no price.
	MicroDollars *int64 `json:"micro_dollars,omitempty"`
	// Kept counts calls that were answered from earlier ones; they are not in Calls.
	Kept int `json:"kept"`
}

// Problem is a failure of the model, as it is kept.
type Problem struct {
	Purpose llm.Purpose `json:"purpose"`
	Kind    llm.Kind    `json:"kind"`
	Detail  string      `json:"detail"`
	// RetryAfter is in seconds; Resets is zero when there is no cap at work.
	RetryAfter int       `json:"retry_after"`
	Resets     time.Time `json:"resets"`
	// Passing says that another try may succeed without anybody acting.
	Passing bool `json:"passing"`
}
