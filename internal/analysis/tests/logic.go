package tests

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// logic is what the new lines of one file do.
type logic struct {
	lines, branches, first int
	functions              []string
}

const (
	maxLine      = 2000
	maxFunctions = 20
)

// logicOf counts the new lines of a file that do something. gone are the lines that the whole change removes, without
// the space around them: a line that is among them was moved. Of the file's own removed lines also the shape counts: a
// line in which only names, numbers or texts differ is no new logic.
func logicOf(f *diff.File, gone map[string]int) logic {
	var out logic
	dialect := dialectOf(f.Path)
	shapes := map[string]int{}
	had := map[string]bool{}
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			if l.Op == diff.Delete && len(l.Text) <= maxLine {
				shapes[shape(l.Text)]++
				if name := functionName(l.Text, dialect); name != "" {
					had[name] = true
				}
			}
		}
	}
	for i := range f.Hunks {
		h := &f.Hunks[i]
		now := h.NewStart
		comment := false
		for _, l := range h.Lines {
			if l.Op == diff.Delete {
				continue
			}
			at := now
			now++
			code := dialect.code(l.Text, &comment)
			if l.Op != diff.Add || !doesSomething(code) || len(l.Text) > maxLine {
				continue
			}
			if took(gone, l.Text, strings.TrimSpace) || took(shapes, l.Text, shape) {
				continue
			}
			if out.lines++; out.first == 0 {
				out.first = at
			}
			if decides(code) {
				out.branches++
			}
			name := functionName(l.Text, dialect)
			if name != "" && !had[name] && len(out.functions) < maxFunctions {
				out.functions = append(out.functions, name)
				if len(out.functions) == 1 {
					out.first = at
				}
			}
		}
	}
	return out
}

// took takes one of what equals the form of a line, if there is any.
func took(left map[string]int, line string, form func(string) string) bool {
	if len(left) == 0 {
		return false
	}
	key := form(line)
	if left[key] == 0 {
		return false
	}
	left[key]--
	return true
}

