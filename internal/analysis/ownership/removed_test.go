package ownership

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// TestRemovalsThatAreAnnounced: what the title says nobody overlooks, and a title that says something else hides it even
// where a commit tells. Only a change without a title is known by its commits.
func TestRemovalsThatAreAnnounced(t *testing.T) {
	for _, c := range []struct {
		title, header string
		want          bool
	}{
		{"Remove CODEOWNERS", "", true},
		{"Revert \"Add Master codeowners\"", "", true},
		{"chore: drop code owners", "", true},
		{"Label pull requests of docs", "Remove CODEOWNERS", false},
		{"", "Remove CODEOWNERS", true},
		{"", "Label pull requests of docs\n\nThis removes CODEOWNERS.", false},
		{"Name the owner of the code", "", false},
		{"Show the barcode owners", "", false},
	} {
		s := &change.Snapshot{
			Files:   []diff.File{{Path: ".github/CODEOWNERS", Status: diff.Removed, State: diff.Text}},
			Commits: []change.Commit{{Message: c.header}},
		}
		if c.title != "" {
			s.Title = &c.title
		}
		l := lint(s, nil, Source{})
		if l == nil || l.State != "removed" || l.Announced != c.want {
			t.Errorf("%+v: %+v", c, l)
		}
	}
}
