package console

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/render/contract"
)

// TestFoldedTextIsNoCommand: where a line is broken, what others wrote begins a line, and a runner reads commands there
// whatever the indent.
func TestFoldedTextIsNoCommand(t *testing.T) {
	for _, command := range []string{"::error::x", "##[error]x", "##vso[task.complete]x"} {
		v := contract.Verdict{Conclusion: "failure", Families: []contract.Family{{Name: "commits", Conclusion: "failure"}},
			Findings: []contract.Finding{{Rule: "commits/title", Family: "commits", Title: "t", Message: "aaaaaaaaaaaa " + command}}}
		text := Verdict(v, false, 24)
		if !strings.Contains(text, "aaaaaaaaaaaa\n") {
			t.Fatalf("nothing was folded: %s", text)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), command) {
				t.Errorf("%q would be carried out in\n%s", command, text)
			}
		}
	}
}

func TestFold(t *testing.T) {
	painted := "  " + bold + "a.go:1" + reset + "  " + red + "error" + reset + "  x\n"
	for name, tc := range map[string]struct {
		line    string
		columns int
		want    string
	}{
		"short":       {"      one two\n", 20, "      one two\n"},
		"not asked":   {strings.Repeat("word ", 50) + "\n", 0, strings.Repeat("word ", 50) + "\n"},
		"message":     {"      one two three four\n", 20, "      one two three\n      four\n"},
		"remedy":      {"      fix: one two three\n", 20, "      fix: one two\n           three\n"},
		"not judged":  {"  not judged: a/b: one two\n", 20, "  not judged: a/b:\n    one two\n"},
		"long word":   {"      see https://example.com/a/long now\n", 20, "      see\n      https://example.com/a/long\n      now\n"},
		"suggestion":  {"        | one two three four five\n", 20, "        | one two three four five\n"},
		"two spaces":  {"      rule/name  https://x.example\n", 20, "      rule/name\n      https://x.example\n"},
		"colours":     {painted, 20, painted},
		"other runes": {"      ééé ééé ééé\n", 20, "      ééé ééé ééé\n"},
		"no line end": {"one two three four five", 20, "one two three four\n  five"},
	} {
		if got := fold(tc.line, tc.columns); got != tc.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, tc.want)
		}
	}
}
