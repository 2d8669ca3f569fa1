//race:unwatched
package model

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestModelKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if key, err := readKey(write("good", " sk-test \n")); err != nil || key != "sk-test" {
		t.Errorf("%q, %v", key, err)
	}
	for name, text := range map[string]string{"empty": "\n", "two": "sk-a\nsk-b"} {
		if _, err := readKey(write(name, text)); err == nil || strings.Contains(err.Error(), "sk-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModelTable(t *testing.T) {
	t.Parallel()
	c := config.Default().Model
	in, out := 0.1, 0.4
	c.Endpoint, c.Name = "http://127.0.0.1:9/v1", "qwen:7b"
	c.Table = []config.ModelEntry{{Name: "qwen*", Window: 32_768, Input: &in, Output: &out}, {Name: "gpt-5", Window: 1000}}
	m, err := Open(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Lookup("qwen:7b"); got.Window != 32_768 || got.Price.CachedIn != 0.1 || got.Reasoning {
		t.Errorf("%+v", got)
	}
	if got := m.Lookup("gpt-5"); got.Window != 1000 || !got.Reasoning || got.Price == nil {
		t.Errorf("a table that gives a window takes away what is known: %+v", got)
	}
	repository := settings.Default().Advise
	repository.Budget.Calls, repository.Budget.DayTokens = 2, 5_000_000
	if got := m.Caps(repository); got.Calls != 2 || got.RepositoryTokens != 2_000_000 || got.HeadTokens != 60_000 {
		t.Errorf("%+v", got)
	}
	if _, err := Open(config.Default().Model, Options{}); !errors.Is(err, errNone) {
		t.Error(err)
	}
}
