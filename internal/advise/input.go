// Package advise asks a language model about a change and keeps only answers that pass exact checks against the diff. It
// decides nothing: its result cannot pass or fail a change. It needs a model and no forge.
//
// Callers may rely on: equal inputs and equal answers give equal advice; the questions that look for findings hold no
// title, body, author, branch or commit message; nothing is sent unredacted, or from an excluded path; a
// failing model gives advice that says what was not read, never an error.
package advise

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/risk"
)

// Model answers one question. Every error is an llm.Problem or that of the context.
type Model interface {
	Ask(ctx context.Context, r llm.Request) (llm.Answer, error)
}

// Redactor replaces what looks like a secret by a placeholder such as <SECRET_1>, and says how many it replaced. The
// same secret has the same placeholder in all texts of one Redactor; the number of lines stays. It fails closed: a text
// that it could not search is an error.
type Redactor interface {
	Redact(path, text string) (redacted string, secrets int, err error)
}

// Tools are what Advise works with. None may be nil.
type Tools struct {
	Model    Model
	Redactor Redactor
	// Fences are at least 16 random bytes, new for each look: nobody who writes a diff can know the marks around it.
	Fences []byte
}

// Input is everything that advice depends on besides the model's answers. It is plain data, so that one process can
// prepare it and another, without a forge's credentials, can ask the model; prepare.Input makes it.
type Input struct {
	Version int `json:"version"`
	// Head and MergeBase are the ends of the diff.
	Head      string `json:"head"`
	MergeBase string `json:"merge_base"`
	// Files are the files of the diff. An excluded one has no lines here.
	Files []diff.File `json:"files"`
	// Excluded gives the reason for each path that no model may read.
	Excluded map[string]string `json:"excluded"`
	// Gaps are the parts of the diff that could not be read.
	Gaps []string `json:"gaps"`
	// Contents are files at the head by path, as far as they were read. They prove suggestions and test skeletons.
	Contents map[string]string `json:"contents"`
	// Beside are unchanged files by path, as far as they may concern the change: they declare what it uses, or use what it
	// changes. Callers leave out those that no model may read.
	Beside map[string]string `json:"beside"`
	// Title and Body are for the summary alone.
	Title string `json:"title"`
	Body  string `json:"body"`
	// Facts are what the rules and reports found, heaviest first, with ids.
	Facts []advice.Fact `json:"facts"`
	// Risk is what the facts conclude of the whole change; nil where no facts were gathered, and then the weight of the
	// parts says how risky it is.
	Risk *risk.Facts `json:"risk,omitempty"`
	// Measured is true when a coverage report of the head was read. Without one, advice says nothing about missing tests.
	Measured bool `json:"measured"`
	// Findings are the visible findings, without their texts; no draft repeats them.
	Findings []finding.Finding `json:"findings"`
	// Guidance is the repository's own words to reviewers, from the base.
	Guidance string `json:"guidance"`
	// Guides are the repository's texts to reviewers, at the base. Callers leave out those that no model may read.
	Guides []advice.Guide `json:"guides"`
	// Names are paths and identifiers of the repository beyond the diff that a draft may name.
	Names []string `json:"names"`

	// Previous is the last advice on this change, nil at the first look. Known are all drafts ever made on it and what became of them.
	Previous     *advice.Advice       `json:"previous"`
	Known        []advice.Known       `json:"known"`
	Suppressions []advice.Suppression `json:"suppressions"`

	Options Options `json:"options"`
	// Now is the time of the look; it only ends suppressions.
	Now time.Time `json:"now"`
}

// Options are the settings and the model's measures. Those of the model (Window, MaxOutput, TokenRatio) may be set
// later, by the caller who knows them.
type Options struct {
	// Summary, Comments and Tests switch the parts on. Without all three, nothing is asked.
	Summary  bool `json:"summary"`
	Comments bool `json:"comments"`
	Tests    bool `json:"tests"`
	// Language is the BCP 47 tag of the language that people read.
	Language string `json:"language"`
	// MaxComments is the most new comments of a look, PerFile of one file.
	MaxComments int `json:"max_comments"`
	PerFile     int `json:"per_file"`
	// Least is the lowest level of a comment; lighter ones are folded into the summary.
	Least advice.Level `json:"least"`
	// NeverSend are patterns, as in .gitignore, of paths that no model may read.
	NeverSend []string `json:"never_send"`
	// Window is the model's context in tokens; PromptTokens the most that one question may take of it, whatever the model can.
	Window       int `json:"window"`
	PromptTokens int `json:"prompt_tokens"`
	// ContextTokens is the most tokens of a question for what stands around the hunks; 0 shows the diff alone.
	ContextTokens int `json:"context_tokens"`
	// MaxOutput is the most tokens of one answer.
	MaxOutput int `json:"max_output"`
	// MaxCalls is the most questions of one look; each may be repaired once.
	MaxCalls int `json:"max_calls"`
	// TokenRatio is the number of real tokens for each estimated one (a third of the bytes), as observed of the model; 1
	// when it is unknown.
	TokenRatio float64 `json:"token_ratio"`
}

// InputVersion is that of Input's JSON form.
const InputVersion = 1
