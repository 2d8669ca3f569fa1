package diff

import "strings"

// Whole gives an added text file as its hunks show it; false where they do not show all of it.
func (f File) Whole() (content []byte, ok bool) {
	if f.Status != Added || f.State != Text || len(f.Hunks) != 1 || f.Hunks[0].newAt() != 1 {
		return nil, false
	}
	var out strings.Builder
	for _, l := range f.Hunks[0].Lines {
		if l.Op != Add {
			return nil, false
		}
		out.WriteString(l.Text)
		if !l.NoNewline {
			out.WriteByte('\n')
		}
	}
	return []byte(out.String()), true
}