// shape is a line of code with a letter in the place of each name, number and text.
func shape(line string) string {
	var b strings.Builder
	b.Grow(len(line))
	var quote rune
	inWord := false
	for _, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote, inWord = r, false
			b.WriteByte('x')
		case unicode.IsLetter(r) || r == '_' || r == '$' || unicode.IsDigit(r):
			if !inWord {
				b.WriteByte('x')
			}
			inWord = true
		default:
			inWord = false
			if !unicode.IsSpace(r) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// dialect is how a language writes comments and functions.
type dialect struct {
	comment  string
	function *lazyregexp.Regexp
	// marks are texts of which every line has one that function finds; most lines have none.
	marks []string
}

var dialects = map[string]*dialect{
	".go": {"//", lazyregexp.New(`^func\s+(?:\([^)]*\)\s*)?([A-Za-z_]\w*)\s*[(\[]`), []string{"func"}},
	".py": {"#", lazyregexp.New(`^\s*(?:async\s+)?def\s+(\w+)\s*\(`), []string{"def"}},
	".js": {"//", lazyregexp.New(`^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*([\w$]+)\s*[(<]|` +
		`^(?:export\s+)?const\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:\([^)]*\)|[\w$]+)\s*(?::[^=]+)?=>`), []string{"function", "=>"}},
	".rs":    {"//", lazyregexp.New(`^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:async|const|unsafe|extern "C")\s+)*fn\s+(\w+)`), []string{"fn"}},
	".rb":    {"#", lazyregexp.New(`^\s*def\s+((?:self\.)?\w+[?!=]?)`), []string{"def"}},
	".swift": {"//", lazyregexp.New(`^\s*(?:[a-z@]+(?:\([^)]*\))?\s+)*func\s+(\w+)`), []string{"func"}},
	".kt":    {"//", lazyregexp.New(`^\s*(?:[a-z@]+\s+)*fun\s+(?:<[^>]*>\s*)?(?:[\w<>?.]+\.)?(\w+)\s*\(`), []string{"fun"}},
	".scala": {"//", lazyregexp.New(`^\s*(?:[a-z@]+\s+)*def\s+(\w+)`), []string{"def"}},
	".php":   {"//", lazyregexp.New(`^\s*(?:[a-z]+\s+)*function\s+&?(\w+)\s*\(`), []string{"function"}},
	".ex":    {"#", lazyregexp.New(`^\s*def\s+(\w+[?!]?)`), []string{"def"}},
	".java": {"//", lazyregexp.New(
		`^\s+(?:@\w+\s+)*(?:(?:public|protected|private|static|final|async|override|virtual|internal|synchronized|default)\s+)+` +
			`(?:<[^>]+>\s*)?[\w<>\[\],.? ]+\s+(\w+)\s*\([^;]*$`), []string{"("}},
	".c":    {"//", lazyregexp.New(`^(?:[A-Za-z_][\w:<>,*& ]*\s[*&]*)((?:\w+::)*\w+)\s*\([^;]*$`), []string{"("}},
	".dart": {"//", nil, nil},
}

func dialectOf(file string) *dialect {
	switch ext := path.Ext(file); ext {
	case ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts":
		return dialects[".js"]
	case ".cs", ".groovy":
		return dialects[".java"]
	case ".cc", ".cpp", ".cxx":
		return dialects[".c"]
	default:
		return dialects[ext]
	}
}

func functionName(line string, d *dialect) string {
	if d == nil || d.function == nil || len(line) > maxLine || !strings.ContainsAny(line, "(=d") ||
		!slices.ContainsFunc(d.marks, func(mark string) bool { return strings.Contains(line, mark) }) {
		return ""
	}
	m := d.function.FindStringSubmatch(line)
	for i := 1; i < len(m); i++ {
		if m[i] != "" {
			return m[i]
		}
	}
	return ""
}

// code is a line without comments and texts. open says whether a comment of several lines is open; what stood above the
// hunk is not known, so a line that begins with a star is taken for one of a comment.
func (d *dialect) code(line string, open *bool) string {
	trimmed := strings.TrimSpace(line)
	if d == nil || len(trimmed) > maxLine {
		return ""
	}
	if *open {
		rest, closed := closing(trimmed, d)
		*open = !closed
		if !closed {
			return ""
		}
		trimmed = rest
	}
	switch {
	case strings.HasPrefix(trimmed, d.comment), strings.HasPrefix(trimmed, "*") && d.comment == "//",
		d.comment == "//" && strings.HasPrefix(trimmed, "#["):
		return ""
	case d.comment == "//" && strings.HasPrefix(trimmed, "/*"):
		_, closed := closing(trimmed[2:], d)
		*open = !closed
		return ""
	case d.comment == "#" && (strings.HasPrefix(trimmed, `"""`) || strings.HasPrefix(trimmed, "'''")):
		_, closed := closing(trimmed[3:], d)
		*open = !closed
		return ""
	}
	return bare(trimmed, d.comment)
}

func closing(line string, d *dialect) (rest string, closed bool) {
	if d.comment == "//" {
		_, rest, closed = strings.Cut(line, "*/")
		return rest, closed
	}
	return "", strings.Contains(line, `"""`) || strings.Contains(line, "'''")
}

// bare takes the texts and the comment at its end out of a line.
func bare(line, comment string) string {
	if !strings.ContainsAny(line, "\"'`") && !strings.Contains(line, comment) {
		return line
	}
	out := make([]byte, 0, len(line))
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
			out = append(out, c)
		case quote != 0:
		case strings.HasPrefix(line[i:], comment):
			return string(out)
		case c == '"' || c == '`' || c == '\'' && strings.IndexByte(line[i+1:], '\'') >= 0:
			quote = c
			out = append(out, c)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// doesSomething is true for a line that calls, computes, assigns or decides; false for imports, attributes, and
// declarations of types and of data.
func doesSomething(code string) bool {
	if len(code) < 3 {
		return false
	}
	word, _, _ := strings.Cut(code, " ")
	switch word {
	case "import", "from", "package", "use", "using", "require", "require_relative", "include", "export", "#include",
		"namespace", "module",
		"type", "interface", "struct", "enum", "class", "trait", "extends", "implements", "mod", "extern", "typedef",
		"#define", "#if",
		"#ifdef", "#ifndef", "#endif", "#else", "#pragma", "alias", "defmodule", "typealias":
		return word == "export" && (strings.Contains(code, "function") || strings.Contains(code, "=>"))
	}
	switch code[0] {
	case '@', '<', '[':
		return false
	}
	return strings.ContainsAny(code, "(?") || strings.Contains(code, "return ") || strings.Contains(code, "=>") ||
		strings.ContainsAny(code, "+-/%|&!") && strings.Contains(code, "=") || decides(code)
}

// decides is true for a line that chooses between ways to go on.
func decides(code string) bool {
	for word := range strings.FieldsFuncSeq(code, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) &&
			!unicode.IsDigit(r)
	}) {
		switch word {
		case "if", "elif", "elsif", "for", "foreach", "while", "switch", "case", "when", "match", "catch", "except",
			"rescue", "guard", "unless":
			return true
		}
	}
	return strings.Contains(code, "&&") || strings.Contains(code, "||") || strings.Contains(code, " ? ")
}
