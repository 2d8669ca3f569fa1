package openai

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	vendor "github.com/sashabaranov/go-openai"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/llm"
)

// problem says in our own words what went wrong. What the endpoint wrote is read for its meaning and never repeated: it
// may quote the prompt.
func problem(caller, call context.Context, err error, seen *exchange) error {
	if caller.Err() != nil {
		return fmt.Errorf("ask the model: %w", caller.Err())
	}
	p := &llm.Problem{RetryAfter: seen.retryAfter}
	var api *vendor.APIError
	var raw *vendor.RequestError
	switch {
	case call.Err() != nil:
		p.Kind, p.Detail = llm.Timeout, "no whole answer in time"
	case errors.Is(err, errRemote):
		p.Kind, p.Detail = llm.Unreachable, errRemote.Error()
	case errors.Is(err, errRedirect):
		p.Kind, p.Detail = llm.Unusable, errRedirect.Error()
	case errors.Is(err, ErrNotRecorded):
		p.Kind, p.Detail, p.Err = llm.Unusable, ErrNotRecorded.Error(), ErrNotRecorded
	case errors.As(err, &api):
		return status(p, seen.status, codeOf(api), api.Message, paramOf(api))
	case errors.As(err, &raw):
		return status(p, seen.status, "", string(raw.Body), "")
	case errors.Is(seen.broken, errBody):
		p.Kind, p.Detail = llm.Broken, "the response is larger than 1 MiB"
	case seen.broken != nil, seen.status != 0 && isNetwork(err):
		p.Kind, p.Detail = llm.Unreachable, "the connection ended in the middle of the answer"
	case seen.status != 0:
		p.Kind, p.Detail = llm.Broken, "the response is not what chat completions are"
	case errors.Is(err, vendor.ErrReasoningEffortUnsupported):
		return &refused{param: "reasoning_effort", problem: &llm.Problem{Kind: llm.Unusable,
			Detail: "the client library refuses this model this reasoning_effort"}}
	case unsent(err):
		return &refused{problem: &llm.Problem{Kind: llm.Unusable, Detail: "the client library refuses this model these parameters"}}
	default:
		p.Kind, p.Detail = llm.Unreachable, "no connection to the endpoint"
	}
	return p
}

// unsent are refusals of the library itself, by what it believes of a model's name.
func unsent(err error) bool {
	for _, known := range []error{vendor.ErrReasoningToolsRequireResponses, vendor.ErrReasoningModelMaxTokensDeprecated,
		vendor.ErrReasoningModelLimitationsOther,
		vendor.ErrReasoningSamplingUnsupported, vendor.ErrChatCompletionInvalidModel} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// status reads a failure by its status first, then by the code, then by words that endpoints are known to use.
func status(p *llm.Problem, code int, name, text, param string) error {
	words := strings.ToLower(name + " " + text)
	has := func(any ...string) bool {
		for _, w := range any {
			if strings.Contains(words, w) {
				return true
			}
		}
		return false
	}
	switch {
	case code == http.StatusTooManyRequests && has("insufficient_quota", "billing"):
		p.Kind, p.Detail = llm.Unauthorised, "the account behind the key has no quota left"
	case code == http.StatusTooManyRequests, code == 529:
		p.Kind, p.Detail = llm.Limited, "the endpoint has no room now"
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		p.Kind, p.Detail = llm.Unauthorised, "the endpoint does not accept the key, or not for this model"
	case code == http.StatusRequestEntityTooLarge,
		has("context_length_exceeded", "context length", "context window", "maximum context", "prompt is too long", "exceed_context_size"):
		p.Kind, p.Detail = llm.TooLarge, "the prompt does not fit the model's window"
	case has("content_filter", "content management policy", "responsibleaipolicyviolation", "content_policy"):
		p.Kind, p.Detail = llm.Filtered, "the endpoint's filter refused the question"
	case code == http.StatusRequestTimeout:
		p.Kind, p.Detail = llm.Timeout, "the endpoint gave up waiting"
	case code >= 500 && code != http.StatusNotImplemented:
		p.Kind, p.Detail = llm.Server, "the endpoint failed"
	case code == http.StatusNotFound:
		p.Kind, p.Detail = llm.Unusable, "the endpoint knows no such model, or its address is wrong"
	default:
		p.Kind, p.Detail = llm.Unusable, "the endpoint does not take questions of this form"
		p.Detail += fmt.Sprintf(" (HTTP %d%s)", code, named(name))
		if param == "" {
			param = parameter.FindString(text)
		}
		return &refused{problem: p, param: param}
	}
	p.Detail += fmt.Sprintf(" (HTTP %d%s)", code, named(name))
	return p
}

var (
	parameter = lazyregexp.New(`\b(?:max_completion_tokens|max_tokens|temperature|reasoning_effort|chat_template_kwargs|` +
		`response_format|tool_choice)\b`)
	codeName = lazyregexp.New(`^[a-z0-9_.-]{1,60}$`)
)

// named is a code of the endpoint, when it is one and no text.
func named(code string) string {
	if codeName.MatchString(code) {
		return ", " + code
	}
	return ""
}

func codeOf(e *vendor.APIError) string {
	if s, ok := e.Code.(string); ok && s != "" {
		return s
	}
	if e.InnerError != nil && e.InnerError.Code != "" {
		return strings.ToLower(e.InnerError.Code)
	}
	return e.Type
}

// paramOf is the parameter that a refusal is about. "Use max_completion_tokens instead" names the wrong one first where
// a field says which is meant.
func paramOf(e *vendor.APIError) string {
	if e.Param == nil {
		return ""
	}
	name, _, _ := strings.Cut(*e.Param, ".")
	return name
}

// of is what usage costs, rounded up to a micro-dollar; nil when there is no price.
func (p *Price) of(u llm.Usage) *int64 {
	if p == nil {
		return nil
	}
	cost := p.In*float64(u.In-u.CachedIn) + p.CachedIn*float64(u.CachedIn) + p.Out*float64(u.Out)
	micro := int64(math.Ceil(cost - 1e-9))
	return &micro
}
