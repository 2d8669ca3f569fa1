package excerpt

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
)

// maxShown is the longest line that a model sees; the rest of it is cut.
const maxShown = 400

// mark matches our own fences; Show breaks it up in foreign text.
var mark = lazyregexp.New(`(?i)\b(DATA|END)([-_])([0-9a-f]{6,})`)

// Show is a text of one line as a model sees it: cut, with invisible characters spelled out, and with look-alikes of our
// fences broken up.
func Show(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + " …"
	}
	plain := true
	for i := range len(text) {
		if c := text[i]; c != '\t' && (c < ' ' || c > '~') {
			plain = false
			break
		}
	}
	if !plain {
		var b strings.Builder
		for _, c := range strings.ToValidUTF8(text, "\ufffd") {
			if c != '\t' && markdown.Invisible(c) {
				fmt.Fprintf(&b, "\\u{%04x}", c)
			} else {
				b.WriteRune(c)
			}
		}
		text = b.String()
	}
	return mark.ReplaceAllString(text, "$1$2·$3")
}

// Render writes hunks as a model reads them: each line with its id, the sign of the diff and its text.
func Render(hunks []Hunk) string {
	var b strings.Builder
	last := ""
	for _, h := range hunks {
		if h.FileID != last {
			fmt.Fprintf(&b, "file %s %s\n", h.FileID, Show(h.Path))
			last = h.FileID
		}
		b.WriteString("hunk")
		if name := Show(strings.TrimSpace(h.Section)); name != "" {
			b.WriteString(" in " + name)
		}
		b.WriteByte('\n')
		for _, l := range h.Lines {
			b.WriteString(RenderLine(l))
		}
	}
	return b.String()
}

// RenderLine writes one line.
func RenderLine(l Line) string {
	op := byte(l.Op)
	if l.Op == diff.Context {
		op = ' '
	}
	return l.ID + " " + string(op) + " " + l.Shown + "\n"
}
