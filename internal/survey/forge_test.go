package survey

import (
	"fmt"
	"strings"
	"testing"
)

func TestKnown(t *testing.T) {
	changes := []Change{
		{Commit: "a", Number: 1, Title: "feat: one commit's own", Landed: Squash},
		{Commit: "b", Title: "fix: rebased", Landed: Direct},
		{Commit: "c", Number: 3, Landed: Merge, Author: "whoever pressed the button"},
		{Commit: "d", Number: 4, Title: "not known", Landed: Squash, Author: "git's"},
	}
	pulls := []Pull{
		{Number: 1, Title: " feat: the title ", Body: "Why.\r\nHow.", Author: "ann"},
		{Number: 2, Title: "The title of what was rebased", Commit: "b", Author: "dependabot[bot]"},
		{Number: 3, Title: "feat: three", Commit: "c"},
		{Number: 9, Title: "feat: of another branch", Commit: "x"},
	}
	got, n := Known(changes, pulls)
	var said []string
	for _, c := range got {
		said = append(said, fmt.Sprintf("%d %s|%s %s", c.Number, c.Title, c.Body, c.Author))
	}
	want := "1 feat: the title|Why.\nHow. ann; 2 fix: rebased| dependabot[bot]; 3 feat: three| ; 4 not known| git's"
	if n != 3 || strings.Join(said, "; ") != want {
		t.Errorf("%d: %q, want %q", n, strings.Join(said, "; "), want)
	}
	if changes[0].Title != "feat: one commit's own" {
		t.Error("the changes that were given are not as before")
	}
}

func TestSettled(t *testing.T) {
	yes, no := new(true), new(false)
	for name, tc := range map[string]struct {
		f    Forge
		want string
	}{
		"hidden":                  {Forge{Repository: "a/b"}, "title"}, // as history shows
		"several":                 {Forge{Squash: yes, Merge: yes, Rebase: no}, "title"},
		"a squash by the title":   {Forge{Squash: yes, Merge: no, Rebase: no, SquashTitle: "PR_TITLE"}, "title"},
		"a squash by the commit":  {Forge{Squash: yes, Merge: no, Rebase: no, SquashTitle: "COMMIT_OR_PR_TITLE"}, "auto"},
		"no squash":               {Forge{Squash: no, Merge: yes, Rebase: yes}, "commits"},
		"an answer that is a lie": {Forge{Squash: no, Merge: no, Rebase: no}, "commits"},
	} {
		h := years(100, "feat: a")
		h.Forge = tc.f
		if c := Conclude(h, false); c.Squash != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, c.Squash, c.SquashWhy, tc.want)
		}
	}
}
