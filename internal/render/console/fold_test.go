package console

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	t.Parallel()
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
		"two spaces":  {"      rule/name  https://x.example\n", 20, "      rule/name \n      https://x.example\n"},
		"colours":     {painted, 20, painted},
		"other runes": {"      ééé ééé ééé\n", 20, "      ééé ééé ééé\n"},
		"no line end": {"one two three four five", 20, "one two three four\n  five"},
	} {
		if got := fold(tc.line, tc.columns); got != tc.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, tc.want)
		}
	}
}
