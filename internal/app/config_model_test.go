package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/settings"
)

const plainServer = "github: {app_id: 1, private_key_file: k, webhook_secret_file: s}\n"

func modelFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server.yml")
	if err := os.WriteFile(path, []byte(plainServer+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestModelIsOffByDefault(t *testing.T) {
	c, err := LoadConfig(modelFile(t, ""), nil, nil)
	if err != nil || c.Model.Endpoint != "" || c.Model.Budget.HeadTokens != 60_000 || c.Model.Budget.Calls != 3 {
		t.Fatalf("%+v, %v", c.Model, err)
	}
}

func TestModelFromFileAndEnvironment(t *testing.T) {
	path := modelFile(t, `model: {endpoint: "https://api.openai.com/v1", name: gpt-5-mini, table: [{name: "x*", input: 0.25, output: 2}], budget: {day_dollars: 2.5}}`)
	c, err := LoadConfig(path, []string{"LINTEL_MODEL_LOCAL_ONLY=true", "LINTEL_MODEL_ENDPOINT=http://[::1]:8000/v1", "LINTEL_MODEL_BUDGET_HEAD_TOKENS=5000"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Model
	if !m.LocalOnly || m.Endpoint != "http://[::1]:8000/v1" || m.Budget.HeadTokens != 5000 || m.Budget.DayDollars != 2.5 || *m.Table[0].Input != 0.25 || m.Table[0].CachedInput != nil {
		t.Errorf("%+v", m)
	}
}

func TestModelProblems(t *testing.T) {
	for text, want := range map[string]string{
		"model: {name: x}": "model.endpoint: it is missing, though a model or a key is named",
		"model: {endpoint: 'https://api.openai.com/v1'}":                                                      "model.name: it is missing",
		"model: {endpoint: 'api.openai.com', name: x}":                                                        "model.endpoint: it is not an address",
		"model: {endpoint: 'https://me:sk-1234@api.example.com/v1', name: x}":                                 "model.endpoint: it has a user or password in it",
		"model: {endpoint: 'ftp://me:sk-1234@api.example.com/v1', name: x}":                                   "model.endpoint: it is not an address",
		"model: {endpoint: 'https://a.example/v1', name: x, timeout: soon}":                                   `model.timeout: "soon" is not a duration`,
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a}, {name: a}]}":                   `model.table[1].name: "a" is there twice`,
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a, input: 1}]}":                    "price for input or for output alone",
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a, input: -1, output: 1}]}":        "model.table[0].input is -1",
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a, inptu: 1}], key: sk-not-a-key}": `unknown key "key" in model`,
	} {
		_, err := LoadConfig(modelFile(t, text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sk-1234") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestModelKey(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if key, err := modelKey(write("good", " sk-test \n")); err != nil || key != "sk-test" {
		t.Errorf("%q, %v", key, err)
	}
	for name, text := range map[string]string{"empty": "\n", "two": "sk-a\nsk-b"} {
		if _, err := modelKey(write(name, text)); err == nil || strings.Contains(err.Error(), "sk-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModelTable(t *testing.T) {
	c := DefaultConfig().Model
	in, out := 0.1, 0.4
	c.Endpoint, c.Name = "http://127.0.0.1:9/v1", "qwen:7b"
	c.Table = []ModelEntry{{Name: "qwen*", Window: 32_768, Input: &in, Output: &out}, {Name: "gpt-5", Window: 1000}}
	m, err := openModel(c, nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.lookup("qwen:7b"); got.Window != 32_768 || got.Price.CachedIn != 0.1 || got.Reasoning {
		t.Errorf("%+v", got)
	}
	if got := m.lookup("gpt-5"); got.Window != 1000 || !got.Reasoning || got.Price == nil {
		t.Errorf("a table that gives a window takes away what is known: %+v", got)
	}
	repository := settings.Default().Advise
	repository.Budget.Calls, repository.Budget.DayTokens = 2, 5_000_000
	if got := m.caps(repository); got.Calls != 2 || got.RepositoryTokens != 2_000_000 || got.HeadTokens != 60_000 {
		t.Errorf("%+v", got)
	}
	if _, err := openModel(DefaultConfig().Model, nil, nil, nil, nil); !errors.Is(err, errNoModel) {
		t.Error(err)
	}
}
