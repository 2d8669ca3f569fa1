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

// linesAreNarrow bounds the columns of a line. Raw strings are data and have their own width; generated files are nobody's
// to wrap; an address in a comment has no place to break.
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

// rawLines are the lines on which a raw string stands.
func rawLines(fset *token.FileSet, f file) map[int]bool {
	raw := map[int]bool{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.HasPrefix(lit.Value, "`") {
			for line := fset.Position(lit.Pos()).Line; line <= fset.Position(lit.End()).Line; line++ {
				raw[line] = true
			}
		}
		return true
	})
	return raw
}
