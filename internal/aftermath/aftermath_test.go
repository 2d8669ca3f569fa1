package aftermath

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/diff"
)

func id(c string) string { return strings.Repeat(c, 40) }

func day(n int) time.Time { return time.Unix(0, 0).UTC().AddDate(0, 0, n) }

func TestReverted(t *testing.T) {
	t.Parallel()
	all := []Landed{ // the newest first
		{Commit: id("9"), At: day(40), Messages: []string{"Revert \"old\"\n\nThis reverts commit " + id("1") + "."}},
		{Commit: id("8"), At: day(30), Messages: []string{"again\n\nThis reverts commit " + id("2") + "."}},
		{Commit: id("7"), At: day(29), Messages: []string{"Merge pull request #7", "Revert x\n\nThis reverts commit " + id("b")[:10]}},
		{Commit: id("6"), At: day(28), Messages: []string{"Revert \"y\" (#6)\n\nReverts acme/shop#3"}},
		{Commit: id("5"), At: day(27), Messages: []string{"docs: how to revert commit 1234567 by hand, see #4"}},
		{Commit: id("4"), Number: 4, At: day(26), Messages: []string{"feat: four (#4)\n\nThis reverts commit " + id("2") + "."}},
		{Commit: id("3"), Number: 3, At: day(25), Messages: []string{"feat: three (#3)"}},
		{Commit: id("2"), At: day(24), Brought: []string{id("c")}, Messages: []string{"feat: two"}},
		{Commit: id("a"), At: day(23), Brought: []string{id("b")}, Messages: []string{"merge", "feat: b"}},
		{Commit: id("1"), At: day(1), Messages: []string{"feat: one"}},
	}
	want := map[string]string{id("3"): id("6"), id("2"): id("4"), id("a"): id("7")}
	if got := Reverted(all); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// What two commits could be is neither.
	two := []Landed{
		{Commit: id("9"), At: day(3), Messages: []string{"This reverts commit abcdef1."}},
		{Commit: "abcdef11" + id("0")[8:], At: day(2)},
		{Commit: "abcdef12" + id("0")[8:], At: day(1)},
	}
	if got := Reverted(two); len(got) > 0 {
		t.Errorf("of two: %v", got)
	}
}

func TestIsFix(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"fix: the cart":                 true,
		"fix(cart)!: the cart":          true,
		"Fixes a race":                  true,
		"net/http: fix a race":          true,
		"[core] Fixed a leak":           true,
		"hotfix the deploy":             true,
		"Correct the total":             true,
		"feat: a prefix tree":           false,
		"Add fixtures":                  false,
		"docs: say what a fix is":       false,
		"Revert \"fix: the cart\"":      false,
		"revert: fix of the cart":       false,
		"fixture: add":                  false,
		"Update the list of bugs fixed": false,
	} {
		if got := (Landed{Messages: []string{header + "\n\nfix in the body"}}).IsFix(); got != want {
			t.Errorf("%q: %t", header, got)
		}
	}
}

func file(path, old string, lines ...string) diff.File {
	f := diff.File{Path: path, OldPath: old, Hunks: []diff.Hunk{{}}}
	for _, l := range lines {
		f.Hunks[0].Lines = append(f.Hunks[0].Lines, diff.Line{Op: diff.Op(l[0]), Text: l[1:]})
	}
	return f
}

func TestLines(t *testing.T) {
	t.Parallel()
	made := Added([]diff.File{file("a.go", "", "+\ttotal := sum(all)", "+}", "+\treturn", "-\tgone := everything()")})
	if len(made) != 1 {
		t.Fatalf("%d lines tell something", len(made))
	}
	for name, tc := range map[string]struct {
		fix  diff.File
		want bool
	}{
		"the line":             {file("a.go", "", "-    total := sum(all)"), true},
		"the line of a rename": {file("b.go", "a.go", "-\ttotal := sum(all)"), true},
		"another file":         {file("b.go", "", "-\ttotal := sum(all)"), false},
		"another line":         {file("a.go", "", "-\ttotal := sum(some)"), false},
		"a brace":              {file("a.go", "", "-}"), false},
		"added, not removed":   {file("a.go", "", "+\ttotal := sum(all)"), false},
	} {
		if got := made.Touches(Removed([]diff.File{tc.fix})); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestFollowed(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]int{0: 0, 5: 5, 14: 14, 90: 14, -3: 0} {
		if got := Followed(day(0), day(days)); got != want {
			t.Errorf("%d days: %d", days, got)
		}
	}
	if Within(day(0), day(15)) || Within(day(1), day(0)) || !Within(day(0), day(14)) {
		t.Error("the window is wrong")
	}
}
