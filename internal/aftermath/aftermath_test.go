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
	// A forge's title of a revert is enough; of several changes with the title it is the last one before.
	titled := []Landed{
		{Commit: id("9"), At: day(9), Title: "cart: Revert \"Take coupons (#4)\" (#9)"},
		{Commit: id("8"), At: day(8), Title: "Revert \"Take\""},
		{Commit: id("4"), At: day(4), Title: "Take coupons (#4)"},
		{Commit: id("3"), At: day(3), Title: "Take coupons"},
		{Commit: id("2"), At: day(2), Title: "Take"},
	}
	if got := Reverted(titled); !maps.Equal(got, map[string]string{id("4"): id("9")}) {
		t.Errorf("by title: %v", got)
	}
	// Merges of a branch all have one title.
	merges := []Landed{
		{Commit: id("9"), At: day(9), Title: "Revert \"Merge release/2 to main\""},
		{Commit: id("8"), At: day(8), Title: "Merge release/2 to main"},
	}
	if got := Reverted(merges); len(got) > 0 {
		t.Errorf("of a branch: %v", got)
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

func file(path, old string, lines ...string) diff.File {
	f := diff.File{Path: path, OldPath: old, Hunks: []diff.Hunk{{}}}
	for _, l := range lines {
		f.Hunks[0].Lines = append(f.Hunks[0].Lines, diff.Line{Op: diff.Op(l[0]), Text: l[1:]})
	}
	return f
}

func TestLines(t *testing.T) {
	change := file("a.go", "", " func Total() int {", "+\ttotal := sum(all)", "+\tshipping := price(total)", "+\treturn total",
		"+}", "+", "-\tgone := everything()",
		"-\tmoved := from(elsewhere)", " \tbegin := now()", "+\t\tmoved := from(elsewhere)", "+\tend := now()",
		"+\t// Nothing is said of it here.", "+\tlast := now()", "+\timport \"net/http/httptest\"", "+\tat := last")
	for name, tc := range map[string]struct {
		fix  diff.File
		want bool
	}{
		"the line between the same two": {
			file("a.go", "", " func Total() int {", "-    total := sum(all)", "+\ttotal := sum(some)", " \tshipping := price(total)"), true,
		},
		"the line in a renamed file": {
			file("b.go", "a.go", " func Total() int {", "-\ttotal := sum(all)", " \tshipping := price(total)"), true,
		},
		"both lines": {
			file("a.go", "", " func Total() int {", "-\ttotal := sum(all)", "-\tshipping := price(total)", " \treturn total"), true,
		},
		"something between two of its lines": {
			file("a.go", "", " \ttotal := sum(all)", "+\tif total < 0 {", "+\t}", " \tshipping := price(total)"), true,
		},
		"something between its line and an older one": {
			file("a.go", "", " func Total() int {", "+\tcheck()", " \ttotal := sum(all)"), false,
		},
		"the line elsewhere": {
			file("a.go", "", " func Other() int {", "-\ttotal := sum(all)", " \tshipping := price(total)"), false,
		},
		"another file":       {file("b.go", "", " func Total() int {", "-\ttotal := sum(all)", " \tshipping := price(total)"), false},
		"another line":       {file("a.go", "", " func Total() int {", "-\ttotal := sum(some)", " \tshipping := price(total)"), false},
		"a brace":            {file("a.go", "", " \treturn total", "-}", " "), false},
		"added, not removed": {file("a.go", "", " func Total() int {", "+\ttotal := sum(all)", " \tshipping := price(total)"), false},
		"what it removed":    {file("a.go", "", " ", "-\tgone := everything()"), false},
		"what it moved":      {file("a.go", "", " \tbegin := now()", "-\t\tmoved := from(elsewhere)", " \tend := now()"), false},
		"a comment":          {file("a.go", "", " \tend := now()", "-\t// Nothing is said of it here.", " \tlast := now()"), false},
		"an import":          {file("a.go", "", " \tlast := now()", "-\timport \"net/http/httptest\"", " \tat := last"), false},
		"only moved by the fix": {
			file("a.go", "", " func Total() int {", "-\ttotal := sum(all)", " \tshipping := price(total)", "+\t\ttotal := sum(all)"), false,
		},
		"a comment between its lines": {
			file("a.go", "", " \ttotal := sum(all)", "+\t// It never is negative.", "+\t}", " \tshipping := price(total)"), false,
		},
	} {
		if got := Rewritten([]diff.File{tc.fix}).Take(Written([]diff.File{change})); got > 0 != tc.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	// What is taken is gone: of two changes that wrote a line, the newer one is at fault.
	written := Written([]diff.File{change})
	fix := Rewritten([]diff.File{file("a.go", "", " func Total() int {", "-\ttotal := sum(all)", " \tshipping := price(total)")})
	if fix.Take(written) != 1 || fix.Take(written) != 0 {
		t.Error("a line was taken twice, or never")
	}
	for _, path := range []string{"README.md", "a_test.go", "go.sum", "package.json", "CHANGELOG", "x.pb.go"} {
		f := file(path, "", " first line of them all", "+second line of them all", "+third line of them all")
		if len(Written([]diff.File{f})) > 0 {
			t.Errorf("%s is taken for code", path)
		}
	}
}

func TestFollowed(t *testing.T) {
	for days, want := range map[int]int{0: 0, 5: 5, 14: 14, 90: 14, -3: 0} {
		if got := Followed(day(0), day(days)); got != want {
			t.Errorf("%d days: %d", days, got)
		}
	}
	if Within(day(0), day(15)) || Within(day(1), day(0)) || !Within(day(0), day(14)) {
		t.Error("the window is wrong")
	}
}

func TestAtFault(t *testing.T) {
	for _, tc := range []struct {
		title       string
		places, all int
		want        bool
	}{
		{"Add a cart", 1, 1, true},
		{"Add a cart", 2, 4, true},
		{"Add a cart", 1, 3, false},
		{"Add a cart", 0, 0, false},
		{"Fix the total", 3, 3, false},
		{"Fix the total (#7)", 2, 4, true},
		{"Revert \"Add a cart\"", 3, 3, false},
		{"fix: revert the cart", 3, 3, false},
		{"Backport the cart", 3, 3, false},
		{"refactor(cart): split it", 3, 3, false},
		{"Refactor: one list", 3, 3, false},
		{"test(cart): add a language", 3, 3, false},
		{"Prepare release v2", 3, 3, false},
		{"chore: new tools", 3, 3, false},
		{"feat(release): publish it", 3, 3, true},
	} {
		change := Landed{Title: tc.title, Commit: id("1")}
		if strings.HasSuffix(tc.title, " (#7)") {
			change.Number = 7
		}
		fix := Landed{Messages: []string{"Fix the cart\n\n#7 and #8 forgot it, and 2222222 did not.\n"}}
		elsewhere := Landed{Messages: []string{"Fix the cart\n\nIntroduced in #9."}}
		if change.AtFault(elsewhere, tc.places, tc.all) {
			t.Errorf("%s is at fault for what another one caused", tc.title)
		}
		if got := change.AtFault(fix, tc.places, tc.all); got != tc.want {
			t.Errorf("%s, %d of %d: %t", tc.title, tc.places, tc.all, got)
		}
	}
}

func TestBlamed(t *testing.T) {
	all := []Landed{ // the newest first
		{Commit: id("9"), At: day(40), Messages: []string{"fix: the old one, a regression of #1"}},
		{Commit: id("8"), At: day(30), Messages: []string{"Fix a crash introduced by #4 (#8)"}},
		{Commit: id("7"), At: day(29), Messages: []string{"feat: more, as a follow-up to #3"}},
		{Commit: id("6"), At: day(28), Messages: []string{
			"Fix the sum\n\nFixes: " + id("3")[:10] + " (\"three\")\nSee #2, which it needs.",
		}},
		{Commit: id("5"), At: day(27), Messages: []string{"Fix the list\n\nThis was broken since pull request acme/shop#4."}},
		{Commit: id("4"), Number: 4, At: day(26), Messages: []string{"feat: four (#4)"}},
		{Commit: id("3"), Number: 3, At: day(25), Messages: []string{"feat: three (#3)"}},
		{Commit: id("2"), Number: 2, At: day(24), Messages: []string{"feat: two (#2)"}},
		{Commit: id("1"), Number: 1, At: day(1), Messages: []string{"feat: one (#1)"}},
	}
	want := map[string]string{id("3"): id("6"), id("4"): id("5")}
	if got := Blamed(all); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
