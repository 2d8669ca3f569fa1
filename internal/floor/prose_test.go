package floor

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// proseRead are functions that read the prose of an error because a library or a service tells what it means in no
// other way, with the reason.
var proseRead = map[string]string{
	"internal/document/syntax.go:firstRefused": "which of two texts is refused for the same reason: both are the reader's own, of one run",
	"internal/document/syntax.go:syntax": "the YAML reader's ParserError has a place and a message, and no kind: " +
		"its messages are said again in plain words",
	"internal/document/document.go:mismatch": "encoding/json has no type for an unknown field",
	"internal/queue/log.go:Handle":           "River logs why its own stop failed as a text, and no error is handed over",
	"internal/forge/gitlab/answer.go:saying": "GitLab answers 400 for a status that stands, a name that is taken and a place " +
		"that no diff has",
	"internal/forge/github/answer.go:noAncestor": "GitHub answers 404 for commits without a common ancestor as for " +
		"everything that is not there; only the message differs",
}

// readers are the functions of package strings by which a text is decided on. Cut and Trim alone shorten what is shown.
var readers = []string{"Contains", "ContainsAny", "ContainsFunc", "HasPrefix", "HasSuffix", "EqualFold", "Index", "CutPrefix",
	"CutSuffix", "Count"}

// noProseIsRead: what an error means is its type or a value that it wraps. A sentence is for people: a second forge,
// another version of a library and a better wording would all change what the program does. It looks for a text of an
// error (err.Error(), or a field of one that errors.As or errors.AsType found) in a test of strings, in a comparison,
// in a switch, or before a pattern.
func noProseIsRead(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == tests {
			continue // a test may hold a sentence to what it says
		}
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil || proseRead[f.name+":"+fn.Name.Name] != "" {
					continue
				}
				for _, at := range proseIn(fn.Body) {
					out = append(out,
						fmt.Sprintf(
							"%s: the text of an error decides here: ask for its type with errors.AsType, or for a value with errors.Is",
							tr.fset.Position(at)))
				}
			}
		}
	}
	return out
}

// proseIn finds where a body decides by the text of an error.
func proseIn(body *ast.BlockStmt) (at []token.Pos) {
	found := errorsFound(body)
	prose := func(e ast.Expr) bool { return isProse(e, found) }
	ast.Inspect(body, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			if decides(x) && slices.ContainsFunc(x.Args, prose) {
				at = append(at, x.Pos())
			}
		case *ast.BinaryExpr:
			if (x.Op == token.EQL || x.Op == token.NEQ) && (prose(x.X) && !isEmpty(x.Y) || prose(x.Y) && !isEmpty(x.X)) {
				at = append(at, x.Pos())
			}
		case *ast.SwitchStmt:
			if x.Tag != nil && prose(x.Tag) {
				at = append(at, x.Pos())
			}
		}
		return true
	})
	return at
}

// decides reports whether a call tests a text.
func decides(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if f.Sel.Name == "MatchString" {
		return true
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "strings" && slices.Contains(readers, f.Sel.Name)
}

// texts are the fields that hold an error's sentences.
var texts = []string{"What", "Message", "Remedy"}

// isProse reports whether an expression is the text of an error.
func isProse(e ast.Expr, found map[string]bool) bool {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return isProse(x.X, found)
	case *ast.CallExpr:
		f, ok := x.Fun.(*ast.SelectorExpr)
		if ok && f.Sel.Name == "Error" && len(x.Args) == 0 {
			return true
		}
		return ok && f.Sel.Name == "ToLower" && len(x.Args) == 1 && isProse(x.Args[0], found)
	case *ast.SelectorExpr:
		id, ok := x.X.(*ast.Ident)
		return ok && found[id.Name] && slices.Contains(texts, x.Sel.Name)
	}
	return false
}

// errorsFound are the variables of a body that errors.As fills or errors.AsType gives.
func errorsFound(body *ast.BlockStmt) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			if isErrors(x, "As") && len(x.Args) == 2 {
				if u, ok := x.Args[1].(*ast.UnaryExpr); ok {
					if id, ok := u.X.(*ast.Ident); ok {
						found[id.Name] = true
					}
				}
			}
		case *ast.AssignStmt:
			if call, ok := x.Rhs[0].(*ast.CallExpr); ok && isErrors(call, "AsType") {
				if id, ok := x.Lhs[0].(*ast.Ident); ok {
					found[id.Name] = true
				}
			}
		}
		return true
	})
	return found
}

func isErrors(call *ast.CallExpr, name string) bool {
	fun := call.Fun
	if i, ok := fun.(*ast.IndexExpr); ok {
		fun = i.X
	}
	f, ok := fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != name {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "errors"
}

func isEmpty(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Value == `""`
}
