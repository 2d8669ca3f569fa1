// Package llm is one question to a language model and its answer, as plain values: no vendor, no address and no key is in them.
// What can go wrong has a kind, so that callers degrade by rule and never by reading prose.
//
// Callers may rely on: every error of a model is a *Problem or that of an ended context; a Problem's text holds nothing
// of the prompt and no key; tokens that were spent are reported even when the answer is of no use.
package llm

import (
	"encoding/json"

	"github.com/lintel-review/lintel/internal/text"
)

// Limits of one exchange. An adapter cuts off what is larger: an answer beyond its limit is Broken, a prompt beyond its is TooLarge.
const (
	MaxPromptBytes = 2 << 20
	MaxAnswerBytes = 64 << 10
)

// Purpose is what a question is for. It chooses the model where the operator names several, and stands in ledgers.
type Purpose string

// The purposes. Repairs keep the purpose of the question that they repair.
const (
	Find   Purpose = "find"
	Verify Purpose = "verify"
	Sum    Purpose = "summary"
	Probe  Purpose = "probe"
	Judge  Purpose = "judge"
)

// Request is one question.
type Request struct {
	Purpose Purpose `json:"purpose"`
	// System is ours alone; User holds fenced text of others.
	System string `json:"system"`
	User   string `json:"user"`
	// Schema is the JSON Schema that the answer must meet, written by hand: every key required, no others allowed. Nil asks for free text.
	// Endpoints may ignore it, so whoever asks checks the answer again.
	Schema     json.RawMessage `json:"schema,omitempty"`
	SchemaName string          `json:"schema_name,omitempty"`
	// MaxOutput is the most tokens of the answer, reasoning included.
	MaxOutput int `json:"max_output"`
	// EstimateIn is about how many tokens the prompt has, for reservations.
	EstimateIn int `json:"estimate_in"`
	// Attempt is 0 for the first question and 1 for its repair.
	Attempt int `json:"attempt"`
	// Again is true for what is no new question: a retry, a repair or the fallback after a call that was counted. Caps on
	// questions leave it out.
	Again bool `json:"-"`
	// Key names the content of the question, without the random fences: an answer cached under it may be used
	// again. Empty is never cached. It does not name the model: the cache adds that.
	Key string `json:"key,omitempty"`
}

// Digest is "sha256:hex" of the whole request.
func (r Request) Digest() string { return text.DigestJSON(r) }

// Shared is the part of the later questions that begins as the first one does: what an endpoint that keeps the
// beginnings of prompts need not read again. 0 for fewer than two.
func Shared(asked []Request) float64 {
	if len(asked) < 2 {
		return 0
	}
	first := asked[0].System + asked[0].User
	same, all := 0, 0
	for _, r := range asked[1:] {
		text := r.System + r.User
		n := 0
		for n < len(text) && n < len(first) && text[n] == first[n] {
			n++
		}
		same, all = same+n, all+len(text)
	}
	return float64(same) / float64(max(all, 1))
}

// Finish is why an answer ended.
type Finish string

// The ends. Anything else comes as a Problem.
const (
	Stop Finish = "stop"
	// Cut: the answer reached its limit of tokens, and Text is what came before. One that was cut before it began is a
	// Problem.
	Cut Finish = "cut"
)

// Answer is what the model answered.
type Answer struct {
	// Text is the answer, at most MaxAnswerBytes; JSON when a schema was given, as far as the endpoint obeys, or the
	// beginning of it when it was cut.
	Text string `json:"text"`
	// Model is the one that answered, by the endpoint's own words, cut to 200 bytes.
	Model  string `json:"model"`
	Finish Finish `json:"finish"`
	Usage  Usage  `json:"usage"`
	// MicroDollars is what it cost; nil when there is no price for the model.
	MicroDollars *int64 `json:"micro_dollars,omitempty"`
	// Cached is true when the answer came from the cache and nothing was spent.
	Cached bool `json:"kept,omitempty"`
}

// Usage is tokens, as the endpoint counts them. CachedIn is a part of In, Reasoning a part of Out. All are 0 when it does not count.
type Usage struct {
	In        int `json:"in"`
	CachedIn  int `json:"cached_in"`
	Out       int `json:"out"`
	Reasoning int `json:"reasoning"`
}

// Plus is the sum of two.
func (u Usage) Plus(o Usage) Usage {
	return Usage{In: u.In + o.In, CachedIn: u.CachedIn + o.CachedIn, Out: u.Out + o.Out, Reasoning: u.Reasoning + o.Reasoning}
}
