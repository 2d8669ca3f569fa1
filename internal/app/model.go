package app

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/openai"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/spend"
)

// maxKey bounds a key's file: more is no key.
const maxKey = 16 << 10

// errNoModel is what those get who ask without an endpoint.
var errNoModel = errors.New("the server's file names no model: set model.endpoint and model.name")

// languageModel is the model of the server's file, ready to be asked.
type languageModel struct {
	config   config.Model
	endpoint *openai.Endpoint
	doer     openai.Doer
	means    spend.Means
}

// openModel reads the key and makes the endpoint. It does not connect. A doer replaces the connection; nil connects.
func openModel(c config.Model, doer openai.Doer, ledger spend.Ledger, answers spend.Answers, now func() time.Time) (*languageModel, error) {
	if c.Endpoint == "" {
		return nil, errNoModel
	}
	key, err := modelKey(c.KeyFile)
	if err != nil {
		return nil, err
	}
	endpoint, err := openai.New(openai.Config{
		Address: c.Endpoint, Azure: c.API == "azure", APIVersion: c.APIVersion, Key: key, Output: openai.Output(c.Output),
		Timeout: c.Timeout.Span(), LocalOnly: c.LocalOnly, Doer: doer,
	})
	if err != nil {
		return nil, fmt.Errorf("open the model's endpoint: %w", err)
	}
	m := &languageModel{config: c, endpoint: endpoint, doer: doer}
	m.means = spend.Means{
		Main: m.priced(c.Name), Verify: m.priced(c.Verify), Fallback: m.priced(c.Fallback),
		Ledger: ledger, Answers: answers, Breaker: spend.NewBreaker(now), Timeout: c.Timeout.Span(),
	}
	return m, nil
}

func modelKey(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the model's key: %w", err)
	}
	key := strings.TrimSpace(string(raw))
	if key == "" || len(raw) > maxKey || strings.ContainsAny(key, " \t\r\n") {
		return "", fmt.Errorf("the model's key in %s is empty, longer than 16 KiB, or has white space in it", path)
	}
	return key, nil
}

// lookup is what is known of a model, by the server's table first.
func (m *languageModel) lookup(name string) openai.Model {
	var table []openai.Model
	for _, e := range m.config.Table {
		entry := openai.Lookup(strings.TrimSuffix(e.Name, "*"), nil)
		entry = openai.Model{Name: e.Name, Window: e.Window, MaxOutput: e.MaxOutput, Reasoning: entry.Reasoning}
		if e.Reasoning != nil {
			entry.Reasoning = *e.Reasoning
		}
		if e.Input != nil && e.Output != nil {
			entry.Price = &openai.Price{In: *e.Input, CachedIn: *e.Input, Out: *e.Output}
			if e.CachedInput != nil {
				entry.Price.CachedIn = *e.CachedInput
			}
		}
		table = append(table, entry)
	}
	return openai.Lookup(name, table)
}

func (m *languageModel) priced(name string) spend.Priced {
	if name == "" {
		return spend.Priced{}
	}
	known := m.lookup(name)
	return spend.Priced{Model: m.endpoint.Model(known), Name: name, Room: known.Room, Cost: known.Cost}
}

// caps are those of the server's file and of a repository's settings, whichever are lower.
func (m *languageModel) caps(s settings.Advise) budget.Caps {
	b := m.config.Budget
	return budget.Caps{
		Calls: b.Calls, HeadTokens: b.HeadTokens, Heads: b.Heads, ChangeMicro: budget.Micro(b.ChangeDollars),
		RepositoryTokens: b.RepositoryDayTokens, RepositoryMicro: budget.Micro(b.RepositoryDayDollars),
		ServerTokens: b.DayTokens, ServerMicro: budget.Micro(b.DayDollars),
	}.Lower(budget.Caps{Calls: s.Budget.Calls, HeadTokens: int64(s.Budget.Tokens), Heads: s.Budget.Heads, RepositoryTokens: s.Budget.DayTokens})
}

// forChange is the model as one head of a change may ask it.
func (m *languageModel) forChange(a budget.Account, s settings.Advise) spend.Model {
	return m.means.For(a, m.caps(s))
}
