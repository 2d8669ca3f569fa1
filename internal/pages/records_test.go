package pages

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var recordName = regexp.MustCompile(`^(\d{4})-[a-z-]+\.md$`)

// TestRecords holds that the index of docs/adr lists every record, in order, and explains each number that has none; and that
// each is one page.
func TestRecords(t *testing.T) {
	files, err := os.ReadDir("../../docs/adr")
	if err != nil {
		t.Fatal(err)
	}
	index := readRoot(t, "docs/adr/README.md")
	next, at := 1, 0
	for _, f := range files {
		m := recordName.FindStringSubmatch(f.Name())
		if m == nil {
			continue
		}
		if m[1] < fmt.Sprintf("%04d", next) {
			t.Fatalf("two records have the number %s; the free ones are in docs/adr/README.md", m[1])
		}
		for ; fmt.Sprintf("%04d", next) != m[1]; next++ {
			if !strings.Contains(index, fmt.Sprintf("%04d", next)) {
				t.Errorf("there is no record %04d, and docs/adr/README.md does not say why", next)
			}
		}
		next++
		if text := readRoot(t, "docs/adr/"+f.Name()); strings.Count(text, "\n") > 66 || len(strings.Fields(text)) > 760 {
			t.Errorf("%s is longer than a page, 66 lines or 760 words: say what, why, and what was not taken", f.Name())
		}
		line := strings.Index(index, "| ["+m[1]+"]("+f.Name()+") |")
		if line <= at {
			t.Errorf("docs/adr/README.md does not list %s, or not in order", f.Name())
		}
		at = line
	}
	if next < 30 {
		t.Errorf("only %d records were looked for, so little was tested", next)
	}
}
