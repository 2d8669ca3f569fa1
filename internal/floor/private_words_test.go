package floor

import (
	"fmt"
	"go/ast"
	"strings"
	"unicode"
)

// privateWords are those that only this house would have used for a thing, with the field's word for it.
var privateWords = map[string]string{
	"aside": "held", "counsel": "advice", "desk": "store", "hear": "receive", "lent": "shared", "mend": "fix",
	"mends": "fixes", "press": "click", "purse": "budget",
	"said": "what it is: message, reply, reported", "shelf": "cache", "touch": "request", "unsaid": "pending", "wish": "request",
}

// namesAreTheFields: what the product declares has the field's words, so that a stranger finds it by the word that he knows.
func namesAreTheFields(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				for _, word := range wordsOf(id.Name) {
					if theirs := privateWords[word]; theirs != "" {
						out = append(out, fmt.Sprintf("%s %s says %q, a word of this house alone: say %q",
							tr.fset.Position(id.Pos()), id.Name, word, theirs))
					}
				}
				return true
			})
		}
	}
	return out
}

// wordsOf takes a name in camel case apart, in small letters.
func wordsOf(name string) []string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}
