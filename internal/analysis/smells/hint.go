package smells

import (
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/smells/detect"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
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

// branching reports whether a word may branch, in any language.
func branching(word string) bool {
	switch word {
	case "if", "else", "elif", "elsif", "elseif", "for", "foreach", "while", "until", "unless", "do", "loop", "repeat", "switch",
		"case", "when", "match", "select", "catch", "except", "rescue", "guard", "try", "with", "and", "or", "end", "finally",
		"defined", "endif", "ifdef", "ifndef":
		return true
	}
	return false
}

// hints reports whether a changed line of the file gives a hint, or braces come or go one by one.
func hints(f *diff.File) bool {
	breaks := detect.Breaks(f.Path)
	var added, removed braces
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			if l.Op == diff.Context {
				continue
			}
			if l.Op == diff.Add && breaks(l.Text) {
				return true
			}
			side := &removed
			if l.Op == diff.Add {
				side = &added
			}
			if branches(l.Text, side) {
				return true
			}
		}
	}
	return !added.balanced() || !removed.balanced()
}

// braces are those of some lines, read one after the other.
type braces struct {
	depth int
	below bool
}

func (b *braces) balanced() bool { return b.depth == 0 && !b.below }

// branches reports whether a line has a word or a sign by which a language may branch, or one that opens or closes a
// comment or a string of several lines, which may hide branches. Braces before it are counted.
func branches(line string, count *braces) bool {
	for i := 0; i < len(line); i++ {
		var next byte
		if i+1 < len(line) {
			next = line[i+1]
		}
		switch c := line[i]; {
		case inWord(c):
			from := i
			for i+1 < len(line) && inWord(line[i+1]) {
				i++
			}
			if branching(line[from : i+1]) {
				return true
			}
		case c == '{':
			count.depth++
		case c == '}':
			count.depth--
			count.below = count.below || count.depth < 0
		case c == '?' || c == '`':
			return true
		case (c == '&' || c == '|') && next == c, (c == '=' || c == '-') && next == '>', c == '/' && next == '*', c == '*' && next == '/':
			return true
		case (c == '"' || c == '\'') && next == c && i+2 < len(line) && line[i+2] == c:
			return true
		case c == '=' && strings.HasPrefix(line[i:], "=begin"):
			return true
		}
	}
	return false
}

func inWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
