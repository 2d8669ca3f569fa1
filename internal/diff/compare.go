package diff

import (
	"fmt"
	"strings"
)

const (
	// MaxBlobBytes is the largest file content that FromBlobs compares.
	MaxBlobBytes = 1 << 20
	// around is how many unchanged lines a hunk shows on each side, as git does.
	around = 3
)

// FromBlobs completes a file whose patch is missing by the contents of its base and head blobs; nil where there is none.
// The result is Text with hunks and their counts, Binary, or a file that did not change in content. The reason is empty
// unless lines are still missing. Hunks have no Section, and where a change has several shortest descriptions git's may differ.
func FromBlobs(f File, before, after []byte) (File, string) {
	if len(before) > MaxBlobBytes || len(after) > MaxBlobBytes {
		f.State, f.Hunks = TooLarge, nil
		return f, fmt.Sprintf("the file is larger than %d bytes", MaxBlobBytes)
	}
	if isBinary(before) || isBinary(after) {
		f.State, f.Hunks, f.Additions, f.Deletions = Binary, nil, 0, 0
		return f, ""
	}
	if hunks := compare(string(before), string(after)); len(hunks) > 0 {
		return f.With(hunks), ""
	}
	f.Hunks, f.Additions, f.Deletions = nil, 0, 0
	switch {
	case f.Status == Renamed || f.Status == Copied:
		f.State = PureRename
	case f.Status == Added || f.Status == Removed:
		f.State = Empty
	case f.OldMode != "" && f.Mode != "" && f.OldMode != f.Mode:
		f.State = ModeOnly
	default:
		f.State = Unknown
		return f, "the forge lists the file as changed, but its blobs are equal"
	}
	return f, ""
}

// compare is the diff of two texts as hunks; none when they are equal.
func compare(before, after string) []Hunk {
	a, b := splitLines(before), splitLines(after)
	ids := make(map[string]int, len(a))
	m := newMyers(intern(ids, a), intern(ids, b))
	m.solve(0, len(a), 0, len(b))

	var hunks []Hunk
	i, j := 0, 0
	for {
		// Skip to the next change. Unchanged lines come in pairs.
		for i < len(a) && j < len(b) && !m.gone[i] && !m.come[j] {
			i, j = i+1, j+1
		}
		if i >= len(a) && j >= len(b) {
			return hunks
		}
		lead := min(around, i)
		if len(hunks) > 0 {
			last := hunks[len(hunks)-1]
			lead = min(lead, i-(last.oldAt()-1+last.OldLines))
		}
		h := Hunk{OldStart: i - lead + 1, NewStart: j - lead + 1}
		for k := lead; k > 0; k-- {
			h.Lines = append(h.Lines, toLine(Context, a[i-k]))
		}
		i, j = m.fill(&h, a, b, i, j)
		for _, l := range h.Lines {
			if l.Op != Add {
				h.OldLines++
			}
			if l.Op != Delete {
				h.NewLines++
			}
		}
		if h.OldLines == 0 {
			h.OldStart--
		}
		if h.NewLines == 0 {
			h.NewStart--
		}
		hunks = append(hunks, h)
	}
}

// fill adds changes from (i, j) on to h until more than twice the context is unchanged, then the context behind them.
func (m *myers) fill(h *Hunk, a, b []string, i, j int) (int, int) {
	quiet := 0
	for {
		switch {
		case i < len(a) && m.gone[i]:
			h.Lines = append(h.Lines, toLine(Delete, a[i]))
			i, quiet = i+1, 0
		case j < len(b) && m.come[j]:
			h.Lines = append(h.Lines, toLine(Add, b[j]))
			j, quiet = j+1, 0
		case i < len(a) && quiet < 2*around:
			h.Lines = append(h.Lines, toLine(Context, a[i]))
			i, j, quiet = i+1, j+1, quiet+1
		default:
			// The texts end, or the next change is so far that it gets a hunk of its own.
			back := max(quiet-around, 0)
			h.Lines = h.Lines[:len(h.Lines)-back]
			return i - back, j - back
		}
	}
}

// splitLines cuts after each newline, so that a last line without one differs from a line with one.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func toLine(op Op, raw string) Line {
	text, ended := strings.CutSuffix(raw, "\n")
	return Line{Op: op, Text: text, NoNewline: !ended}
}

// intern numbers equal lines alike, so that comparing them costs nothing.
func intern(ids map[string]int, lines []string) []int {
	out := make([]int, len(lines))
	for i, l := range lines {
		id, ok := ids[l]
		if !ok {
			id = len(ids)
			ids[l] = id
		}
		out[i] = id
	}
	return out
}
