package diff

import "strings"

// Before gives the file as it was before the change, from the file as it is at the head: hunks say what was added,
// removed and kept around it. It is false where they do not fit the head, or are not known.
func (f File) Before(head []byte) (base []byte, ok bool) {
	switch {
	case f.Status == Added, f.Status == Removed, !f.Complete():
		return nil, false
	case len(f.Hunks) == 0:
		return head, f.State != Text
	}
	lines := strings.SplitAfter(string(head), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	var out strings.Builder
	out.Grow(len(head))
	at := 0 // the lines of the head that are done with
	for _, h := range f.Hunks {
		start := h.newAt() - 1
		if start < at || start > len(lines) {
			return nil, false
		}
		for _, l := range lines[at:start] {
			out.WriteString(l)
		}
		at = start
		for _, l := range h.Lines {
			if l.Op != Delete {
				if at >= len(lines) || strings.TrimSuffix(lines[at], "\n") != l.Text {
					return nil, false
				}
				at++
			}
			if l.Op != Add {
				out.WriteString(l.Text)
				if !l.NoNewline {
					out.WriteByte('\n')
				}
			}
		}
	}
	for _, l := range lines[at:] {
		out.WriteString(l)
	}
	return []byte(out.String()), true
}
