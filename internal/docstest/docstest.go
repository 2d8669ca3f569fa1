// Package docstest holds pages of docs/ to the code: generated files to what writes them, and examples to what rules say.
package docstest

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Same compares a generated file with what it should be, or writes it. remedy is the command that does so.
func Same(t *testing.T, path string, want []byte, write bool, remedy string) {
	t.Helper()
	if write {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run %s", err, remedy)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s is out of date; run %s\n%s", path, remedy, d)
	}
}

// Examples are the good and the bad example of a page: its only blocks in a language.
func Examples(t *testing.T, page, language string) (good, bad string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, part := range strings.Split(string(text), "```"+language+"\n")[1:] {
		body, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, body)
	}
	if len(blocks) != 2 {
		t.Fatalf("%s has %d blocks of %s, want a good and a bad example", page, len(blocks), language)
	}
	return blocks[0], blocks[1]
}
