package secrets

import (
	"os"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/settings"
)

// TestExamples holds the examples of docs/secrets.md to what they say.
func TestExamples(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/secrets.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]string{"bad": "github-pat line .env:1", "good": ""} {
		_, rest, ok := strings.Cut(string(doc), "```"+kind+"\n")
		example, _, closed := strings.Cut(rest, "```")
		if !ok || !closed {
			t.Fatalf("there is no %s example", kind)
		}
		line := strings.ReplaceAll(strings.TrimSuffix(example, "\n"), "<36 characters>", strings.TrimPrefix(pat, "ghp_"))
		if got := places(t, Analyse(snapshot(added(".env", 1, line)), settings.Secrets{}).Facts); got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
}
