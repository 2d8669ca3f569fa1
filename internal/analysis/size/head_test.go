package size

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

// A line that ends at the last byte of the head, one before it and one behind it, as first, second and last line, of
// added and of removed files. A text that fills the head exactly used to leave less than no room for the next line.
func TestHeadAtItsLimit(t *testing.T) {
	for _, status := range []diff.Status{diff.Added, diff.Removed} {
		for _, before := range []string{"", "a\n", strings.Repeat("b\n", 100)} {
			for delta := -3; delta <= 3; delta++ {
				for _, after := range []string{"", "y", "y\nz", strings.Repeat("w", 2*headBytes)} {
					text := before + strings.Repeat("x", headBytes+delta-len(before))
					if after != "" {
						text += "\n" + after
					}
					f := whole("one.txt", status, strings.Split(text, "\n"))
					got, want := head(f), (text + "\n")[:min(len(text)+1, headBytes)]
					if string(got) != want {
						t.Errorf("%s file, %d bytes before, %+d, %d behind: the head has %d bytes, want %d", status, len(before), delta,
							len(after), len(got), len(want))
					}
				}
			}
		}
	}
}

// The field's own reproduction: 16,384 characters, and a line behind them.
func TestAnalyseAtTheHeadsLimit(t *testing.T) {
	for _, n := range []int{headBytes - 1, headBytes, headBytes + 1} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := Analyse(snapshot("", added("one.txt", strings.Repeat("x", n), "y")), options())
			if f.AllLines != 2 {
				t.Errorf("%d lines, want 2", f.AllLines)
			}
		})
	}
}

// whole is an added or removed file with these lines.
func whole(path string, status diff.Status, lines []string) diff.File {
	f := diff.File{Path: path, Status: status, Size: -1}
	h, op := diff.Hunk{NewStart: 1, NewLines: len(lines)}, diff.Add
	if status == diff.Removed {
		h, op = diff.Hunk{OldStart: 1, OldLines: len(lines)}, diff.Delete
	}
	for _, l := range lines {
		h.Lines = append(h.Lines, diff.Line{Op: op, Text: l})
	}
	return f.With([]diff.Hunk{h})
}
