package config

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// Model is the language model that advice asks. Without an endpoint there is no advice, whatever repositories set.
type Model struct {
	Endpoint   string `json:"endpoint"`
	API        string `json:"api" jsonschema:"enum=openai,enum=azure"`
	APIVersion string `json:"api_version"`
	KeyFile    string `json:"key_file"`
	Name       string `json:"name"`
	Verify     string `json:"verify"`
	Fallback   string `json:"fallback"`
	LocalOnly  bool   `json:"local_only"`
	Output     string `json:"output" jsonschema:"enum=auto,enum=json_schema,enum=json_object,enum=tool,enum=text"`
	// ReasoningEffort and ChatTemplateKwargs go with every question, as they are.
	ReasoningEffort    string `json:"reasoning_effort" jsonschema:"enum=,enum=none,enum=minimal,enum=low,enum=medium,enum=high,enum=xhigh,enum=max"`
	ChatTemplateKwargs string `json:"chat_template_kwargs" jsonschema:"maxLength=4096"`

	Timeout Duration     `json:"timeout"`
	Table   []ModelEntry `json:"table" jsonschema:"maxItems=100"`
	Budget  ModelBudget  `json:"budget"`
}

// ModelEntry is how much one model reads and what it costs. Prices are US dollars for a million tokens; nil is unknown.
type ModelEntry struct {
	Name        string   `json:"name" jsonschema:"required,minLength=1,maxLength=200"`
	Window      int      `json:"window" jsonschema:"minimum=0"`
	MaxOutput   int      `json:"max_output" jsonschema:"minimum=0"`
	Input       *float64 `json:"input,omitempty" jsonschema:"minimum=0,maximum=10000"`
	CachedInput *float64 `json:"cached_input,omitempty" jsonschema:"minimum=0,maximum=10000"`
	Output      *float64 `json:"output,omitempty" jsonschema:"minimum=0,maximum=10000"`
	Reasoning   *bool    `json:"reasoning,omitempty"`
	// ReasoningTokens is the room for reasoning, in tokens.
	ReasoningTokens int `json:"reasoning_tokens" jsonschema:"minimum=0,maximum=200000"`
}

// ModelBudget are hard caps; 0 is none. Where a repository's settings have the same cap, the lower one holds.
type ModelBudget struct {
	Calls                int     `json:"calls" jsonschema:"minimum=0,maximum=100"`
	HeadTokens           int64   `json:"head_tokens" jsonschema:"minimum=0"`
	Heads                int     `json:"heads" jsonschema:"minimum=0,maximum=1000"`
	ChangeDollars        float64 `json:"change_dollars" jsonschema:"minimum=0,maximum=1000000"`
	RepositoryDayTokens  int64   `json:"repository_day_tokens" jsonschema:"minimum=0"`
	RepositoryDayDollars float64 `json:"repository_day_dollars" jsonschema:"minimum=0,maximum=1000000"`
	DayTokens            int64   `json:"day_tokens" jsonschema:"minimum=0"`
	DayDollars           float64 `json:"day_dollars" jsonschema:"minimum=0,maximum=1000000"`
}

func defaultModel() Model {
	return Model{
		API: "openai", APIVersion: "2024-10-21", Output: "auto", Timeout: "120s", Table: []ModelEntry{},
		Budget: ModelBudget{Calls: 3, HeadTokens: 60_000, Heads: 5, RepositoryDayTokens: 2_000_000},
	}
}

