package floor

import (
	"fmt"
	"go/ast"
	"go/token"
)

// deferredErrorsAreReturned: a deferred function that sets err changes the result only where err is a named result.
// Where it is not, the error of closing a file or a database is lost without a word.
func deferredErrorsAreReturned(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.FuncDecl:
					out = append(out, lostErrors(tr, x.Type, x.Body)...)
				case *ast.FuncLit:
					out = append(out, lostErrors(tr, x.Type, x.Body)...)
				}
				return true
			})
		}
	}
	return out
}

// lostErrors looks at the deferred functions of one function, not at those of functions inside it.
func lostErrors(tr tree, signature *ast.FuncType, body *ast.BlockStmt) (out []string) {
	if body == nil || hasResult(signature, "err") || !givesError(signature) {
		return nil
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			deferred, ok := x.Call.Fun.(*ast.FuncLit)
			if ok && setsErr(deferred.Body) {
				out = append(out,
					fmt.Sprintf(
						"%s: a deferred function sets err, which is no named result here, so the error is lost: name the result err",
						tr.fset.Position(x.Pos())))
			}
			return false
		}
		return true
	})
	return out
}

func hasResult(signature *ast.FuncType, name string) bool {
	if signature.Results == nil {
		return false
	}
	for _, field := range signature.Results.List {
		for _, n := range field.Names {
			if n.Name == name {
				return true
			}
		}
	}
	return false
}

func givesError(signature *ast.FuncType) bool {
	if signature.Results == nil {
		return false
	}
	for _, field := range signature.Results.List {
		if t, ok := field.Type.(*ast.Ident); ok && t.Name == "error" {
			return true
		}
	}
	return false
}

// setsErr reports whether a body assigns to err without declaring it.
func setsErr(body *ast.BlockStmt) bool {
	sets := false
	ast.Inspect(body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN {
			for _, to := range a.Lhs {
				if id, ok := to.(*ast.Ident); ok && id.Name == "err" {
					sets = true
				}
			}
		}
		return true
	})
	return sets
}
