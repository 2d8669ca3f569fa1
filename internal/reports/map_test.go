package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// lines makes the lines of a hunk: one letter for each, "+" only the measured commit, "-" only the head, "=" both.
func lines(ops string) (out []diff.Line) {
	for _, c := range ops {
		op := diff.Op(c)
		if c == '=' {
			op = diff.Context
		}
		out = append(out, diff.Line{Op: op})
	}
	return out
}

func TestLinesAreCarriedOver(t *testing.T) {
	hit := func(from, to int) report.LineRange { return report.LineRange{From: from, To: to, State: report.Hit} }
	for name, c := range map[string]struct {
		hunks []diff.Hunk
		want  []report.LineRange
	}{
		"nothing differs":       {nil, []report.LineRange{hit(1, 10)}},
		"two lines more on top": {[]diff.Hunk{{OldStart: 0, NewStart: 1, NewLines: 2, Lines: lines("++")}}, []report.LineRange{hit(1, 8)}},
		"two lines less on top": {[]diff.Hunk{{OldStart: 1, OldLines: 2, NewStart: 0, Lines: lines("--")}}, []report.LineRange{hit(3, 12)}},
		"one replaced":          {[]diff.Hunk{{OldStart: 3, OldLines: 3, NewStart: 3, NewLines: 3, Lines: lines("=-+=")}}, []report.LineRange{hit(1, 3), hit(5, 10)}},
		"one more in the middle, one less below": {[]diff.Hunk{{OldStart: 2, OldLines: 1, NewStart: 2, NewLines: 2, Lines: lines("=+")}, {OldStart: 6, OldLines: 2, NewStart: 7, NewLines: 1, Lines: lines("=-")}},
			[]report.LineRange{hit(1, 6), hit(8, 10)}},
	} {
		got := carryLines(segments(diff.File{Hunks: c.hunks}), []report.LineRange{hit(1, 10)})
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func TestNamesInArtifacts(t *testing.T) {
	for name, want := range map[string]bool{
		"cover.out": true, "a/b.out": true, "": false, ".": false, "..": false, "../x": false, "a/../../x": false, "a/../x": false, "/x": false, `a\..\x`: false, "C:x": false, "a//b": false, "./a": false, "a\x00b": false,
	} {
		if got := local(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
