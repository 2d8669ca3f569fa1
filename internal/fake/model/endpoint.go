// Package model is an OpenAI-compatible endpoint without a model: it gives the answers of a script, and every fault
// that real endpoints have. It is for tests, evals and the demo, and calls itself scripted in the model's name, so that
// nobody takes its answers for a model's.
//
// Callers may rely on: equal scripts and equal questions give equal answers, ids and times included; each question is
// kept as it arrived; a question that no turn of the script is for gets a 503 and never an invented answer; it opens no
// connection of its own.
package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// Name is the model's name when the script gives none.
const Name = "lintel-scripted"

// The ways to keep an answer in form that an endpoint may know.
const (
	Schema = "json_schema"
	Object = "json_object"
	Tool   = "tool"
	Text   = "text"
)

// Script is what the endpoint says.
type Script struct {
	// Model is the name that it answers under; Name when empty. It always begins with "lintel-scripted".
	Model string
	// Turns are tried in order; the first that is for a question and not used up answers it.
	Turns []Turn
	// Can are the ways to keep an answer in form that it takes; others are refused with a 400, as an endpoint does that
	// never heard of them. Nil is all. Text cannot be refused.
	Can []string
	// Key is the bearer token that it wants; empty takes any.
	Key string
	// Window is the most tokens of a prompt, by its own count; 0 is no limit.
	Window int
	// Reasoning refuses temperature and max_tokens, as reasoning models do.
	Reasoning bool
	// Refuses are names of parameters that it does not know.
	Refuses []string
}

// Turn is one answer.
type Turn struct {
	// Schema is the name of the answer's form that it is for, Holds a text of the prompt; empty is any.
	Schema, Holds string
	// Times is how often it is given; 0 is without end.
	Times int
	// Text is the answer. Say, when there is one, makes it from the question.
	Text string
	Say  func(Question) string
	// Fault is what goes wrong; see the faults.
	Fault Fault
	// RetryAfter is the header of a fault, in seconds or as a date.
	RetryAfter string
	// Thinks is how many tokens of reasoning come before the answer, hidden as most endpoints hide them. At the limit of
	// the question the answer is cut, or does not begin.
	Thinks int
	// In and Out replace the counted tokens; Uncounted gives none, as some servers do.
	In, Out   int
	Uncounted bool
}

// Question is what was asked.
type Question struct {
	Model string
	// Form is the way in which the answer was asked for, Schema the name of its form; empty for free text.
	Form, Schema string
	System, User string
	// Limit is the most tokens of the answer; 0 is none.
	Limit int
	// Body is the request as it arrived.
	Body []byte
	// Path is that of the address, with the query of Azure's.
	Path string
}

// Endpoint is the server side. It is an http.Handler, and by Do a connection of its own in the same process.
type Endpoint struct {
	script Script

	mu    sync.Mutex
	used  []int
	asked []Question
}

// New makes an endpoint of a script.
func New(s Script) *Endpoint {
	if !strings.HasPrefix(s.Model, Name) {
		s.Model = strings.TrimSuffix(Name+"-"+s.Model, "-")
	}
	if s.Can == nil {
		s.Can = []string{Schema, Object, Tool}
	}
	return &Endpoint{script: s, used: make([]int, len(s.Turns))}
}

// Model is the name that it answers under.
func (e *Endpoint) Model() string { return e.script.Model }

// Asked are the questions so far, in order, refused ones among them.
func (e *Endpoint) Asked() []Question {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Question(nil), e.asked...)
}

// ServeHTTP answers chat completions, OpenAI's and Azure's address of them, and the list of models.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/models"):
		send(w, http.StatusOK,
			map[string]any{"object": "list", "data": []any{map[string]any{"id": e.script.Model, "object": "model", "owned_by": "lintel"}}})
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/chat/completions"):
		e.chat(w, r)
	default:
		fail(w, http.StatusNotFound, "not_found", "", "there is nothing at this address")
	}
}

func (e *Endpoint) chat(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		fail(w, http.StatusRequestEntityTooLarge, "too_large", "", "the request is too large")
		return
	}
	q, params, err := read(body)
	if err != nil {
		fail(w, http.StatusBadRequest, "invalid_request_error", "", err.Error())
		return
	}
	q.Path = r.URL.RequestURI()
	e.mu.Lock()
	e.asked = append(e.asked, q)
	e.mu.Unlock()
	if e.refuses(w, r, q, params) {
		return
	}
	turn, ok := e.take(q)
	if !ok {
		fail(w, http.StatusServiceUnavailable, "no_turn", "", "no turn of the script is for this question")
		return
	}
	e.give(w, r, q, turn)
}

// take finds the turn for a question and counts its use.
func (e *Endpoint) take(q Question) (Turn, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, t := range e.script.Turns {
		if t.Times > 0 && e.used[i] >= t.Times || t.Schema != "" && t.Schema != q.Schema || !strings.Contains(q.System+q.User, t.Holds) {
			continue
		}
		e.used[i]++
		return t, true
	}
	return Turn{}, false
}

// schemaName finds the form's name where the way to ask has no field for it.
var schemaName = regexp.MustCompile(`the JSON Schema named ([A-Za-z0-9_-]+)`)

// params are those of the request that endpoints differ in.
type params struct {
	temperature, oldLimit bool
}

// read reads the request as far as an endpoint looks.
func read(body []byte) (Question, params, error) {
	var in struct {
		Model       string
		Temperature *float64
		MaxTokens   *int `json:"max_tokens"`
		Limit       int  `json:"max_completion_tokens"`
		Messages    []struct{ Role, Content string }
		Format      *struct {
			Type   string
			Schema struct{ Name string } `json:"json_schema"`
		} `json:"response_format"`
		Tools []struct{ Function struct{ Name string } }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Question{}, params{}, fmt.Errorf("the request cannot be read: %w", err)
	}
	q := Question{Model: in.Model, Form: Text, Body: body, Limit: in.Limit}
	if in.MaxTokens != nil {
		q.Limit = *in.MaxTokens
	}
	switch {
	case in.Format != nil:
		q.Form, q.Schema = in.Format.Type, in.Format.Schema.Name
	case len(in.Tools) > 0:
		q.Form, q.Schema = Tool, in.Tools[0].Function.Name
	}
	for _, m := range in.Messages {
		if m.Role == "system" || m.Role == "developer" {
			q.System += m.Content
		} else {
			q.User += m.Content
		}
	}
	if m := schemaName.FindStringSubmatch(q.System); q.Schema == "" && m != nil {
		q.Schema = m[1]
	}
	return q, params{temperature: in.Temperature != nil, oldLimit: in.MaxTokens != nil}, nil
}

// Do answers in the same process, without a socket.
func (e *Endpoint) Do(r *http.Request) (*http.Response, error) {
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	e.serve(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body io.Reader = &w.body
	if w.cut {
		body = io.MultiReader(&w.body, cut{})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     w.header, Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}, nil
}

func (e *Endpoint) serve(w *recorder, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			w.cut = true
		}
	}()
	e.ServeHTTP(w, r)
}

// recorder keeps a response.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    bool
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// cut is a connection that ends in the middle.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
