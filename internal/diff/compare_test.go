package diff

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// apply rebuilds the new text from the old one and the hunks, and checks every context and removed line on the way.
func apply(t *testing.T, before string, hunks []Hunk) string {
	t.Helper()
	old := splitLines(before)
	var b strings.Builder
	at := 0
	for _, h := range hunks {
		for ; at < h.oldAt()-1; at++ {
			b.WriteString(old[at])
		}
		for _, l := range h.Lines {
			raw := l.Text + strings.Repeat("\n", 1-count(l.NoNewline))
			if l.Op != Add {
				if at >= len(old) || old[at] != raw {
					t.Fatalf("the hunk's %q is not line %d of the old text", raw, at+1)
				}
				at++
			}
			if l.Op != Delete {
				b.WriteString(raw)
			}
		}
	}
	for ; at < len(old); at++ {
		b.WriteString(old[at])
	}
	return b.String()
}

// FuzzCompare checks that the hunks turn one text into the other and are the ones that ParsePatch would accept.
func FuzzCompare(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\nd")
	f.Add(twenty, strings.Replace(twenty, "l08\n", "", 1)+"x")
	f.Add("", "a")
	f.Fuzz(func(t *testing.T, before, after string) {
		hunks := compare(before, after)
		if got := apply(t, before, hunks); got != after {
			t.Fatalf("got %q, want %q", got, after)
		}
		held := File{Status: Modified}.With(hunks)
		if before != after {
			if base, ok := held.Before([]byte(after)); !ok || string(base) != before {
				t.Fatalf("it was %q (%v), want %q", base, ok, before)
			}
		}
		if again, err := ParsePatch(render(hunks)); err != nil || len(again) != len(hunks) {
			t.Fatalf("%v in\n%s", err, render(hunks))
		}
	})
}

func TestBefore(t *testing.T) {
	f := File{Status: Modified}.With(compare("a\nb\nc\n", "a\nB\nc\n"))
	if base, ok := f.Before([]byte("a\nB\nc\n")); !ok || string(base) != "a\nb\nc\n" {
		t.Errorf("got %q, %v", base, ok)
	}
	for name, c := range map[string]struct {
		file File
		head string
	}{
		"another head": {f, "a\nX\nc\n"},
		"a short head": {f, "a\n"},
		"no head":      {f, ""},
		"added":        {File{Status: Added}.With(compare("", "a\n")), "a\n"},
		"too large":    {File{Status: Modified, State: TooLarge}, "a\n"},
		"unknown":      {File{Status: Modified, State: Unknown}, "a\n"},
	} {
		if base, ok := c.file.Before([]byte(c.head)); ok {
			t.Errorf("%s: got %q", name, base)
		}
	}
	moved := File{Status: Renamed, State: PureRename, Path: "b", OldPath: "a"}
	if base, ok := moved.Before([]byte("x")); !ok || string(base) != "x" {
		t.Errorf("a pure rename: got %q, %v", base, ok)
	}
}

// TestCompareIsShortest compares random texts with the longest common subsequence, computed the plain way.
func TestCompareIsShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		before, after := randomText(r), randomText(r)
		f := File{}.With(compare(before, after))
		if got := apply(t, before, f.Hunks); got != after {
			t.Fatalf("%q to %q gave %q", before, after, got)
		}
		a, b := splitLines(before), splitLines(after)
		common := lcs(a, b)
		if f.Deletions != len(a)-common || f.Additions != len(b)-common {
			t.Fatalf("%q to %q is +%d -%d, the shortest is +%d -%d", before, after, f.Additions, f.Deletions, len(b)-common, len(a)-common)
		}
	}
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(40) {
		fmt.Fprintf(&b, "%c\n", 'a'+r.IntN(5))
	}
	return strings.TrimSuffix(b.String(), strings.Repeat("\n", r.IntN(2)))
}

func lcs(a, b []string) int {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

// TestCompareBeyondItsSteps gives the comparison more work than it may do: the answer is long, but right and quick.
func TestCompareBeyondItsSteps(t *testing.T) {
	var a, b strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&a, "a%d\ncommon%d\n", i, i%7)
		fmt.Fprintf(&b, "common%d\nb%d\n", i%5, i)
	}
	if got := apply(t, a.String(), compare(a.String(), b.String())); got != b.String() {
		t.Error("the hunks do not lead from one text to the other")
	}
}

