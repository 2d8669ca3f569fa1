package gates

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/markdown"
)

// Limits of a suggestion.
const (
	maxFixBytes = 4_000
	maxFixLines = 60
	// maxParse is the largest file that is parsed to prove a suggestion.
	maxParse = 512 << 10
)

// fix checks a suggestion against the file at the head (G8): the lines exist, the neighbouring lines are not repeated,
// the indentation is kept, and the result parses. It returns the text that replaces the draft's lines; empty deletes
// them.
func (c *Context) fix(d advice.Draft, text string) (string, bool) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.TrimSuffix(text, "\n")
	if d.Side != advice.Right || d.Relocated || len(text) > maxFixBytes || strings.Count(text, "\n") >= maxFixLines || hidden(text) ||
		strings.Contains(text, "<SECRET_") || strings.Contains(d.Code, "<SECRET_") {
		return "", false
	}
	if redacted, n, err := c.Redact(d.Path, text); err != nil || n > 0 || redacted != text {
		return "", false
	}
	// Lines that the change deletes between the range's lines would stay in the middle of the suggestion's place:
	// forges take head lines alone.
	if normal(text) == normal(d.Code) {
		return "", false
	}
	var with []string
	if text != "" {
		with = strings.Split(text, "\n")
		if indent(with) != indent(strings.Split(d.Code, "\n")) {
			return "", false
		}
	}
	content, ok := c.Contents[d.Path]
	if !ok || len(content) > maxParse {
		return "", false
	}
	lines := strings.Split(strings.ReplaceAll(content, "\r\n", "\n"), "\n")
	if d.End > len(lines) || trimmed(lines[d.Start-1:d.End]) != trimmed(strings.Split(d.Code, "\n")) {
		return "", false // the file is not the one that the diff shows
	}
	if twice(lines, d.Start, d.End, with) {
		return "", false
	}
	after := append(append(append([]string{}, lines[:d.Start-1]...), with...), lines[d.End:]...)
	if !parses(d.Path, strings.Join(lines, "\n"), strings.Join(after, "\n"), d.Code, text) {
		return "", false
	}
	return text, true
}

// hidden reports invisible characters.
func hidden(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && markdown.Invisible(r) || r == '\ufffd' })
}

func normal(code string) string { return trimmed(strings.Split(code, "\n")) }

// trimmed joins lines without trailing space.
func trimmed(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l, " \t\r") + "\n")
	}
	return b.String()
}

// indent is the white space before the first line that holds something.
func indent(lines []string) string {
	for _, l := range lines {
		if rest := strings.TrimLeft(l, " \t"); strings.TrimSpace(rest) != "" {
			return l[:len(l)-len(rest)]
		}
	}
	return ""
}

// twice reports whether the suggestion repeats the line before or after its place, as models do that take context for part of it.
func twice(lines []string, start, end int, with []string) bool {
	if len(with) == 0 {
		return false
	}
	same := func(a, b string) bool {
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		return a == b && a != ""
	}
	if start >= 2 && same(lines[start-2], with[0]) && !same(lines[start-1], with[0]) {
		return true
	}
	return end < len(lines) && same(lines[end], with[len(with)-1]) && !same(lines[end-1], with[len(with)-1])
}

// parses reports whether the file still parses with the suggestion in it. A file that did not parse before proves
// nothing, so its suggestions do not pass. Where there is no parser, the brackets of what is put in must balance as
// those of what is taken out.
func parses(name, before, after, out, in string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".go":
		return parsesGo(before) && parsesGo(after)
	case ".json":
		return json.Valid([]byte(before)) && json.Valid([]byte(after))
	case ".yml", ".yaml":
		return parsesYAML(before) && parsesYAML(after)
	}
	a, okA := balance(out)
	b, okB := balance(in)
	return okA && okB && a == b
}

func parsesGo(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.SkipObjectResolution)
	return err == nil
}

func parsesYAML(text string) bool {
	doc, problems := document.Parse("x.yml", []byte(text), maxParse+maxFixBytes)
	return doc != nil && len(problems) == 0
}

// count is how many brackets of each kind are open at an end, and how far each was closed beyond what was open.
type count struct {
	open, under [3]int
}

// balance counts brackets outside of literals. It returns false when a literal does not end, since then the count is
// unknown.
func balance(code string) (count, bool) {
	var c count
	var quote rune
	escaped := false
	for _, r := range code {
		if quote != 0 {
			switch {
			case escaped:
				escaped = false
			case r == '\\':
				escaped = true
			case r == quote:
				quote = 0
			case r == '\n' && quote != '`':
				quote = 0 // an apostrophe in a comment, not a literal
			}
			continue
		}
		switch r {
		case '"', '\'', '`':
			quote = r
		case '(', '[', '{':
			c.open[strings.IndexRune("([{", r)]++
		case ')', ']', '}':
			i := strings.IndexRune(")]}", r)
			if c.open[i] == 0 {
				c.under[i]++
			} else {
				c.open[i]--
			}
		}
	}
	return c, quote != '`'
}
