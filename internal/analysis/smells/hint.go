package smells

import (
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/smells/detect"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
)

// WantsHinted are the files of Wants whose changed lines give a hint: only there can a function become more complex or
// nested deeper, a breakpoint be left over or an error be dropped. A hint is no finding; most have none.
func WantsHinted(files []diff.File, set settings.Smells) []change.Want {
	var hinted []diff.File
	for i := range files {
		if hints(&files[i]) {
			hinted = append(hinted, files[i])
		}
	}
	return Wants(hinted, set)
}

// control is whatever a language may branch by, and what opens or closes a comment or a string of several lines, which
// may hide branches.
var control = lazyregexp.New(`\b(?:if|else|elif|elsif|elseif|for|foreach|while|until|unless|do|loop|repeat|switch|case|when|` +
	`match|select|catch|except|rescue|guard|try|with|and|or|end|finally|defined|endif|ifdef|ifndef)\b|` +
	`&&|\|\||[?]|=>|->|/\*|\*/|"""|'''|` + "`" + `|=begin`)

// hints reports whether a changed line of the file gives a hint, or braces come or go one by one.
func hints(f *diff.File) bool {
	var added, removed strings.Builder
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			braces := &added
			switch {
			case l.Op == diff.Context:
				continue
			case l.Op == diff.Delete:
				braces = &removed
			case detect.Breaks(f.Path, l.Text):
				return true
			}
			if control.MatchString(l.Text) {
				return true
			}
			for _, c := range l.Text {
				if c == '{' || c == '}' {
					braces.WriteRune(c)
				}
			}
		}
	}
	return !balanced(added.String()) || !balanced(removed.String())
}

func balanced(braces string) bool {
	depth := 0
	for _, c := range braces {
		if c == '{' {
			depth++
		} else if depth--; depth < 0 {
			return false
		}
	}
	return depth == 0
}
