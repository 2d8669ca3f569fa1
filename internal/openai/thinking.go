package openai

import (
	"strings"

	vendor "github.com/sashabaranov/go-openai"

	"github.com/lintel-review/lintel/internal/llm"
)

// Thinking is the room for the reasoning of a model of which nobody knows how long it thinks, in tokens.
const Thinking = 6_000

// mostThinking bounds what is learned: more is a model that turns in circles.
const mostThinking = 24_000

// Room is the limit that an answer of at most so many tokens is asked for with: reasoning needs its own, as far as it is
// known or was seen.
func (a *Asker) Room(maxOutput int) int {
	return a.model.room(maxOutput, a.endpoint.quirks(a.model.Name).thinking)
}

// Room is Asker.Room before anything was asked.
func (m Model) Room(maxOutput int) int { return m.room(maxOutput, 0) }

func (m Model) room(maxOutput, seen int) int {
	if maxOutput <= 0 {
		maxOutput = unknownOutput
	}
	if m.Reasoning {
		seen = max(seen, m.thinking())
	}
	if m.assumed {
		// The limit is a guess at an answer's length. Thinking comes on top, and leaves a third of the window to the prompt.
		return min(min(maxOutput, m.MaxOutput)+seen, m.Window*2/3)
	}
	return min(maxOutput+seen, m.MaxOutput)
}

func (m Model) thinking() int {
	if m.ReasoningTokens > 0 {
		return m.ReasoningTokens
	}
	return Thinking
}

// watch looks for signs of reasoning in an answer, and gives the model twice the room that it used. When the limit came
// before the answer did, it needs more than it had. It reports whether the next question will have more room.
func (a *Asker) watch(r llm.Request, c vendor.ChatCompletionChoice, u llm.Usage) bool {
	thought := c.Message.ReasoningContent
	if i := strings.LastIndex(c.Message.Content, "</think>"); i >= 0 {
		thought += c.Message.Content[:i]
	} else if strings.HasPrefix(strings.TrimSpace(c.Message.Content), "<think>") {
		thought += c.Message.Content
	}
	used := max(u.Reasoning, (len(thought)+2)/3)
	silent := c.FinishReason == vendor.FinishReasonLength && strings.TrimSpace(c.Message.Content) == "" && len(c.Message.ToolCalls) == 0
	if used == 0 && !silent {
		return false
	}
	before := a.Room(r.MaxOutput)
	room := 2 * used
	if c.FinishReason == vendor.FinishReasonLength {
		room = max(room, Thinking, 2*(before-r.MaxOutput))
	}
	a.endpoint.learn(a.model.Name, func(q *quirks) { q.thinking = max(q.thinking, min(room, mostThinking)) })
	return a.Room(r.MaxOutput) > before
}
