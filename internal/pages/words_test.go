package pages

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxWords is how many words people have written for people to read. Lower it when a page became shorter.
const maxWords = 40_000

// generatedPart is what a generator keeps within a page that people write.
var generatedPart = regexp.MustCompile(`(?s)<!-- \w+: written .*?<!-- end of \w+ -->`)

// handWritten counts the words of the pages that people write, tables and examples included: without decisions, the
// rules' pages, the changelog, and what is generated.
func handWritten(all map[string]string) int {
	words := 0
	for name, text := range all {
		dir := path.Dir(name)
		counts := dir == "." && name != "CHANGELOG.md" || dir == "docs/guides" ||
			dir == "docs" && name != "docs/README.md" && !slices.Contains(generated, name)
		if counts {
			words += len(strings.Fields(generatedPart.ReplaceAllString(text, "")))
		}
	}
	return words
}

// TestPagesDoNotGrow holds the pages to their number of words: who adds a fact makes room for it.
func TestPagesDoNotGrow(t *testing.T) {
	t.Parallel()
	words := handWritten(pages(t))
	if words > maxWords {
		t.Errorf("the pages that people write have %d words, %d at most: say it shorter, or in one place only", words, maxWords)
	}
}

func TestHandWritten(t *testing.T) {
	t.Parallel()
	got := handWritten(map[string]string{
		"README.md":        "one two",
		"docs/chat.md":     "one\n<!-- commands: written from the grammar -->\na b c\n<!-- end of commands -->\ntwo",
		"docs/guides/x.md": "one",
		"docs/metrics.md":  "one",
		"docs/settings.md": "a b c",
		"docs/adr/0001.md": "a b c",
		"docs/README.md":   "a b c",
		"CHANGELOG.md":     "a b c",
	})
	if got != 6 {
		t.Errorf("%d words, want 6", got)
	}
}
