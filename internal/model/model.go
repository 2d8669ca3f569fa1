// Package model opens the language model that the server's file names: its endpoint, its key, its sizes and prices, and
// the caps on what it may cost.
//
// Callers may rely on: opening does not connect; the key goes into no error and no log; caps are those of the server's
// file and of the repository's settings, whichever are lower.
package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/openai"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/spend"
)

// maxKey bounds a key's file: more is no key.
const maxKey = 16 << 10

// errNone is the error of a file that names no model.
var errNone = errors.New("the server's file names no model: set model.endpoint and model.name")

// Model is the model of the server's file, ready to be asked.
type Model struct {
	config   config.Model
	endpoint *openai.Endpoint
	doer     openai.Doer
	means    spend.Means
}

// Options are what a Model may use beside its configuration. The zero value keeps no account of what is spent.
type Options struct {
	// Doer replaces the connection (nil: connect).
	Doer openai.Doer
	// Ledger and Answers keep what was spent and what was answered (nil: nothing is kept).
	Ledger  spend.Ledger
	Answers spend.Cache
	// Patience is how a failing call is tried again.
	Patience spend.Retry
	// Now is needed by whoever asks for a change, and by nobody else.
	Now func() time.Time
}

// Open reads the key and makes the endpoint. It does not connect.
func Open(c config.Model, o Options) (*Model, error) {
	if c.Endpoint == "" {
		return nil, errNone
	}
	key, err := readKey(c.KeyFile)
	if err != nil {
		return nil, err
	}
	template, err := c.Template()
	if err != nil {
		return nil, err
	}
	endpoint, err := openai.New(openai.Config{
		Address:    c.Endpoint,
		Azure:      c.API == "azure",
		APIVersion: c.APIVersion,
		Key:        key,
		Output:     openai.Output(c.Output),
		Timeout:    c.Timeout.Span(),
		LocalOnly:  c.LocalOnly,
		Effort:     c.ReasoningEffort,
		Template:   template,
		Doer:       o.Doer,
	})
	if err != nil {
		return nil, fmt.Errorf("open the model's endpoint: %w", err)
	}
	m := &Model{config: c, endpoint: endpoint, doer: o.Doer}
	m.means = spend.Means{
		Main:     m.priced(c.Name),
		Verify:   m.priced(c.Verify),
		Fallback: m.priced(c.Fallback),
		Ledger:   o.Ledger,
		Answers:  o.Answers,
		Breaker:  spend.NewBreaker(o.Now),
		Timeout:  c.Timeout.Span(),
		Retry:    o.Patience,
	}
	return m, nil
}

// In is the same endpoint with answers kept in one form, outside all accounts.
func (m *Model) In(form openai.Output) (*Model, error) {
	c := m.config
	c.Output = string(form)
	return Open(c, Options{Doer: m.doer})
}

// Config is what the server's file says of the model.
func (m *Model) Config() config.Model { return m.config }

// Local reports whether the endpoint is this machine or in a private network.
func (m *Model) Local() bool { return m.endpoint.Local() }

// Direct asks the endpoint outside all accounts.
func (m *Model) Direct(known openai.Model) *openai.Asker { return m.endpoint.Model(known) }

func readKey(path string) (string, error) {
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

// Lookup is what is known of a model, by the server's table first.
func (m *Model) Lookup(name string) openai.Model {
	var table []openai.Model
	for _, e := range m.config.Table {
		entry := openai.Lookup(strings.TrimSuffix(e.Name, "*"), nil)
		entry = openai.Model{
			Name: e.Name, Window: e.Window, MaxOutput: e.MaxOutput,
			Reasoning: entry.Reasoning, ReasoningTokens: e.ReasoningTokens,
		}
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

func (m *Model) priced(name string) spend.Priced {
	if name == "" {
		return spend.Priced{}
	}
	known := m.Lookup(name)
	asker := m.endpoint.Model(known)
	return spend.Priced{Model: asker, Name: name, Room: asker.Room, Cost: known.Cost}
}

// Caps are those of the server's file and of a repository's settings, whichever are lower.
func (m *Model) Caps(s settings.Advise) budget.Caps {
	b := m.config.Budget
	return budget.Caps{
		Calls: b.Calls, HeadTokens: b.HeadTokens, Heads: b.Heads, ChangeMicro: budget.Micro(b.ChangeDollars),
		RepositoryTokens: b.RepositoryDayTokens, RepositoryMicro: budget.Micro(b.RepositoryDayDollars),
		ServerTokens: b.DayTokens, ServerMicro: budget.Micro(b.DayDollars),
	}.Lower(budget.Caps{
		Calls:            s.Budget.Calls,
		HeadTokens:       int64(s.Budget.Tokens),
		Heads:            s.Budget.Heads,
		RepositoryTokens: s.Budget.DayTokens,
	})
}

// ForChange is the model as one head of a change may ask it.
func (m *Model) ForChange(a budget.Account, s settings.Advise) spend.Model {
	return m.means.For(a, m.Caps(s))
}

// Record knows how the tokens that a model counted compare with our estimates of them.
type Record interface {
	Observed(ctx context.Context, model string) (estimated, counted int64, err error)
}

// Measure sets what is known of the model: its sizes, and how its tokens compare with our estimate.
func (m *Model) Measure(ctx context.Context, r Record, o *advise.Options) error {
	m.Size(o)
	estimated, counted, err := r.Observed(ctx, m.config.Name)
	if err != nil {
		return err
	}
	if estimated > 0 && counted > 0 {
		// Within bounds: an endpoint that counts wrong must not make prompts vanish or burst.
		o.TokenRatio = min(max(float64(counted)/float64(estimated), 0.5), 3)
	}
	return nil
}

// Size sets what is known of the model without having asked it.
func (m *Model) Size(o *advise.Options) {
	known := m.Lookup(m.config.Name)
	if known.Window > 0 {
		o.Window = known.Window
	}
	if known.MaxOutput > 0 {
		o.MaxOutput = min(o.MaxOutput, known.MaxOutput)
	}
	// What the model thinks is part of its window, too.
	o.Window -= max(0, m.Direct(known).Room(o.MaxOutput)-o.MaxOutput)
}
