package diff

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestParsePatch reads each bare patch under testdata/patch and compares its hunks, or its error, with the file's second part.
// The newline that txtar adds at the end of the patch is not part of it, as forges send none.
func TestParsePatch(t *testing.T) {
	paths, err := filepath.Glob("testdata/patch/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			patch := strings.TrimSuffix(string(a.Files[0].Data), "\n")
			hunks, err := ParsePatch(patch)
			got := txtar.File{Name: "hunks", Data: []byte(dumpHunks(hunks))}
			if err != nil {
				got = txtar.File{Name: "error", Data: []byte(err.Error() + "\n")}
			}
			compareGolden(t, path, []txtar.File{a.Files[0], got})
		})
	}
}

func TestParsePatchLimits(t *testing.T) {
	if hunks, err := ParsePatch(""); err != nil || hunks != nil {
		t.Errorf("an empty patch: got %v, %v", hunks, err)
	}
	if _, err := ParsePatch(strings.Repeat("x", maxPatchBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	// A header cannot make us reserve memory that the patch does not fill.
	got := testing.AllocsPerRun(1, func() {
		if _, err := ParsePatch("@@ -1,999999999 +1,999999999 @@\n a\n"); err == nil {
			t.Error("a hunk of 999,999,999 lines was read from one")
		}
	})
	if got > 50 {
		t.Errorf("%v allocations", got)
	}
}

func TestLines(t *testing.T) {
	hunks, err := ParsePatch("@@ -1,4 +1,4 @@\n a\n-b\n+B\n c\n d\n@@ -10,2 +10,5 @@\n x\n+1\n+2\n+3\n y\n@@ -20,2 +22,0 @@\n-p\n-q")
	if err != nil {
		t.Fatal(err)
	}
	f := File{Path: "x", Status: Modified}.With(hunks)
	if f.Additions != 4 || f.Deletions != 3 || f.State != Text {
		t.Errorf("With: %+v", f)
	}
	for name, c := range map[string]struct{ got, want []int }{
		"added":   {f.Added(), []int{2, 11, 12, 13}},
		"context": {f.Context(), []int{1, 3, 4, 10, 14}},
		"removed": {f.Removed(), []int{2, 20, 21}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]Range{{2, 2}, {11, 13}}, ranges(f.Added())); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
	for line, want := range map[int]bool{0: false, 1: true, 4: true, 5: false, 9: false, 10: true, 14: true, 15: false, 23: false,
		24: false} {
		if f.Shows(line) != want {
			t.Errorf("Shows(%d) is %v", line, !want)
		}
	}
	// old line to new line; 0 where there is none.
	for old, want := range map[int]int{0: 0, 1: 1, 2: 0, 3: 3, 5: 5, 10: 10, 11: 14, 12: 15, 19: 22, 20: 0, 21: 0, 22: 23, 100: 101} {
		got, ok := f.NewLine(old)
		if got != want || ok != (want > 0) {
			t.Errorf("NewLine(%d) = %d, %v, want %d", old, got, ok, want)
		}
		if want > 0 {
			if back, ok := f.OldLine(want); !ok || back != old {
				t.Errorf("OldLine(%d) = %d, %v, want %d", want, back, ok, old)
			}
		}
	}
	for _, added := range f.Added() {
		if got, ok := f.OldLine(added); ok {
			t.Errorf("OldLine(%d) = %d, but the line was added", added, got)
		}
	}
	for state, want := range map[State]bool{
		PureRename: true,
		ModeOnly:   true,
		Empty:      true,
		Binary:     false,
		TooLarge:   false,
		Unknown:    false,
		Submodule:  false,
	} {
		if got, ok := (File{Status: Modified, State: state}).NewLine(7); ok != want || want && got != 7 {
			t.Errorf("%s: NewLine(7) = %d, %v", state, got, ok)
		}
	}
	if _, ok := (File{Status: Added, State: Text}).NewLine(1); ok {
		t.Error("an added file has no lines at the base")
	}
}

// render writes hunks as git does; the inverse of ParsePatch.
func render(hunks []Hunk) string {
	var b strings.Builder
	for _, h := range hunks {
		fmt.Fprintf(&b, "@@ -%s +%s @@", span(h.OldStart, h.OldLines), span(h.NewStart, h.NewLines))
		if h.Section != "" {
			b.WriteString(" " + h.Section)
		}
		b.WriteByte('\n')
		for _, l := range h.Lines {
			fmt.Fprintf(&b, "%c%s\n", l.Op, l.Text)
			if l.NoNewline {
				b.WriteString("\\ No newline at end of file\n")
			}
		}
	}
	return b.String()
}

func span(start, lines int) string {
	if lines == 1 {
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, lines)
}
