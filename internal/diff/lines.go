package diff

// Range is a run of lines, both ends included.
type Range struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// Added returns the numbers, at the head, of the added lines, ascending.
func (f File) Added() []int { return f.numbers(Add) }

// Context returns the numbers, at the head, of the unchanged lines that the hunks show, ascending.
func (f File) Context() []int { return f.numbers(Context) }

// Removed returns the numbers, at the base, of the removed lines, ascending.
func (f File) Removed() []int { return f.numbers(Delete) }

func (f File) numbers(want Op) []int {
	var out []int
	for _, h := range f.Hunks {
		oldLine, newLine := h.oldAt(), h.newAt()
		for _, l := range h.Lines {
			if l.Op == want {
				if want == Delete {
					out = append(out, oldLine)
				} else {
					out = append(out, newLine)
				}
			}
			if l.Op != Add {
				oldLine++
			}
			if l.Op != Delete {
				newLine++
			}
		}
	}
	return out
}

// Shows reports whether the hunks hold this line of the head, added or unchanged. Forges take comments on such lines only.
func (f File) Shows(line int) bool {
	for _, h := range f.Hunks {
		if h.NewLines > 0 && line >= h.NewStart && line < h.NewStart+h.NewLines {
			return true
		}
	}
	return false
}

// ranges joins neighbouring numbers of an ascending list.
func ranges(lines []int) []Range {
	var out []Range
	for _, n := range lines {
		if last := len(out) - 1; last >= 0 && out[last].Last+1 == n {
			out[last].Last = n
			continue
		}
		out = append(out, Range{First: n, Last: n})
	}
	return out
}

// NewLine maps a line of the base to the head. It is false for a removed line, and where the lines are not known.
// Beyond the last hunk it cannot know where the file ends, so it maps every line.
func (f File) NewLine(old int) (int, bool) { return f.mapLine(old, Delete) }

// OldLine maps a line of the head to the base. It is false for an added line, and where the lines are not known.
func (f File) OldLine(line int) (int, bool) { return f.mapLine(line, Add) }

// mapLine maps a line of the side that holds the lines of op (beside the context) to the other side.
func (f File) mapLine(line int, op Op) (int, bool) {
	switch {
	case line < 1, f.Status == Added, f.Status == Removed:
		return 0, false
	case f.State == PureRename || f.State == ModeOnly || f.State == Empty:
		return line, true
	case f.State != Text:
		return 0, false
	}
	shift := 0
	for _, h := range f.Hunks {
		from, to, lines := h.oldAt(), h.newAt(), h.OldLines
		if op == Add {
			from, to, lines = to, from, h.NewLines
		}
		if line < from {
			break
		}
		if line >= from+lines {
			shift = h.NewLines - h.OldLines + (h.newAt() - h.oldAt())
			if op == Add {
				shift = -shift
			}
			continue
		}
		for _, l := range h.Lines {
			if l.Op == Context {
				if from == line {
					return to, true
				}
				from, to = from+1, to+1
				continue
			}
			if l.Op == op {
				if from == line {
					return 0, false
				}
				from++
			} else {
				to++
			}
		}
	}
	return line + shift, true
}
