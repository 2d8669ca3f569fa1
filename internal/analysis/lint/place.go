package lint

import (
	"cmp"
	"slices"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// head is one changed file, made ready for many questions. All lists are sorted by line.
type head struct {
	file diff.File
	// added and context are the line numbers, at the head, of what the hunks show.
	added, context []int
	// shown are the lines of added and context together.
	shown []shownLine
	// unchanged are those of shown that the base has too; removed are the lines, at the base, that are gone.
	unchanged, removed []shownLine
	hunks              []hunk
}

type shownLine struct {
	number, old int
	text        string
	// cut is true for a last line without a newline.
	cut bool
}

// hunk maps what is behind it: a line of the base from oldEnd on is shift lines further at the head.
type hunk struct{ oldStart, oldEnd, shift int }

// headOf gives the changed file of a path, nil for a file that is not in the change.
func (a *analysis) headOf(path string) *head {
	if h, ok := a.heads[path]; ok {
		return h
	}
	i, ok := a.changed[path]
	if !ok {
		a.heads[path] = nil
		return nil
	}
	h := newHead(a.s.Files[i])
	a.heads[path] = h
	return h
}

func newHead(f diff.File) *head {
	h := &head{file: f, hunks: make([]hunk, 0, len(f.Hunks))}
	all, added := 0, 0
	for _, k := range f.Hunks {
		all += len(k.Lines)
		for _, l := range k.Lines {
			if l.Op == diff.Add {
				added++
			}
		}
	}
	h.added, h.context = make([]int, 0, added), make([]int, 0, max(all-added, 0))
	h.shown, h.unchanged = make([]shownLine, 0, all), make([]shownLine, 0, max(all-added, 0))
	for _, k := range f.Hunks {
		oldLine, newLine := k.OldStart, k.NewStart
		if k.OldLines == 0 {
			oldLine++ // a side without lines names the line before it
		}
		if k.NewLines == 0 {
			newLine++
		}
		h.hunks = append(h.hunks, hunk{oldStart: oldLine, oldEnd: oldLine + k.OldLines, shift: newLine + k.NewLines - oldLine - k.OldLines})
		for _, l := range k.Lines {
			switch l.Op {
			case diff.Add:
				h.added = append(h.added, newLine)
				h.shown = append(h.shown, shownLine{number: newLine, text: l.Text, cut: l.NoNewline})
				newLine++
			case diff.Delete:
				h.removed = append(h.removed, shownLine{number: oldLine, text: l.Text})
				oldLine++
			case diff.Context:
				h.context = append(h.context, newLine)
				l := shownLine{number: newLine, old: oldLine, text: l.Text, cut: l.NoNewline}
				h.shown, h.unchanged = append(h.shown, l), append(h.unchanged, l)
				oldLine, newLine = oldLine+1, newLine+1
			}
		}
	}
	return h
}

// meets reports whether a sorted list has a number between two others, both included.
func meets(list []int, from, to int) bool {
	i, _ := slices.BinarySearch(list, from)
	return i < len(list) && list[i] <= to
}

func byNumber(l shownLine, n int) int { return cmp.Compare(l.number, n) }

// put says where a finding is, and what stands there.
func (a *analysis) put(c *candidate) {
	h := a.headOf(c.Path)
	switch {
	case c.Path == "" || h == nil || h.file.Status == diff.Removed:
		c.place = Outside
	case !h.file.Complete():
		c.place = Unknown
		if c.severity == report.Error && !c.Blind {
			if a.unread == nil {
				a.unread = map[string]bool{}
			}
			a.unread[c.Path] = true
		}
	case c.Line == 0:
		c.place = File
		if h.file.Status == diff.Added {
			c.place = Added // all of the file is new
		}
	case meets(h.added, c.Line, c.EndLine):
		c.place = Added
	case meets(h.context, c.Line, c.EndLine):
		c.place = Context
	default:
		c.place = Elsewhere
	}
	c.text = c.Source
	if h != nil && c.Line > 0 {
		if i, ok := slices.BinarySearchFunc(h.shown, c.Line, byNumber); ok {
			c.text = h.shown[i].text
		}
	}
}

// moved maps a line of the base to the head; 0 when it is gone, and then the text is what stood there.
func (h *head) moved(old int) (line int, text string) {
	if old == 0 {
		return 0, ""
	}
	if i, ok := slices.BinarySearchFunc(h.removed, old, byNumber); ok {
		return 0, h.removed[i].text
	}
	i, exact := slices.BinarySearchFunc(h.hunks, old, func(k hunk, old int) int { return cmp.Compare(k.oldStart, old) })
	if !exact {
		i--
	}
	if i < 0 {
		return old, ""
	}
	k := h.hunks[i]
	if old >= k.oldEnd {
		return old + k.shift, ""
	}
	j, found := slices.BinarySearchFunc(h.unchanged, old, func(l shownLine, old int) int { return cmp.Compare(l.old, old) })
	if !found {
		return 0, ""
	}
	return h.unchanged[j].number, h.unchanged[j].text
}
