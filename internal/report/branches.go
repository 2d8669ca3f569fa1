package report

import (
	"cmp"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// BranchLine is what is known of the branches of a line that was reached, but not in all of them. A branch is known by
// a number made of the report's own name for it, so that two runs of one tool call it alike.
type BranchLine struct {
	Line int `json:"line"`
	// Total counts the line's branches. It is more than both lists have when the report only counts the branches that were taken.
	Total  int      `json:"total"`
	Taken  []uint32 `json:"taken,omitempty"`
	Missed []uint32 `json:"missed"`
}

// took reports whether a run took a branch that another one missed.
func (b BranchLine) took(id uint32, total int) bool {
	if _, ok := slices.BinarySearch(b.Taken, id); ok {
		return true
	}
	_, missed := slices.BinarySearch(b.Missed, id)
	return !missed && b.Total == total && len(b.Taken)+len(b.Missed) < b.Total
}

// join puts two runs' branches of one line together: what either took was taken.
func (b BranchLine) join(o BranchLine) BranchLine {
	out := BranchLine{Line: b.Line, Taken: sorted(slices.Concat(b.Taken, o.Taken))}
	for _, id := range b.Missed {
		if !o.took(id, b.Total) {
			out.Missed = append(out.Missed, id)
		}
	}
	for _, id := range o.Missed {
		if !b.took(id, o.Total) {
			out.Missed = append(out.Missed, id)
		}
	}
	out.Missed = sorted(out.Missed)
	out.Total = max(b.Total, o.Total, len(out.Taken)+len(out.Missed))
	return out
}

func sorted(ids []uint32) []uint32 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mergeFiles is the best state of each line of two runs. A line that both reached in part was reached wholly when
// together they took all its branches.
func mergeFiles(a, b FileCoverage) FileCoverage {
	out := FileCoverage{
		Path:     a.Path,
		Module:   a.Module,
		Lines:    mergeLines(a.Lines, b.Lines),
		Evidence: mergeEvidence(a.Evidence, b.Evidence),
	}
	var whole []LineRange
	for i, j := 0, 0; i < len(a.Branches) || j < len(b.Branches); {
		var l BranchLine
		switch {
		case j == len(b.Branches) || i < len(a.Branches) && a.Branches[i].Line < b.Branches[j].Line:
			l = a.Branches[i]
			i++
		case i == len(a.Branches) || b.Branches[j].Line < a.Branches[i].Line:
			l = b.Branches[j]
			j++
		default:
			l = a.Branches[i].join(b.Branches[j])
			i, j = i+1, j+1
		}
		switch {
		case out.At(l.Line) != Partial:
		case len(l.Missed) == 0:
			whole = append(whole, LineRange{From: l.Line, To: l.Line, State: Hit})
		default:
			out.Branches = append(out.Branches, l)
		}
	}
	if len(whole) > 0 {
		out.Lines = mergeLines(out.Lines, whole)
	}
	return out
}

// mark is one branch of one line; the highest bit of id says that it was taken.
type mark struct{ line, id uint32 }

const taken = 1 << 31

// Branch says of a branch of a line, by the report's name for it, whether it was taken. Of several marks of one branch
// one that was taken counts. A line that ran and has a branch that was not taken is partial; branches of lines that
// were not measured say nothing.
func (l *LineSet) Branch(line int, name []byte, was bool) error {
	if line <= 0 || line > MaxLine {
		return nil
	}
	id := branchID(name)
	if was {
		id |= taken
	}
	before := cap(l.marks)
	l.marks = append(l.marks, mark{uint32(line), id}) //nolint:gosec // MaxLine fits
	return l.of.hold(8 * (cap(l.marks) - before))
}

// perCounted is about how many bytes a line of Missed takes.
const perCounted = 160

// Missed says of a line that ran which of so many branches were not taken, for reports that do not name the others.
func (l *LineSet) Missed(line, total int, names []string) error {
	if l.counted == nil {
		l.counted = map[int]BranchLine{}
	}
	b := BranchLine{Line: line, Total: total}
	for _, n := range names {
		b.Missed = append(b.Missed, branchID([]byte(n)))
	}
	b.Missed = sorted(b.Missed)
	if before, ok := l.counted[line]; ok {
		b = before.join(b)
	}
	l.counted[line] = b
	return l.of.hold(perCounted + 4*len(names))
}

// branchID is FNV-1a's hash of a name in 31 bits. Two branches of one line that fall together would count as one.
func branchID(name []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	return (h ^ h>>31) &^ taken
}

// branches makes lines partial whose branches were not all taken, and tells of those.
func (l *LineSet) branches() []BranchLine {
	sorting.By(l.marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.id&^taken, b.id&^taken), cmp.Compare(b.id, a.id))
	})
	var out []BranchLine
	for i := 0; i < len(l.marks); {
		line := l.marks[i].line
		end, missed, total := i, 0, 0
		for ; end < len(l.marks) && l.marks[end].line == line; end++ {
			if end > i && l.marks[end].id&^taken == l.marks[end-1].id&^taken {
				l.marks[end].id = l.marks[end-1].id // the same branch
				continue
			}
			if total++; l.marks[end].id&taken == 0 {
				missed++
			}
		}
		if missed > 0 && l.ran(int(line)) {
			b := BranchLine{Line: int(line), Total: total}
			for k := i; k < end; k++ {
				if id := l.marks[k].id; k == i || id&^taken != l.marks[k-1].id&^taken {
					if id&taken != 0 {
						b.Taken = append(b.Taken, id&^taken)
					} else {
						b.Missed = append(b.Missed, id)
					}
				}
			}
			out = append(out, b)
		}
		i = end
	}
	for _, b := range l.counted {
		if len(b.Missed) > 0 && l.ran(b.Line) {
			out = append(out, b)
		}
	}
	sorting.By(out, func(a, b BranchLine) int { return cmp.Compare(a.Line, b.Line) })
	for _, b := range out {
		l.state[b.Line] = Partial
	}
	l.marks, l.counted = nil, nil
	return out
}

func (l *LineSet) ran(line int) bool { return line < len(l.state) && l.state[line] >= Partial }

// MoveBranches gives branches the new numbers of their lines; those of lines that are gone go. Lines keep their order.
func MoveBranches(list []BranchLine, to func(line int) (int, bool)) []BranchLine {
	var out []BranchLine
	for _, b := range list {
		if n, ok := to(b.Line); ok {
			b.Line = n
			out = append(out, b)
		}
	}
	return out
}
