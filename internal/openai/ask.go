package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"

	vendor "github.com/sashabaranov/go-openai"

	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/trace"
)

// nearZero is the lowest temperature that the library sends: it omits 0, and then the server's default, 1, applies.
const nearZero = 1e-5

// Asker asks one model.
type Asker struct {
	endpoint *Endpoint
	model    Model
}

// Ask sends one question. When the endpoint refuses the form, which it does before it counts tokens, Ask tries the next
// form, or leaves out the parameter that the endpoint does not know. Later questions use what was learned.
func (a *Asker) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	if len(r.System)+len(r.User) > llm.MaxPromptBytes {
		return llm.Answer{}, &llm.Problem{Kind: llm.TooLarge, Detail: "the prompt is larger than 2 MiB"}
	}
	for range len(ladder) + 4 {
		out := a.endpoint.Output(a.model.Name)
		call, end := trace.Call(ctx, "model call")
		answer, err := a.once(call, r, out)
		end(err)
		if err == nil {
			return answer, nil
		}
		var no *refused
		if !errors.As(err, &no) {
			return llm.Answer{}, err
		}
		if !a.adapt(no, out, r.Schema != nil) {
			return llm.Answer{}, no.problem
		}
	}
	return llm.Answer{}, &llm.Problem{Kind: llm.Unusable, Detail: "the endpoint refuses every form of question"}
}

// refused is a 400 or similar status: the endpoint does not accept the form of the question.
type refused struct {
	problem *llm.Problem
	param   string // the parameter that it names, or that its text names
}

func (r *refused) Error() string { return r.problem.Error() }

// adapt learns from a refusal and reports whether to ask again.
func (a *Asker) adapt(no *refused, out Output, schema bool) bool {
	name, e := a.model.Name, a.endpoint
	q := e.quirks(name)
	switch {
	case no.param == "temperature" || no.param == "max_tokens":
		if a.model.Reasoning || q.reasoning {
			return false
		}
		e.learn(name, func(q *quirks) { q.reasoning = true })
		return true
	case no.param == "reasoning_effort" && e.effort != "" && !q.effortless:
		e.learn(name, func(q *quirks) { q.effortless = true })
		return true
	case no.param == "chat_template_kwargs" && e.template != nil && !q.plainTemplate:
		e.learn(name, func(q *quirks) { q.plainTemplate = true })
		return true
	case no.param == "max_completion_tokens" && !q.plainCap:
		e.learn(name, func(q *quirks) { q.plainCap = true })
		return true
	case schema:
		return e.stepDown(name, out)
	}
	return false
}

func (a *Asker) once(ctx context.Context, r llm.Request, out Output) (llm.Answer, error) {
	call, cancel := context.WithTimeout(ctx, a.endpoint.timeout)
	defer cancel()
	call, seen := withExchange(call)
	resp, err := a.endpoint.client.CreateChatCompletion(call, a.request(r, out))
	if err != nil {
		return llm.Answer{}, problem(ctx, call, err, seen)
	}
	return a.answer(r, out, resp)
}

// request writes the question in one form.
func (a *Asker) request(r llm.Request, out Output) vendor.ChatCompletionRequest {
	q := a.endpoint.quirks(a.model.Name)
	req := vendor.ChatCompletionRequest{Model: a.model.Name}
	room := a.Room(r.MaxOutput)
	if !q.effortless {
		req.ReasoningEffort = a.endpoint.effort
	}
	if !q.plainTemplate {
		req.ChatTemplateKwargs = a.endpoint.template
	}
	if a.model.Reasoning || q.reasoning {
		req.MaxCompletionTokens = room
	} else {
		req.Temperature = nearZero
		req.MaxTokens = room //nolint:staticcheck // most endpoints that are not OpenAI's know no other name
	}
	if q.plainCap {
		req.MaxTokens, req.MaxCompletionTokens = room, 0 //nolint:staticcheck // as above
	}
	system := r.System
	if r.Schema != nil {
		name := r.SchemaName
		if name == "" {
			name = "answer"
		}
		switch out {
		case Schema:
			req.ResponseFormat = &vendor.ChatCompletionResponseFormat{
				Type:       vendor.ChatCompletionResponseFormatTypeJSONSchema,
				JSONSchema: &vendor.ChatCompletionResponseFormatJSONSchema{Name: name, Schema: r.Schema, Strict: true},
			}
		case Object:
			req.ResponseFormat = &vendor.ChatCompletionResponseFormat{Type: vendor.ChatCompletionResponseFormatTypeJSONObject}
			system += "\n\nAnswer with one JSON object that meets the JSON Schema named " + name + ", and nothing else:\n" +
				string(r.Schema)
		case Tool:
			req.Tools = []vendor.Tool{{Type: vendor.ToolTypeFunction, Function: &vendor.FunctionDefinition{
				Name: name, Description: "Gives the answer.", Strict: true, Parameters: r.Schema,
			}}}
			req.ToolChoice = vendor.ToolChoice{Type: vendor.ToolTypeFunction, Function: vendor.ToolFunction{Name: name}}
		default:
			system += "\n\nAnswer with one JSON object that meets the JSON Schema named " + name +
				", between a line ```json and a line ```, and nothing else:\n" + string(r.Schema)
		}
	}
	req.Messages = []vendor.ChatCompletionMessage{
		{Role: vendor.ChatMessageRoleSystem, Content: system},
		{Role: vendor.ChatMessageRoleUser, Content: r.User},
	}
	return req
}

