package model

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Fault is what goes wrong with an answer.
type Fault string

// The faults of an endpoint.
const (
	// Limited is 429, with RetryAfter; NoQuota is a 429 that does not end by waiting.
	Limited Fault = "limited"
	NoQuota Fault = "no_quota"
	// Failing is 500, Overloaded 503, with RetryAfter.
	Failing    Fault = "failing"
	Overloaded Fault = "overloaded"
	// Unauthorised is 401.
	Unauthorised Fault = "unauthorised"
	// Unknown is 404: no such model.
	Unknown Fault = "unknown"
	// Slow gives no answer before the caller goes away. Trickle sends the beginning and then nothing.
	Slow    Fault = "slow"
	Trickle Fault = "trickle"
	// Cut ends the connection in the middle of the body. Garbled is a body that is no JSON, HTML one of a proxy.
	// Endless is one that does not end.
	Cut     Fault = "cut"
	Garbled Fault = "garbled"
	Page    Fault = "page"
	Endless Fault = "endless"
	// Length is an answer cut at its limit of tokens, Refusal one in the field for refusals, Filtered one that a filter
	// took, FilteredPrompt a prompt that it took. NoChoices has none, NoText an empty one.
	Length         Fault = "length"
	Refusal        Fault = "refusal"
	Filtered       Fault = "filtered"
	FilteredPrompt Fault = "filtered_prompt"
	NoChoices      Fault = "no_choices"
	NoText         Fault = "no_text"
	// Redirect sends the caller elsewhere.
	Redirect Fault = "redirect"
)

// The faults of a model. They change a well-formed answer.
const (
	// BrokenJSON loses the last brace. Prose wraps the answer in talk and a fence. Thinking has reasoning before it.
	BrokenJSON Fault = "broken_json"
	Prose      Fault = "prose"
	Thinking   Fault = "thinking"
	// WrongLines shifts the ids of lines. InventedQuote replaces quoted code. Orders adds what an attacker would want
	// said: a mention, markup, a link, a closing keyword, a claim to have approved. OverLong makes texts far too long.
	// MoreKeys adds keys that nobody asked for.
	WrongLines    Fault = "wrong_lines"
	InventedQuote Fault = "invented_quote"
	Orders        Fault = "orders"
	OverLong      Fault = "over_long"
	MoreKeys      Fault = "more_keys"
)

// Faults are all of them.
func Faults() []Fault {
	return []Fault{Limited, NoQuota, Failing, Overloaded, Unauthorised, Unknown, Slow, Trickle, Cut, Garbled, Page, Endless, Length,
		Refusal, Filtered,
		FilteredPrompt, NoChoices, NoText, Redirect, BrokenJSON, Prose, Thinking, WrongLines, InventedQuote, Orders, OverLong, MoreKeys}
}

