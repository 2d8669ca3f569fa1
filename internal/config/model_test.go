package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	t.Parallel()
	c, err := Load(modelFile(t, ""), nil, nil)
	if err != nil || c.Model.Endpoint != "" || c.Model.Budget.HeadTokens != 60_000 || c.Model.Budget.Calls != 3 {
		t.Fatalf("%+v, %v", c.Model, err)
	}
}

func TestModelFromFileAndEnvironment(t *testing.T) {
	t.Parallel()
	path := modelFile(t,
		`model: {endpoint: "https://api.openai.com/v1", name: gpt-5-mini, table: [{name: "x*", input: 0.25, output: `+
			`2}], budget: {day_dollars: 2.5}}`)
	c, err := Load(path,
		[]string{"LINTEL_MODEL_LOCAL_ONLY=true", "LINTEL_MODEL_ENDPOINT=http://[::1]:8000/v1", "LINTEL_MODEL_BUDGET_HEAD_TOKENS=5000"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Model
	if !m.LocalOnly || m.Endpoint != "http://[::1]:8000/v1" || m.Budget.HeadTokens != 5000 || m.Budget.DayDollars != 2.5 ||
		*m.Table[0].Input != 0.25 || m.Table[0].CachedInput != nil {
		t.Errorf("%+v", m)
	}
}

func TestModelProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"model: {name: x}": "model.endpoint: it is missing, though a model or a key is named",
		"model: {endpoint: 'https://api.openai.com/v1'}": "model.name: it is missing",
		"model: {endpoint: 'api.openai.com', name: x}": "model.endpoint: it is not an " +
			"address",
		"model: {endpoint: 'https://me:sk-1234@api.example.com/v1', name: x}": "model.endpoint: it has a " +
			"user or password in it",
		"model: {endpoint: 'ftp://me:sk-1234@api.example.com/v1', name: x}": "model.endpoint: it is not an " +
			"address",
		"model: {endpoint: 'https://a.example/v1', name: x, timeout: soon}": `model.timeout: "soon" is not ` +
			`a duration`,
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a}, {name: a}]}": `model.table[1].name: "a" is ` +
			`there twice`,
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a, input: 1}]}": "price for input or for " +
			"output alone",
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a, input: -1, output: 1}]}":        "model.table[0].input is -1",
		"model: {endpoint: 'https://a.example/v1', name: x, table: [{name: a, inptu: 1}], key: sk-not-a-key}": `unknown key "key" in model`,
	} {
		_, err := Load(modelFile(t, text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sk-1234") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
