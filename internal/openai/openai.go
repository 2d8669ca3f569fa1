// Package openai asks any endpoint that speaks OpenAI's chat completions: OpenAI, Azure, vLLM, Ollama, llama.cpp,
// LiteLLM. It also records and replays exchanges. It does nothing else: caps, retries and a cache are the
// caller's.
//
// Callers may rely on: one Ask is one question that can be billed; every error is an *llm.Problem or that of an ended
// context; no error holds text of a prompt or of an answer, a key or an address, and nothing is logged; bodies are
// bounded; redirects are refused; LocalOnly holds at the connection itself.
package openai

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	vendor "github.com/sashabaranov/go-openai"
)

// Doer sends one request. *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Output is a way to keep an answer in form.
type Output string

// The ways, best first. Auto begins with the best and steps down where an endpoint refuses it or answers with what is no JSON.
const (
	Auto   Output = "auto"
	Schema Output = "json_schema"
	Object Output = "json_object"
	Tool   Output = "tool"
	Text   Output = "text"
)

// ladder is the order in which Auto steps down.
var ladder = []Output{Schema, Object, Tool, Text}

// Config is one endpoint.
type Config struct {
	// Address is that of the API, such as https://api.openai.com/v1 or https://NAME.openai.azure.com.
	Address string
	// Azure chooses Azure's addresses, its key header, and APIVersion.
	Azure      bool
	APIVersion string
	// Key may be empty for a local endpoint.
	Key string
	// Output is Auto when empty.
	Output Output
	// Effort is how long models that reason should think, and Template what the server's chat template takes. A model
	// that refuses one is asked without it.
	Effort   string
	Template map[string]any
	// Timeout bounds one answer, its body included; 0 is two minutes.
	Timeout time.Duration
	// LocalOnly refuses every address that is not on this machine or in a private network.
	LocalOnly bool
	// Doer replaces the connection, for recordings and for models in the same process. Nil connects.
	Doer Doer
}

// Endpoint is where models are asked. It remembers what each of its models supports. It is safe for concurrent use.
type Endpoint struct {
	client   *vendor.Client
	timeout  time.Duration
	output   Output
	effort   string
	template map[string]any
	local    bool

	mu      sync.Mutex
	learned map[string]quirks
}

// quirks are what was learned of one model from the endpoint's refusals and answers.
type quirks struct {
	rung      int  // index into ladder
	reasoning bool // it takes no temperature, and its limit by another name
	plainCap  bool // it knows its limit by the old name alone
	// effortless and plainTemplate models refuse Effort and Template.
	effortless, plainTemplate bool
	// thinking is the room in tokens that its reasoning needs, by what it used; 0 as long as none was seen.
	thinking int
}

// New checks the configuration. It does not connect.
func New(c Config) (*Endpoint, error) {
	u, err := url.Parse(c.Address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, errors.New("the model's address is not one such as https://api.openai.com/v1")
	}
	if u.User != nil {
		return nil, errors.New("the model's address has a user or password in it; give the key by itself")
	}
	if c.Output == "" {
		c.Output = Auto
	}
	if c.Output != Auto && !slices.Contains(ladder, c.Output) {
		return nil, fmt.Errorf("%q is no way to keep an answer in form; take auto, json_schema, json_object, tool or text", c.Output)
	}
	local := localHost(u.Hostname())
	if c.LocalOnly {
		if err := refuseRemote(u.Hostname()); err != nil {
			return nil, err
		}
	}
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Minute
	}
	doer := c.Doer
	if doer == nil {
		doer = connect(c.LocalOnly)
	}
	conf := vendor.DefaultConfig(c.Key)
	if c.Azure {
		conf = vendor.DefaultAzureConfig(c.Key, "")
		conf.AzureModelMapperFunc = url.PathEscape // the library's own drops ":" and cannot name every deployment
		conf.APIVersion = c.APIVersion             // its default knows no JSON schema
	}
	conf.BaseURL = strings.TrimRight(c.Address, "/")
	conf.HTTPClient = bounded{doer}
	return &Endpoint{
		client:  vendor.NewClientWithConfig(conf),
		timeout: c.Timeout,
		output:  c.Output,
		effort:  c.Effort, template: c.Template,
		local:   local,
		learned: map[string]quirks{},
	}, nil
}

// Local reports whether the address names this machine or a private network by number, or is localhost. A name is only
// known when it is connected to.
func (e *Endpoint) Local() bool { return e.local }

// Model is one model of the endpoint.
func (e *Endpoint) Model(m Model) *Asker { return &Asker{endpoint: e, model: m} }

// Output is the way that the endpoint is asked for a model now; with Auto it changes as Ask learns.
func (e *Endpoint) Output(model string) Output {
	if e.output != Auto {
		return e.output
	}
	return ladder[e.quirks(model).rung]
}

func (e *Endpoint) quirks(model string) quirks {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.learned[model]
}

// learn changes what is remembered of a model.
func (e *Endpoint) learn(model string, change func(*quirks)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := e.learned[model]
	change(&q)
	e.learned[model] = q
}

// stepDown remembers that a way did not work, and reports whether there is another. Two questions that fail at once step down once.
func (e *Endpoint) stepDown(model string, from Output) bool {
	if e.output != Auto {
		return false
	}
	rung := slices.Index(ladder, from)
	if rung < 0 || rung+1 == len(ladder) {
		return false
	}
	e.learn(model, func(q *quirks) { q.rung = max(q.rung, rung+1) })
	return true
}