func TestFromBlobs(t *testing.T) {
	for name, c := range map[string]struct {
		file          File
		before, after string
		state         State
		counts        [2]int
		reason        string
	}{
		"edit":         {File{Status: Modified}, "a\nb\n", "a\nc\n", Text, [2]int{1, 1}, ""},
		"added":        {File{Status: Added}, "", "a\nb", Text, [2]int{2, 0}, ""},
		"removed":      {File{Status: Removed}, "a\n", "", Text, [2]int{0, 1}, ""},
		"newline only": {File{Status: Modified}, "a", "a\n", Text, [2]int{1, 1}, ""},
		"binary":       {File{Status: Modified}, "a", "\x00", Binary, [2]int{}, ""},
		"was binary":   {File{Status: Modified}, "\x00", "a", Binary, [2]int{}, ""},
		"rename":       {File{Status: Renamed}, "a", "a", PureRename, [2]int{}, ""},
		"empty":        {File{Status: Added}, "", "", Empty, [2]int{}, ""},
		"mode":         {File{Status: Modified, OldMode: "100644", Mode: "100755"}, "a", "a", ModeOnly, [2]int{}, ""},
		"equal":        {File{Status: Modified}, "a", "a", Unknown, [2]int{}, "blobs are equal"},
		"too large": {File{Status: Modified, Additions: 7}, "a", strings.Repeat("x", MaxBlobBytes+1), TooLarge, [2]int{7, 0},
			"larger than"},
		"twice the same": {File{Status: Modified}, "x\n" + twenty + "y\n", "X\n" + twenty + "Y\n", Text, [2]int{2, 2}, ""},
	} {
		f, reason := FromBlobs(c.file, []byte(c.before), []byte(c.after))
		if f.State != c.state || [2]int{f.Additions, f.Deletions} != c.counts || !strings.Contains(reason, c.reason) ||
			(reason == "") != f.Complete() {
			t.Errorf("%s: %s +%d -%d %q", name, f.State, f.Additions, f.Deletions, reason)
		}
	}
	f, _ := FromBlobs(File{Status: Modified}, []byte("x\n"+twenty+"y\n"), []byte("X\n"+twenty+"Y\n"))
	if want := "@@ -1,4 +1,4 @@\n-x\n+X\n l01\n l02\n l03\n@@ -19,4 +19,4 @@\n l18\n l19\n l20\n-y\n+Y\n"; render(f.Hunks) != want {
		t.Errorf("two far changes give\n%s", render(f.Hunks))
	}
}

// TestCompareLikeGit checks hunks, context and all, against real git where there is only one shortest description.
func TestCompareLikeGit(t *testing.T) {
	dir := newRepo(t)
	for _, c := range [][2]string{
		{twenty, strings.Replace(twenty, "l10\n", "new\n", 1)},
		{twenty, strings.Replace(strings.Replace(twenty, "l05\n", "", 1), "l12\n", "x\ny\n", 1)},
		{twenty, strings.Replace(strings.Replace(twenty, "l05\n", "", 1), "l11\n", "x\ny\n", 1)},
		{twenty, strings.Replace(strings.Replace(twenty, "l05\n", "", 1), "l13\n", "x\ny\n", 1)},
		{twenty, "first\n" + twenty + "last"}, {"", "a\n"}, {"a\nb", ""}, {"a", "a\n"}, {"a\nb\n", "b\n"},
	} {
		before, after := writeTree(t, dir, tree{"f": plainFile(c[0])}), writeTree(t, dir, tree{"f": plainFile(c[1])})
		files, err := Parse(strings.NewReader(realGit(t, dir, "", append(append([]string{"diff"}, GitFlags()...), before, after)...)),
			Limits{})
		if err != nil {
			t.Fatal(err)
		}
		hunks := files[0].Hunks
		for i := range hunks {
			hunks[i].Section = ""
		}
		if got := render(compare(c[0], c[1])); got != render(hunks) {
			t.Errorf("got\n%s\ngit says\n%s", got, render(hunks))
		}
	}
}