// modelKeys describes the keys from model on.
var modelKeys = map[string]string{
	"model": "The language model that advice may ask. It never has a say in a check. Without an endpoint no repository " +
		"gets advice; with one, those that set advise.enabled.",
	"model.endpoint": "Address of an OpenAI-compatible API: https://api.openai.com/v1, http://127.0.0.1:11434/v1 " +
		"(Ollama), http://127.0.0.1:8000/v1 (vLLM), " +
		"https://NAME.openai.azure.com (Azure). Empty switches advice off.",
	"model.api": "openai for everything that speaks OpenAI's chat completions, azure for Azure OpenAI, which " +
		"has other addresses and another key header.",
	"model.api_version": "Azure's API version; older ones know no JSON schema. Not used otherwise.",
	"model.key_file": "File with the API key, readable by Lintel alone; white space around it is dropped. A local " +
		"endpoint may need none.",
	"model.name":     "The model, by the endpoint's name for it; on Azure the name of the deployment.",
	"model.verify":   "Another model for the second look at what the first found. Without it the same one looks again.",
	"model.fallback": "A model of the same endpoint that is asked when the first one fails.",
	"model.local_only": "true refuses every endpoint that is not on this machine or a private network: nothing of your " +
		"code can leave the house.",
	"model.output": "How answers are kept in form. auto tries what the endpoint can, best first, and remembers it: " +
		"json_schema, json_object, tool, text. " +
		"Name one to skip the trying.",
	"model.reasoning_effort": "How long models that reason should think: none, minimal, low, medium, high, xhigh or max. Empty leaves " +
		"it to the model. A model that does not know the parameter is asked without it.",
	"model.chat_template_kwargs": "What the chat template of a local server takes, as JSON: " +
		"'{\"enable_thinking\": false}' for vLLM and llama.cpp. A server that refuses it is asked without it.",
	"model.timeout": "How long one answer may take. A duration such as 120s; slow local models need more.",
	"model.table":   "Sizes and prices of models that Lintel does not know, or knows wrong. Without a price, budgets count tokens alone.",

	"model.table.*.name":       "the model's name, or its beginning followed by *",
	"model.table.*.window":     "Tokens of prompt and answer together. 0 takes 16384.",
	"model.table.*.max_output": "Most tokens of one answer. 0 takes 4096.",
	"model.table.*.input":      "US dollars for a million tokens of prompt.",
	"model.table.*.cached_input": "US dollars for a million tokens of prompt that the endpoint had in its cache. " +
		"Without it, the price of input.",
	"model.table.*.output": "US dollars for a million tokens of answer, reasoning among them.",
	"model.table.*.reasoning": "true for models that reason before they answer: they take no temperature, and need " +
		"room for more tokens. Other models that reason are known by their first answer.",
	"model.table.*.reasoning_tokens": "Tokens for reasoning, on top of an answer. 0 takes 6000, or twice what the model was " +
		"seen to use where that is more.",

	"model.budget": "Hard caps on what advice may use. 0 is no cap. Days are those of UTC. What " +
		"is reserved before a call counts until the call is settled.",
	"model.budget.calls": "Questions about one head of a pull request. Retries and repairs of a question are none of their own; " +
		"head_tokens bounds them.",
	"model.budget.head_tokens":            "Tokens for one head of a pull request, prompts and answers together.",
	"model.budget.heads":                  "Heads of one pull request that get advice unasked.",
	"model.budget.change_dollars":         "US dollars for one pull request, over all its heads. It needs prices.",
	"model.budget.repository_day_tokens":  "Tokens of one repository in a day.",
	"model.budget.repository_day_dollars": "US dollars of one repository in a day.",
	"model.budget.day_tokens":             "Tokens of the whole server in a day.",
	"model.budget.day_dollars":            "US dollars of the whole server in a day.",
}

// Template is ChatTemplateKwargs as an object; nil when there is none.
func (m Model) Template() (out map[string]any, err error) {
	if m.ChatTemplateKwargs == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(m.ChatTemplateKwargs), &out); err != nil {
		return nil, fmt.Errorf("read model.chat_template_kwargs: %w", err)
	}
	return out, nil
}

// check finds what the schema cannot express about the model.
func (m Model) check(add func(key, format string, args ...any)) {
	if m.Endpoint == "" {
		if m.Name != "" || m.KeyFile != "" {
			add("model.endpoint",
				"it is missing, though a model or a key is named: give the address of the API, such as https://api.openai.com/v1")
		}
		return
	}
	u, err := url.Parse(m.Endpoint)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		// The message must not repeat the text: it may hold a key.
		add("model.endpoint", "it is not an address such as https://api.openai.com/v1")
	case u.User != nil:
		add("model.endpoint", "it has a user or password in it; write the key into a file and name it in model.key_file")
	}
	if m.Name == "" {
		add("model.name", "it is missing: name the model that the endpoint should use")
	}
	if !m.Timeout.within(time.Second, time.Hour) {
		add("model.timeout", "%q is not a duration from 1s to 1h, such as 120s", m.Timeout)
	}
	if _, err := m.Template(); err != nil {
		add("model.chat_template_kwargs", "it is no JSON object such as '{\"enable_thinking\": false}'")
	}
	seen := map[string]bool{}
	for i, e := range m.Table {
		if seen[e.Name] {
			add(fmt.Sprintf("model.table[%d].name", i), "%q is there twice", e.Name)
		}
		seen[e.Name] = true
		if (e.Input == nil) != (e.Output == nil) {
			add(fmt.Sprintf("model.table[%d]", i), "%q has a price for input or for output alone; give both or none", e.Name)
		}
	}
}
