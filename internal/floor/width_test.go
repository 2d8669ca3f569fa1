package floor

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"unicode/utf8"
)

const (
	maxWidth = 140
	tabWidth = 4
)

// linesAreNarrow bounds the columns of a line. Texts of several lines in raw strings are data and have their own width;
// tags of fields cannot be broken, nor can an address in a comment; generated files are nobody's to wrap.
func linesAreNarrow(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		for _, f := range p.all() {
			if ast.IsGenerated(f.ast) {
				continue
			}
			raw := rawLines(tr.fset, f)
			n := 0
			for line := range strings.Lines(string(f.text)) {
				if n++; raw[n] {
					continue
				}
				line = strings.TrimSuffix(line, "\n")
				if address(line) {
					continue
				}
				if width := utf8.RuneCountInString(line) + (tabWidth-1)*strings.Count(line, "\t"); width > maxWidth {
					out = append(out, fmt.Sprintf("%s:%d has %d columns, more than %d: break the line", f.name, n, width, maxWidth))
				}
			}
		}
	}
	return out
}

// address reports whether a line is a comment that is one address.
func address(line string) bool {
	word, ok := strings.CutPrefix(strings.TrimSpace(line), "// ")
	return ok && strings.HasPrefix(word, "https://") && !strings.ContainsAny(word, " \t")
}

// rawLines are the lines on which a raw string stands that has several of them, or that is the tag of a field. The text
// of a method Help is not among them: paragraphs are filled anew when they are shown, so it can be broken like a comment.
func rawLines(fset *token.FileSet, f file) map[int]bool {
	raw := map[int]bool{}
	mark := func(lit *ast.BasicLit) {
		for line := fset.Position(lit.Pos()).Line; line <= fset.Position(lit.End()).Line; line++ {
			raw[line] = true
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Recv == nil || n.Name.Name != "Help"
		case *ast.Field:
			if n.Tag != nil {
				mark(n.Tag)
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && strings.HasPrefix(n.Value, "`") && strings.Contains(n.Value, "\n") {
				mark(n)
			}
		}
		return true
	})
	return raw
}
