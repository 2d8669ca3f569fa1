package openai

import (
	"strings"

	"github.com/lintel-review/lintel/internal/llm"
)

// Model is what is known of one model.
type Model struct {
	Name string
	// Window is prompt and answer together, MaxOutput the most of an answer, in tokens.
	Window, MaxOutput int
	// Reasoning models take no temperature and think at the cost of their answer's tokens.
	Reasoning bool
	// ReasoningTokens is the room that its thinking gets on top of an answer; 0 is Thinking.
	ReasoningTokens int
	// Price is nil when it is not known; then only tokens can be counted.
	Price *Price

	// assumed is true when nobody gave MaxOutput.
	assumed bool
}

// Price is in US dollars for a million tokens, which is micro-dollars for one.
type Price struct{ In, CachedIn, Out float64 }

// The sizes of a model that nobody described. A window that is too small costs context; one that is too large silently
// loses the beginning of the prompt on servers that cut it.
const (
	unknownWindow = 16_384
	unknownOutput = 4_096
)

// known are models of OpenAI with their published list prices of autumn 2025. Prices change; the server's file goes before this table.
var known = []Model{
	{Name: "gpt-5", Window: 400_000, MaxOutput: 128_000, Price: &Price{1.25, 0.125, 10}},
	{Name: "gpt-5-mini", Window: 400_000, MaxOutput: 128_000, Price: &Price{0.25, 0.025, 2}},
	{Name: "gpt-5-nano", Window: 400_000, MaxOutput: 128_000, Price: &Price{0.05, 0.005, 0.4}},
	{Name: "gpt-4.1", Window: 1_047_576, MaxOutput: 32_768, Price: &Price{2, 0.5, 8}},
	{Name: "gpt-4.1-mini", Window: 1_047_576, MaxOutput: 32_768, Price: &Price{0.4, 0.1, 1.6}},
	{Name: "gpt-4.1-nano", Window: 1_047_576, MaxOutput: 32_768, Price: &Price{0.1, 0.025, 0.4}},
	{Name: "gpt-4o", Window: 128_000, MaxOutput: 16_384, Price: &Price{2.5, 1.25, 10}},
	{Name: "gpt-4o-mini", Window: 128_000, MaxOutput: 16_384, Price: &Price{0.15, 0.075, 0.6}},
	{Name: "o3", Window: 200_000, MaxOutput: 100_000, Price: &Price{2, 0.5, 8}},
	{Name: "o4-mini", Window: 200_000, MaxOutput: 100_000, Price: &Price{1.1, 0.275, 4.4}},
}

// series are the beginnings of names of reasoning models, as the client library refuses temperatures for them.
var series = []string{"o1", "o3", "o4", "gpt-5", "gpt-6"}

// Lookup says what is known of a model. Entries of the table take precedence over the built-in ones; a name there
// may end in *, and the longest match wins. Unknown sizes are conservative.
func Lookup(name string, table []Model) Model {
	found := Model{}
	bare := name[strings.LastIndexByte(name, '/')+1:] // gateways write openai/gpt-5-mini
	for _, m := range known {
		if bare == m.Name || strings.HasPrefix(bare, m.Name+"-20") {
			found = m
		}
	}
	for _, s := range series {
		found.Reasoning = found.Reasoning || strings.HasPrefix(bare, s)
	}
	best := -1
	var own Model
	for _, m := range table {
		prefix, open := strings.CutSuffix(m.Name, "*")
		switch {
		case m.Name == name:
			best, own = len(name)+1, m
		case open && strings.HasPrefix(name, prefix) && len(prefix) > best:
			best, own = len(prefix), m
		}
	}
	if best >= 0 {
		if own.Window > 0 {
			found.Window = own.Window
		}
		if own.MaxOutput > 0 {
			found.MaxOutput = own.MaxOutput
		}
		if own.Price != nil {
			found.Price = own.Price
		}
		found.Reasoning, found.ReasoningTokens = own.Reasoning, own.ReasoningTokens
	}
	if found.Window == 0 {
		found.Window = unknownWindow
	}
	if found.MaxOutput == 0 {
		found.MaxOutput, found.assumed = min(unknownOutput, found.Window/2), true
	}
	found.Name = name
	return found
}

// Known reports whether Lintel has built-in sizes and a price of a model.
func Known(name string) bool { return Lookup(name, nil).Price != nil }

// Cost is what so many tokens cost in micro-dollars, at most: without anything from the endpoint's cache. Nil without a price.
func (m Model) Cost(in, out int) *int64 { return m.Price.of(llm.Usage{In: in, Out: out}) }
