package settings

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// However often a file is read, and whatever was read between, it says the same.
func TestWhatWasReadBeforeSaysTheSame(t *testing.T) {
	of := func(content string) Resolution {
		file := change.File{Path: Path, Blob: "b", Size: int64(len(content)), Content: []byte(content)}
		return Resolve(change.Controls{Files: map[string]change.File{Path: file}}, nil, []string{"size/large"})
	}
	texts := []string{
		"version: 1\nsize: { mode: warn }\nrules: { size/large: { mode: shadow } }\n",
		"version: 1\nsize: { mode: wern }\nsise: {}\n",
		"version: 1\nversion: 1\n",
		"{",
		"version: 1\n# " + strings.Repeat("x", maxRecentSize) + "\n",
	}
	var first []Resolution
	for _, text := range texts {
		recent.Lock()
		recent.files = nil
		recent.Unlock()
		first = append(first, of(text))
	}
	for i := range maxRecent + 1 {
		of(fmt.Sprintf("version: 1\nsize: { fail_over: %d }\n", i+1000))
		for k, text := range texts {
			if again := of(text); !reflect.DeepEqual(first[k], again) {
				t.Fatalf("%d: got %+v, want %+v", i, again, first[k])
			}
		}
	}
	if n := len(recent.files); n > maxRecent {
		t.Errorf("%d files are remembered", n)
	}
}
