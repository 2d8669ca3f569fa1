package openai_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/openai"
)

const (
	secretKey    = "sk-test-0123456789abcdef"
	secretPrompt = "the-whole-secret-of-the-prompt"
	good         = `{"ok":true}`
)

var schema = json.RawMessage(`{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}`)

func question() llm.Request {
	return llm.Request{
		Purpose:    llm.Find,
		System:     "Look.",
		User:       secretPrompt,
		Schema:     schema,
		SchemaName: "finding",
		MaxOutput:  500,
		EstimateIn: 20,
	}
}

// scene asks a scripted endpoint in the same process.
type scene struct {
	*fakemodel.Endpoint
	asker *openai.Asker
	conn  *openai.Endpoint
}

func play(t *testing.T, s fakemodel.Script, c openai.Config, m openai.Model) scene {
	t.Helper()
	fake := fakemodel.New(s)
	if c.Address == "" {
		c.Address = "http://127.0.0.1:9/v1"
	}
	if c.Doer == nil {
		c.Doer = fake
	}
	conn, err := openai.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name == "" {
		m = openai.Lookup(fake.Model(), nil)
	}
	return scene{fake, conn.Model(m), conn}
}

func turns(f fakemodel.Fault) []fakemodel.Turn {
	return []fakemodel.Turn{{Fault: f, Text: good, RetryAfter: "7", In: 100, Out: 10}}
}

// TestFaults: every fault of an endpoint is a problem of the right kind, which tells nothing of the prompt and the key.
func TestFaults(t *testing.T) {
	want := map[fakemodel.Fault]llm.Kind{
		fakemodel.Limited: llm.Limited, fakemodel.NoQuota: llm.Unauthorised, fakemodel.Failing: llm.Server,
		fakemodel.Overloaded:   llm.Server,
		fakemodel.Unauthorised: llm.Unauthorised, fakemodel.Unknown: llm.Unusable, fakemodel.Slow: llm.Timeout,
		fakemodel.Trickle: llm.Timeout,
		fakemodel.Cut:     llm.Unreachable, fakemodel.Garbled: llm.Unreachable, fakemodel.Page: llm.Server, fakemodel.Endless: llm.Broken,
		fakemodel.Refusal: llm.Refusal, fakemodel.Filtered: llm.Filtered,
		fakemodel.FilteredPrompt: llm.Filtered,
		fakemodel.NoChoices:      llm.Empty, fakemodel.NoText: llm.Empty, fakemodel.Redirect: llm.Unusable,
		// These are for whoever asked to find: the text is theirs to check.
		fakemodel.BrokenJSON: "", fakemodel.Prose: "", fakemodel.Thinking: "", fakemodel.WrongLines: "", fakemodel.InventedQuote: "",
		fakemodel.Orders:   "",
		fakemodel.OverLong: "", fakemodel.MoreKeys: "", fakemodel.Length: "",
	}
	for _, fault := range fakemodel.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			fake := fakemodel.New(fakemodel.Script{Turns: turns(fault), Key: secretKey})
			server := httptest.NewServer(fake)
			defer server.Close()
			timeout := 3 * time.Minute
			if fault == fakemodel.Slow || fault == fakemodel.Trickle {
				timeout = 50 * time.Millisecond
			}
			conn, err := openai.New(openai.Config{Address: server.URL + "/v1", Key: secretKey, Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := conn.Model(openai.Lookup("m", nil)).Ask(t.Context(), question())
			kind, known := want[fault]
			if !known {
				t.Fatal("no expectation")
			}
			if kind == "" {
				if fault == fakemodel.Length {
					if err != nil || answer.Finish != llm.Cut || answer.Text != good[:len(good)/2] || answer.Usage.Out != 10 {
						t.Fatalf("%+v, %v", answer, err)
					}
					return
				}
				if err != nil || !strings.Contains(answer.Text, `"ok":true`) || answer.Usage.In != 100 {
					t.Fatalf("%+v, %v", answer, err)
				}
				return
			}
			p, ok := llm.ProblemOf(err)
			if !ok || p.Kind != kind {
				t.Fatalf("got %v, want %s", err, kind)
			}
			if told := fmt.Sprintf("%v %+v", err, *p); strings.Contains(told, secretPrompt) || strings.Contains(told, secretKey) ||
				strings.Contains(told, "127.0.0.1") {
				t.Errorf("the problem tells too much: %s", told)
			}
			if retry := fault == fakemodel.Limited || fault == fakemodel.Overloaded; retry && p.RetryAfter != 7*time.Second {
				t.Errorf("Retry-After is %s", p.RetryAfter)
			}
		})
	}
}

