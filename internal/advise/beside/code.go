package beside

import (
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Symbol is the declaration of a function or a type, from its first line to its last.
type Symbol struct {
	Name      string
	Line, End int
}

// Code is what one file declares and uses, by name. It must not be changed.
type Code struct {
	Symbols []Symbol
	// Uses are the lines on which a name is called, or a name of a type stands; not those that declare it, and nothing in
	// comments and literals.
	Uses map[string][]int
}

// Declares are the declarations of a name.
func (c *Code) Declares(name string) (out []Symbol) {
	for _, s := range c.Symbols {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

// around is the innermost declaration of a function that holds a line; false when none does.
func (c *Code) around(line int) (in Symbol, ok bool) {
	for _, s := range c.Symbols {
		if s.Line <= line && line <= s.End && s.Line >= in.Line {
			in, ok = s, true
		}
	}
	return in, ok
}

// types begins the declaration of a type, with its name, in the languages whose functions are known.
var types = lazyregexp.New(
	`^[ \t]*(?:(?:export|default|public|private|protected|internal|static|final|abstract|partial|sealed|open|data|` +
		`pub(?:\([a-z]+\))?)[ \t]+)*` +
		`(?:class|interface|trait|struct|enum|record|type)[ \t]+([A-Za-z_]\w*)`)

// longestType is the most lines of a type that are looked at for its end.
const longestType = 400

// Read finds what a file declares and uses. One whose language is not known, or that cannot be split, has nothing.
func Read(path, body string) *Code {
	c := &Code{Uses: map[string][]int{}}
	f := function.Read(path, []byte(body))
	tokens, err := f.Tokens()
	if err != nil {
		return c
	}
	functions, _ := f.Functions() // one that cannot be read has none
	declared := map[string]map[int]bool{}
	declare := func(name string, line, end int) {
		if declared[name] == nil {
			declared[name] = map[int]bool{}
		}
		declared[name][line] = true
		c.Symbols = append(c.Symbols, Symbol{Name: name, Line: line, End: end})
	}
	for _, one := range functions {
		declare(one.Name[strings.LastIndexAny(one.Name, ".:")+1:], one.Line, one.EndLine)
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		if m := types.FindStringSubmatch(line); m != nil {
			declare(m[1], i+1, end(lines, i)+1)
		}
	}
	for i, t := range tokens {
		if t.Kind != lexer.Word {
			continue
		}
		name := body[t.Start:t.End]
		called := i+1 < len(tokens) && body[tokens[i+1].Start:tokens[i+1].End] == "("
		if len(name) < shortest || !called && !upper(name) || declared[name][int(t.Line)] {
			continue
		}
		if all := c.Uses[name]; len(all) == 0 || all[len(all)-1] != int(t.Line) {
			c.Uses[name] = append(all, int(t.Line))
		}
	}
	return c
}

// end is the last line of a type that begins at lines[i]: the one that closes it, which stands as far in as the first, or
// the last one that stands further in.
func end(lines []string, i int) int {
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }
	last := i
	for n := i + 1; n < min(len(lines), i+longestType); n++ {
		switch text := strings.TrimSpace(lines[n]); {
		case text == "":
			continue
		case indent(lines[n]) > indent(lines[i]):
			last = n
			continue
		case strings.HasPrefix(text, "}") || strings.HasPrefix(text, ")") || text == "end":
			return n
		case text == "{":
			last = n
			continue
		}
		break
	}
	return last
}

// shortest is the least length of a name that says anything.
const shortest = 3

func upper(name string) bool { return name[0] >= 'A' && name[0] <= 'Z' }

// mostKept bounds an Index, in bytes of the files that it was made of.
const mostKept = 32 << 20

// Index keeps what files declare and use by the ids of their blobs, so that a file is read and split once however many
// changes stand beside it. It keeps no text. It is safe for concurrent use; the zero value is empty.
type Index struct {
	mu    sync.Mutex
	files map[string]*Code
	order []string
	sizes map[string]int
	size  int
}

// Known is what a blob declares and uses; nil when nobody read it yet.
func (x *Index) Known(blob string) *Code {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.files[blob]
}

// Read is Read of this package for the text of a blob, once. The oldest make room for newer ones.
func (x *Index) Read(blob, path, body string) *Code {
	if c := x.Known(blob); c != nil {
		return c
	}
	c := Read(path, body)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.files == nil {
		x.files, x.sizes = map[string]*Code{}, map[string]int{}
	}
	if x.files[blob] == nil {
		x.files[blob], x.sizes[blob] = c, len(body)
		x.order = append(x.order, blob)
		x.size += len(body)
	}
	for x.size > mostKept && len(x.order) > 1 {
		oldest := x.order[0]
		x.size -= x.sizes[oldest]
		delete(x.files, oldest)
		delete(x.sizes, oldest)
		x.order = x.order[1:]
	}
	return c
}
