// Package advise asks a language model about a change and lets through only what exact checks hold to the diff. It
// decides nothing: what it makes cannot pass or fail a change, and whoever runs it needs a model and no forge.
//
// Callers may rely on: equal inputs and equal answers give equal advice; the questions that look for findings hold no
// title, body, author, branch or commit message; nothing is sent unredacted, or of a path that is not to be sent; a
// failing model gives advice that says what was not read, never an error.
package advise

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
)

// Model answers one question. Every error is an llm.Problem or that of the context.
type Model interface {
	Ask(ctx context.Context, r llm.Request) (llm.Answer, error)
}

// Redactor replaces what looks like a secret by a placeholder such as <SECRET_1>, and says how many it replaced. The
// same secret has the same placeholder in all texts of one Redactor; the number of lines stays. It fails closed: what
// it could not look at is an error.
type Redactor interface {
	Redact(path, text string) (redacted string, secrets int, err error)
}

// Tools are what Advise works with. None may be nil.
type Tools struct {
	Model    Model
	Redactor Redactor
	// Fences is at least 16 bytes of chance, new for each look: nobody who writes a diff can know the marks that will stand around it.
	Fences []byte
}

// Input is all that advice depends on beside the model's answers. It is plain data, so that one process can prepare it
// and another, without a forge's credentials, can work on it; prepare.Input makes it.
type Input struct {
	Version int `json:"version"`
	// Head and MergeBase are the ends of the diff.
	Head      string `json:"head"`
	MergeBase string `json:"merge_base"`
	// Files are those of the diff. What Excluded names has no lines here.
	Files []diff.File `json:"files"`
	// Excluded says of each path that no model may read why.
	Excluded map[string]string `json:"excluded"`
	// Gaps says what of the diff could not be read at all.
	Gaps []string `json:"gaps"`
	// Contents are files at the head by path, as far as they were read: they hold suggestions and skeletons to the file they change.
	Contents map[string]string `json:"contents"`
	// Title and Body are seen by the summary alone.
	Title string `json:"title"`
	Body  string `json:"body"`
	// Facts are what the rules and reports found, heaviest first; with ids.
	Facts []advice.Fact `json:"facts"`
	// Measured is true when a coverage report of the head was read: without one nothing is said of missing tests.
	Measured bool `json:"measured"`
	// Findings are those that people see, without their words; no draft repeats them.
	Findings []finding.Finding `json:"findings"`
	// Guidance is the repository's own words to reviewers, from the base.
	Guidance string `json:"guidance"`
	// Names are paths and identifiers of the repository beyond the diff that a draft may name.
	Names []string `json:"names"`

	// Previous is the last advice on this change, nil at the first look. Known are all drafts ever made on it and what became of them.
	Previous     *advice.Advice       `json:"previous"`
	Known        []advice.Known       `json:"known"`
	Suppressions []advice.Suppression `json:"suppressions"`

	Options Options `json:"options"`
	// Now is when the look is made; it ends suppressions and nothing else.
	Now time.Time `json:"now"`
}

// Options are the settings and the model's measures. Those of the model (Window, MaxOutput, TokenRatio) may be set
// late, by whoever knows it.
type Options struct {
	// Summary, Comments and Tests switch the parts. Without all three nothing is asked.
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
	// MaxOutput is the most tokens of one answer.
	MaxOutput int `json:"max_output"`
	// MaxCalls is the most questions of one look, repairs included.
	MaxCalls int `json:"max_calls"`
	// TokenRatio is real tokens for each that we estimate (a third of the bytes), by what was observed of the model; 1
	// when nothing is known.
	TokenRatio float64 `json:"token_ratio"`
}

// InputVersion is that of Input's JSON form.
const InputVersion = 1
