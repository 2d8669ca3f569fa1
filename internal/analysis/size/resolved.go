package size

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
)

// resolved reports whether the shown lines of a requirements file are those of a resolver: pip-compile and uv write "# via NAME" below what they pin, and
// the header that says so is seldom among the lines of an edit.
func resolved(f diff.File) bool {
	base := path.Base(f.Path)
	if ext := path.Ext(base); ext != ".txt" && ext != ".lock" {
		return false
	}
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			if text, ok := strings.CutPrefix(strings.TrimLeft(l.Text, " \t"), "# via"); ok && (text == "" || text[0] == ' ' || text[0] == '\r') {
				return true
			}
		}
	}
	return false
}
