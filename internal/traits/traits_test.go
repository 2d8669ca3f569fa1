package traits

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestTraits holds what publishing rests on: a check of GitHub is a commit's and has a text, one of GitLab has none, and
// what belongs to no forge is published as GitHub's.
func TestTraits(t *testing.T) {
	if hub := Of(change.GitHub); hub.Target != Commit || hub.CheckText < 60_000 || !hub.Annotations || hub.Buttons != 3 {
		t.Errorf("%+v", hub)
	}
	if lab := Of(change.GitLab); lab.Target != Pipeline || lab.CheckText != 0 || lab.Annotations || lab.Buttons != 0 || !lab.Threads {
		t.Errorf("%+v", lab)
	}
	if Of("") != Of(change.GitHub) {
		t.Error("what belongs to no forge has other traits")
	}
}
