package size

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// pin is one exact version, as resolvers write it: name==1.2, name[extra]==1.2 ; marker, with hashes on lines of their own.
var pin = lazyregexp.New(`^\s*(?:[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])? ?== ?\S+.*|--hash=\S+.*)$`)

// resolved reports whether the shown lines of a requirements file are those of a resolver. pip-compile and uv write "#
// via NAME" below what they pin; where that is left out, all changed lines being exact pins says as much. The header
// that would say so is seldom among the lines of an edit.
func resolved(f diff.File) bool {
	lower := strings.ToLower(f.Path)
	if ext := path.Ext(lower); ext != ".txt" && ext != ".lock" {
		return false
	}
	pins, others := 0, 0
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			text := strings.TrimSpace(l.Text)
			if via, ok := strings.CutPrefix(text, "# via"); ok && (via == "" || via[0] == ' ') {
				return true
			}
			switch {
			case l.Op == diff.Context, text == "", text[0] == '#':
			case len(text) < maxPin && pin.MatchString(text):
				pins++
			default:
				others++
			}
		}
	}
	return pins > 0 && others == 0 && (strings.Contains(lower, "requirement") || strings.Contains(lower, "constraint"))
}

// maxPin is how long a line with a pin may be.
const maxPin = 500