func TestEndedContextIsNoProblem(t *testing.T) {
	s := play(t, fakemodel.Script{Turns: turns(fakemodel.Slow)}, openai.Config{}, openai.Model{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.asker.Ask(ctx, question()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestLadder: each endpoint gets the best form that it takes, and what it refused once it is not asked again.
func TestLadder(t *testing.T) {
	for _, tt := range []struct {
		can  []string
		want openai.Output
	}{
		{nil, openai.Schema},
		{[]string{fakemodel.Object, fakemodel.Tool}, openai.Object},
		{[]string{fakemodel.Tool}, openai.Tool},
		{[]string{}, openai.Text},
	} {
		s := play(t, fakemodel.Script{Can: tt.can, Turns: []fakemodel.Turn{{Schema: "finding", Text: good}}}, openai.Config{},
			openai.Model{})
		for range 2 {
			answer, err := s.asker.Ask(t.Context(), question())
			if err != nil || answer.Text != good {
				t.Fatalf("%s: %+v, %v", tt.want, answer, err)
			}
		}
		asked := s.Asked()
		if got := s.conn.Output(s.Model()); got != tt.want || asked[len(asked)-1].Form != asked[len(asked)-2].Form {
			t.Errorf("got %s, want %s; asked %d times", got, tt.want, len(asked))
		}
	}
}

func TestProseStepsDown(t *testing.T) {
	s := play(t, fakemodel.Script{Turns: []fakemodel.Turn{{Text: "I think it is fine."}}}, openai.Config{}, openai.Model{})
	answer, err := s.asker.Ask(t.Context(), question())
	if err != nil || answer.Text != "I think it is fine." || s.conn.Output(s.Model()) != openai.Object {
		t.Fatalf("%+v, %v, now %s", answer, err, s.conn.Output(s.Model()))
	}
}

func TestNamedFormIsKept(t *testing.T) {
	s := play(t, fakemodel.Script{Can: []string{}}, openai.Config{Output: openai.Schema}, openai.Model{})
	_, err := s.asker.Ask(t.Context(), question())
	if p, ok := llm.ProblemOf(err); !ok || p.Kind != llm.Unusable || len(s.Asked()) != 1 {
		t.Fatalf("%v after %d questions", err, len(s.Asked()))
	}
}

// TestReasoning: what the library and the endpoints want of reasoning models, known by name or learned.
func TestReasoning(t *testing.T) {
	for _, name := range []string{"gpt-5-mini", "o3", "deployment-7"} {
		s := play(t, fakemodel.Script{Reasoning: true, Turns: []fakemodel.Turn{{Text: good}}}, openai.Config{}, openai.Lookup(name, nil))
		for range 2 {
			if _, err := s.asker.Ask(t.Context(), question()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		var sent map[string]any
		asked := s.Asked()
		if err := json.Unmarshal(asked[len(asked)-1].Body, &sent); err != nil {
			t.Fatal(err)
		}
		if _, hot := sent["temperature"]; hot || sent["max_completion_tokens"] == nil || sent["max_tokens"] != nil {
			t.Errorf("%s: %v", name, sent)
		}
		if known := name != "deployment-7"; known && len(asked) != 2 {
			t.Errorf("%s: %d questions for 2", name, len(asked))
		}
	}
}

func TestColdIsSent(t *testing.T) {
	s := play(t, fakemodel.Script{Turns: []fakemodel.Turn{{Text: good}}}, openai.Config{}, openai.Model{})
	if _, err := s.asker.Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Temperature *float64
		MaxTokens   int `json:"max_tokens"`
	}
	if err := json.Unmarshal(s.Asked()[0].Body, &sent); err != nil || sent.Temperature == nil || *sent.Temperature > 0.001 ||
		sent.MaxTokens != 500 {
		t.Errorf("%+v, %v", sent, err)
	}
}

func TestAzure(t *testing.T) {
	s := play(t, fakemodel.Script{Key: secretKey, Turns: []fakemodel.Turn{{Text: good}}},
		openai.Config{Address: "https://acme.openai.azure.com", Azure: true, APIVersion: "2024-10-21", Key: secretKey},
		openai.Lookup("our:gpt", nil))
	if _, err := s.asker.Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	if got, want := s.Asked()[0].Path, "/openai/deployments/our:gpt/chat/completions?api-version=2024-10-21"; got != want {
		t.Errorf("asked at %s, want %s", got, want)
	}
}

func TestCost(t *testing.T) {
	table := []openai.Model{{Name: "lintel-scripted*", Window: 9000, Price: &openai.Price{In: 1.25, CachedIn: 0.125, Out: 10}}}
	s := play(t, fakemodel.Script{Turns: []fakemodel.Turn{{Text: good, In: 1000, Out: 33}}}, openai.Config{},
		openai.Lookup("lintel-scripted", table))
	answer, err := s.asker.Ask(t.Context(), question())
	if err != nil || answer.MicroDollars == nil || *answer.MicroDollars != 1250+330 {
		t.Fatalf("%+v, %v", answer, err)
	}
}

func TestLookup(t *testing.T) {
	table := []openai.Model{
		{Name: "qwen*", Window: 1},
		{Name: "qwen3*", Window: 2},
		{Name: "qwen3:8b", Window: 3},
		{Name: "gpt-5", Reasoning: true, Price: &openai.Price{In: 9}},
	}
	for name, want := range map[string]int{"qwen2": 1, "qwen3:4b": 2, "qwen3:8b": 3, "mystery": 16_384, "gpt-5": 400_000,
		"openai/gpt-4o-mini-2024-07-18": 128_000} {
		if got := openai.Lookup(name, table); got.Window != want || got.Name != name {
			t.Errorf("%s: window %d, want %d", name, got.Window, want)
		}
	}
	if m := openai.Lookup("gpt-5", table); m.Price.In != 9 || !m.Reasoning {
		t.Errorf("%+v", m)
	}
	if m := openai.Lookup("gpt-5.9-unheard-of", nil); m.Price != nil || !m.Reasoning {
		t.Errorf("a price was guessed: %+v", m)
	}
}

// TestLocalOnly: neither a number, nor a name that points elsewhere, nor a redirect leads out of the house.
//
// Attack by whoever runs a model's endpoint, or its name server: Redirect prompts elsewhere, answer without end,
// or quote prompts into our log: Lintel follows no redirect; it checks `local_only` when it connects, after the
// name was resolved; bodies are bounded; Lintel never repeats an endpoint's words. Also
// `internal/openai/ask_test.go` `TestFaults`; `internal/openai/inside_test.go` `TestNamesAreJudgedWhenConnected`.
func TestLocalOnly(t *testing.T) {
	for _, address := range []string{"https://8.8.8.8/v1", "http://[2001:db8::1]/v1", "http://169.254.169.254/v1"} {
		if _, err := openai.New(openai.Config{Address: address, LocalOnly: true}); err == nil {
			t.Errorf("%s is taken for local", address)
		}
	}
	for _, address := range []string{"http://127.0.0.1:1/v1", "http://[::1]:1/v1", "http://10.1.2.3/v1", "http://[fd00::1]/v1",
		"http://localhost:1/v1", "http://model.internal/v1"} {
		if _, err := openai.New(openai.Config{Address: address, LocalOnly: true}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	server := httptest.NewServer(fakemodel.New(fakemodel.Script{Turns: []fakemodel.Turn{{Text: good}}}))
	defer server.Close()
	conn, err := openai.New(openai.Config{Address: server.URL + "/v1", LocalOnly: true})
	if err != nil || !conn.Local() {
		t.Fatal(err)
	}
	if _, err := conn.Model(openai.Lookup("m", nil)).Ask(t.Context(), question()); err != nil {
		t.Error(err)
	}
}

func TestBadConfigurations(t *testing.T) {
	for _, c := range []openai.Config{
		{},
		{Address: "api.openai.com"},
		{Address: "https://me:sk-1@api.example/v1"},
		{Address: "http://127.0.0.1/v1", Output: "yaml"},
	} {
		if _, err := openai.New(c); err == nil || strings.Contains(err.Error(), "sk-1") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestRecordAndReplay(t *testing.T) {
	dir := t.TempDir()
	fake := fakemodel.New(
		fakemodel.Script{Key: secretKey, Turns: []fakemodel.Turn{{Schema: "finding", Text: good}, {Fault: fakemodel.Page}}})
	ask := func(d openai.Doer, r llm.Request) (llm.Answer, error) {
		conn, err := openai.New(openai.Config{Address: "http://127.0.0.1:9/v1", Key: secretKey, Doer: d})
		if err != nil {
			t.Fatal(err)
		}
		return conn.Model(openai.Lookup("m", nil)).Ask(t.Context(), r)
	}
	tape, err := openai.Record(dir, fake)
	if err != nil {
		t.Fatal(err)
	}
	other := question()
	other.SchemaName = "other"
	want, err := ask(tape, question())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(tape, other); err == nil {
		t.Fatal("a failure was not recorded as one")
	}
	replay := openai.Replay(dir)
	got, err := ask(replay, question())
	if err != nil || got != want {
		t.Fatalf("%+v, %v, want %+v", got, err, want)
	}
	if p, ok := llm.ProblemOf(second(ask(replay, other))); !ok || p.Kind != llm.Server {
		t.Errorf("a recorded failure replays as %v", p)
	}
	changed := question()
	changed.System += " Please."
	if _, err := ask(replay, changed); !errors.Is(err, openai.ErrNotRecorded) || len(replay.Misses()) != 1 {
		t.Errorf("a changed prompt: %v, misses %v", err, replay.Misses())
	}
	if strings.Contains(everything(t, dir), secretKey) {
		t.Error("the key is in a recording")
	}
}

func second(_ llm.Answer, err error) error { return err }

// TestNames: what is the same question has one name, whatever the order of keys.
func TestNames(t *testing.T) {
	name := func(s string) string {
		n, err := openai.Name([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if name(`{"a":1,"b":[1,2]}`) != name(`{ "b": [1, 2], "a": 1 }`) || name(`{"a":1}`) == name(`{"a":2}`) ||
		name(`[1,2]`) == name(`[2,1]`) {
		t.Error("names do not follow the content")
	}
}

var _ http.Handler = (*fakemodel.Endpoint)(nil)

// everything is the unpacked text of all files of a folder.
func everything(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.json.gz"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("nothing recorded: %v", err)
	}
	var all strings.Builder
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		zip, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(zip)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
