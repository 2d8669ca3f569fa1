package dependencies

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestExamplesOfTheGuide holds the files that docs/dependencies.md shows to those of the fixtures, whose decisions are
// tests of the policies.
func TestExamplesOfTheGuide(t *testing.T) {
	page, err := os.ReadFile("../../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for block := range strings.SplitSeq(string(page), "```json ") {
		name, content, ok := strings.Cut(block, "\n")
		if !ok || !strings.Contains(name, "/head/") {
			continue
		}
		content, _, _ = strings.Cut(content, "```")
		fixture, file, _ := strings.Cut(name, "/")
		archive, err := txtar.ParseFile("../../../policies/dependencies/testdata/" + fixture + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name == file {
				if shown++; string(f.Data) != content {
					t.Errorf("%s is not as in the fixture:\n%s", name, f.Data)
				}
			}
		}
	}
	if shown != 4 {
		t.Errorf("%d examples were compared, and there are 4", shown)
	}
}