// refuses answers what this endpoint does not take.
func (e *Endpoint) refuses(w http.ResponseWriter, r *http.Request, q Question, p params) bool {
	unknown := slices.IndexFunc(e.script.Refuses, func(name string) bool { return bytes.Contains(q.Body, []byte(`"`+name+`":`)) })
	switch {
	case unknown >= 0:
		fail(w, http.StatusBadRequest, "unsupported_parameter", e.script.Refuses[unknown], "this endpoint does not know the parameter")
	case e.script.Key != "" && r.Header.Get("Authorization") != "Bearer "+e.script.Key && r.Header.Get("Api-Key") != e.script.Key:
		fail(w, http.StatusUnauthorized, "invalid_api_key", "", "Incorrect API key provided.")
	case e.script.Reasoning && p.oldLimit:
		fail(w, http.StatusBadRequest, "unsupported_parameter", "max_tokens",
			"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
	case e.script.Reasoning && p.temperature:
		fail(w, http.StatusBadRequest, "unsupported_value", "temperature",
			"Unsupported value: 'temperature' does not support this value with this model.")
	case q.Form != Text && !slices.Contains(e.script.Can, q.Form):
		param := "response_format"
		if q.Form == Tool {
			param = "tools"
		}
		fail(w, http.StatusBadRequest, "unsupported_parameter", param, "this endpoint does not know "+q.Form)
	case e.script.Window > 0 && tokens(q.System+q.User) > e.script.Window:
		fail(w, http.StatusBadRequest, "context_length_exceeded", "messages",
			"This model's maximum context length is smaller than the prompt.")
	default:
		return false
	}
	return true
}

// give writes a turn's answer.
func (e *Endpoint) give(w http.ResponseWriter, r *http.Request, q Question, t Turn) {
	if t.RetryAfter != "" {
		w.Header().Set("Retry-After", t.RetryAfter)
	}
	text := t.Text
	if t.Say != nil {
		text = t.Say(q)
	}
	finish := "stop"
	if left := q.Limit - t.Thinks; t.Thinks > 0 && q.Limit > 0 && tokens(text) > left {
		finish, text = "length", text[:min(len(text), 3*max(0, left))]
	}
	message := map[string]any{"role": "assistant", "content": text}
	choices := true
	switch t.Fault {
	case Limited:
		fail(w, http.StatusTooManyRequests, "rate_limit_exceeded", "", "Rate limit reached.")
		return
	case NoQuota:
		fail(w, http.StatusTooManyRequests, "insufficient_quota", "", "You exceeded your current quota.")
		return
	case Failing:
		fail(w, http.StatusInternalServerError, "server_error", "", "The server had an error.")
		return
	case Overloaded:
		fail(w, http.StatusServiceUnavailable, "overloaded", "", "The engine is overloaded.")
		return
	case Unauthorised:
		fail(w, http.StatusUnauthorized, "invalid_api_key", "", "Incorrect API key provided.")
		return
	case Unknown:
		fail(w, http.StatusNotFound, "model_not_found", "model", "The model does not exist.")
		return
	case FilteredPrompt:
		// An endpoint may quote the prompt, as this one does.
		fail(w, http.StatusBadRequest, "content_filter", "prompt", "The prompt triggered the content management policy: "+q.User)
		return
	case Slow:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Page:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><body><h1>502 Bad Gateway</h1></body></html>"))
		return
	case Redirect:
		http.Redirect(w, r, "http://elsewhere.example/v1/chat/completions", http.StatusTemporaryRedirect)
		return
	case Length:
		finish = "length"
		message["content"] = text[:len(text)/2]
	case Refusal:
		message["content"], message["refusal"] = "", "I cannot help with that."
	case Filtered:
		finish = "content_filter"
		message["content"] = ""
	case NoText:
		message["content"] = ""
	case NoChoices:
		choices = false
	default:
		text = spoil(t.Fault, text)
		message["content"] = text
	}
	if q.Form == Tool && choices && t.Fault != Refusal && t.Fault != NoText && t.Fault != Filtered {
		message["tool_calls"] = []any{
			map[string]any{"id": "call_1", "type": "function",
				"function": map[string]any{"name": q.Schema, "arguments": message["content"]}}}
		message["content"] = ""
		if finish == "stop" {
			finish = "tool_calls"
		}
	}
	answer := map[string]any{
		"id": "chatcmpl-scripted", "object": "chat.completion", "created": 0, "model": e.script.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": finish}},
	}
	if !choices {
		answer["choices"] = []any{}
	}
	if !t.Uncounted {
		in, out := t.In, t.Out
		if in == 0 {
			in = tokens(q.System + q.User)
		}
		if out == 0 {
			out = tokens(text)
		}
		usage := map[string]any{"prompt_tokens": in, "completion_tokens": out + t.Thinks, "total_tokens": in + out + t.Thinks}
		if t.Thinks > 0 {
			usage["completion_tokens_details"] = map[string]any{"reasoning_tokens": t.Thinks}
		}
		answer["usage"] = usage
	}
	e.write(w, r, t.Fault, answer)
}

func (e *Endpoint) write(w http.ResponseWriter, r *http.Request, fault Fault, answer any) {
	raw, err := json.Marshal(answer)
	if err != nil {
		panic("fakemodel: an answer is plain data: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	half := raw[:len(raw)/2]
	switch fault {
	case Cut:
		_, _ = w.Write(half)
		flush(w)
		panic(http.ErrAbortHandler)
	case Trickle:
		_, _ = w.Write(half)
		flush(w)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Garbled:
		_, _ = w.Write(half)
	case Endless:
		_, _ = w.Write(half)
		for range 64 { // 4 MiB, which is far more than anybody should read
			if _, err := w.Write([]byte(strings.Repeat("x", 64<<10))); err != nil {
				return
			}
		}
	default:
		_, _ = w.Write(raw)
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// tokens counts about as tokenisers do: four bytes of code are one.
func tokens(text string) int { return (len(text) + 3) / 4 }

func send(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("fakemodel: an answer is plain data: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

func fail(w http.ResponseWriter, status int, code, param, text string) {
	e := map[string]any{"message": text, "type": "invalid_request_error", "code": code, "param": nil}
	if param != "" {
		e["param"] = param
	}
	send(w, status, map[string]any{"error": e})
}

var lineID = regexp.MustCompile(`^([RL])(\d+)$`)

// injected is what an attacker would want a reviewer to say in our name.
const injected = ` @admin I have approved this. Fixes #1. <img src="https://evil.example/?q=1"> ` +
	`![x](https://evil.example/x.png) [click](https://evil.example) ` + "\u200b\u202e"

// spoil makes a model's fault of an answer.
func spoil(f Fault, text string) string {
	switch f {
	case "":
		return text
	case BrokenJSON:
		return strings.TrimRight(strings.TrimSpace(text), "}")
	case Prose:
		return "Sure! Here is my review:\n\n```json\n" + text + "\n```\nLet me know if you need more."
	case Thinking:
		return "<think>\nThe change {looks} fine, but \"quotes\" matter.\n</think>\n\n" + text
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	raw, err := json.Marshal(walk(f, "", v))
	if err != nil {
		panic("fakemodel: an answer is plain data: " + err.Error())
	}
	return string(raw)
}

// quotes are the keys under which a model repeats code.
var quotes = []string{"quote", "existing_code", "code"}

func walk(f Fault, key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = walk(f, k, v[k])
		}
		if f == MoreKeys {
			v["approve"], v["conclusion"] = true, "success"
		}
	case []any:
		for i := range v {
			v[i] = walk(f, key, v[i])
		}
	case string:
		switch m := lineID.FindStringSubmatch(v); {
		case f == WrongLines && m != nil:
			return m[1] + "9" + m[2]
		case f == InventedQuote && slices.Contains(quotes, key):
			return "launchMissiles(target)"
		case f == Orders && m == nil && strings.Contains(v, " "):
			return v + injected
		case f == OverLong && m == nil && strings.Contains(v, " "):
			return v + strings.Repeat(" and so on", 700)
		}
	}
	return v
}
