package chat

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/chat.md anew")

// TestPublishedCommands holds the table of the manual to the grammar.
func TestPublishedCommands(t *testing.T) {
	const path, begin, end = "../../docs/chat.md", "run go test ./internal/chat -update -->\n", "<!-- end of commands -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", path)
	}
	want := before + begin + Help() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("the table of %s is not that of the grammar; run go test ./internal/chat -update", path)
	}
}

// TestTheManualsExamples parses the examples of the manual.
func TestTheManualsExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/chat.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		if example, ok := strings.CutPrefix(line, "    "+Prefix); ok {
			n++
			if got := Parse(Prefix + example); len(got.Commands) != 1 && example != " rechek" {
				t.Errorf("%q: %+v", example, got)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d examples", n)
	}
}