// answer reads the response. The problem of an unusable answer reports the tokens that it cost.
func (a *Asker) answer(r llm.Request, out Output, resp vendor.ChatCompletionResponse) (llm.Answer, error) {
	got := llm.Answer{Model: printable(resp.Model, 200), Finish: llm.Stop, Usage: usage(resp.Usage)}
	got.MicroDollars = a.model.Price.of(got.Usage)
	fail := func(kind llm.Kind, detail string) (llm.Answer, error) {
		return llm.Answer{}, &llm.Problem{Kind: kind, Detail: detail, Usage: got.Usage, MicroDollars: got.MicroDollars}
	}
	if len(resp.Choices) == 0 {
		return fail(llm.Empty, "the answer has no choices")
	}
	choice := resp.Choices[0]
	learned := a.watch(r, choice, got.Usage)
	switch {
	case choice.Message.Refusal != "":
		return fail(llm.Refusal, "the model refused to answer")
	case choice.FinishReason == vendor.FinishReasonContentFilter:
		return fail(llm.Filtered, "the endpoint's filter withheld the answer")
	}
	text := choice.Message.Content
	if calls := choice.Message.ToolCalls; r.Schema != nil && len(calls) > 0 {
		text = calls[0].Function.Arguments
	}
	if len(text) > llm.MaxAnswerBytes {
		return fail(llm.Broken, "the answer is larger than 64 KiB")
	}
	if choice.FinishReason == vendor.FinishReasonLength {
		if got.Text = begun(text, r.Schema != nil); got.Text == "" {
			return llm.Answer{}, &llm.Problem{Kind: llm.Length, Detail: "the limit of tokens was reached before the answer began",
				Usage: got.Usage, MicroDollars: got.MicroDollars, Learned: learned}
		}
		got.Finish = llm.Cut
		return got, nil
	}
	if strings.TrimSpace(text) == "" {
		return fail(llm.Empty, "the answer has no text")
	}
	if r.Schema != nil {
		var ok bool
		if text, ok = jsonIn(text); !ok {
			// The endpoint may have ignored the form. The next question goes a step lower; this one is for the caller to repair.
			a.endpoint.stepDown(a.model.Name, out)
		}
	}
	got.Text = text
	return got, nil
}

func usage(u vendor.Usage) llm.Usage {
	out := llm.Usage{In: max(u.PromptTokens, 0), Out: max(u.CompletionTokens, 0)}
	if d := u.PromptTokensDetails; d != nil {
		out.CachedIn = min(max(d.CachedTokens, 0), out.In)
	}
	if d := u.CompletionTokensDetails; d != nil {
		out.Reasoning = min(max(d.ReasoningTokens, 0), out.Out)
	}
	return out
}

// jsonIn finds the JSON value of an answer: all of it, what stands in its last fence, or from its first brace to its
// last. Reasoning that some local models write before the answer, in think marks, is dropped. Without one the text
// comes back as it is.
func jsonIn(text string) (string, bool) {
	trimmed := strings.TrimSpace(text)
	// Some chat templates open the thought themselves, so that only its end is in the answer.
	if i := strings.LastIndex(trimmed, "</think>"); i >= 0 && !json.Valid([]byte(trimmed)) {
		trimmed = strings.TrimSpace(trimmed[i+len("</think>"):])
	}
	tries := []string{trimmed}
	if open := strings.LastIndex(trimmed, "```json"); open >= 0 {
		inside, _, _ := strings.Cut(trimmed[open+len("```json"):], "\n```")
		tries = append(tries, strings.TrimSpace(inside))
	}
	if from, to := strings.IndexByte(trimmed, '{'), strings.LastIndexByte(trimmed, '}'); from >= 0 && to > from {
		tries = append(tries, trimmed[from:to+1])
	}
	for _, t := range tries {
		if json.Valid([]byte(t)) {
			return t, true
		}
	}
	return text, false
}

// begun is what an answer that was cut has of its JSON, or all of it where none was asked for. A thought that did not
// end is no answer.
func begun(text string, schema bool) string {
	if i := strings.LastIndex(text, "</think>"); i >= 0 {
		text = text[i+len("</think>"):]
	} else if strings.HasPrefix(strings.TrimSpace(text), "<think>") {
		return ""
	}
	text = strings.TrimSpace(text)
	if !schema {
		return text
	}
	if i := strings.IndexByte(text, '{'); i >= 0 {
		return text[i:]
	}
	return ""
}

// printable is untrusted text of one line, cut.
func printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), most)]
}

func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
