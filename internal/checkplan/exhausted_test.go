package checkplan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

// ATTACK: names so deep that the patterns of a required check take all the work that they may, so that a bad file behind
// them is matched by nothing and never given to the check.
func TestStoryPatternsRunOut(t *testing.T) {
	c := Change{Complete: true}
	for i := range 60 {
		c.Files = append(c.Files, diff.File{Path: fmt.Sprintf("web/%sf%d.ts", strings.Repeat("a/", 1400), i), Status: diff.Added})
	}
	c.Files = append(c.Files, diff.File{Path: "web/evil.ts", Status: diff.Added})
	i := only(t, strings.Replace(own("i"), "run:", `paths: ["/web/**/**/**/*.ts"], run:`, 1), c, Laptop("docker"))
	if i.State == Run && len(i.Files) != len(c.Files) || i.State == Skipped {
		t.Fatalf("%s, given %d of %d files", i.State, len(i.Files), len(c.Files))
	}
	if !i.Exhausted() || i.State != Unable {
		t.Errorf("the attack took too little work to show anything: %s", i.State)
	}
}
