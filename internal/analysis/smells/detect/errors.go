package detect

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// swallowed finds errors of Go that are looked at and dropped: an empty branch for them, and a branch that returns
// success. A comment in the branch says that it is meant.
func (r *reader) swallowed() {
	if !slices.ContainsFunc(r.tokens, func(t lexer.Token) bool { return r.Added[int(t.Line)] && string(r.Body[t.Start:t.End]) == "if" }) {
		return // each finding begins at an added "if"
	}
	files, file := r.File.Syntax()
	if file == nil {
		return // the functions of the file are not known, and that is said
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		r.branches(files, file, f.Type, f.Body)
	}
}

// branches looks at the branches for errors of one function; those of functions in it are looked at with their own results.
func (r *reader) branches(files *token.FileSet, file *ast.File, of *ast.FuncType, body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			r.branches(files, file, n.Type, n.Body)
			return false
		case *ast.IfStmt:
			line, end := files.Position(n.Pos()).Line, files.Position(n.Body.End()).Line
			name := errorOf(n.Cond)
			if name == "" || !r.Added[line] || commented(file, n.Body) {
				return true
			}
			switch {
			case len(n.Body.List) == 0 && n.Else == nil:
				r.add(Swallowed, "an empty branch for "+name, line, end)
			case returnsSuccess(of, n.Body):
				r.add(Swallowed, "success is returned where "+name+" is not nil", line, end)
			}
		}
		return true
	})
}

// errorOf is the name of the error in "err != nil"; empty for other conditions.
func errorOf(e ast.Expr) string {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ {
		return ""
	}
	x, ok := b.X.(*ast.Ident)
	y, isNil := b.Y.(*ast.Ident)
	if !ok || !isNil || y.Name != "nil" || x.Name != "err" && !strings.HasSuffix(x.Name, "Err") {
		return ""
	}
	return x.Name
}

func commented(file *ast.File, body *ast.BlockStmt) bool {
	for _, c := range file.Comments {
		if c.Pos() > body.Pos() && c.Pos() < body.End() {
			return true
		}
	}
	return false
}

// returnsSuccess reports whether a branch is nothing but a return with nil as its error.
func returnsSuccess(of *ast.FuncType, body *ast.BlockStmt) bool {
	if len(body.List) != 1 || of.Results == nil || len(of.Results.List) == 0 {
		return false
	}
	last, ok := of.Results.List[len(of.Results.List)-1].Type.(*ast.Ident)
	if !ok || last.Name != "error" {
		return false
	}
	ret, ok := body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	for _, x := range ret.Results {
		if v, ok := x.(*ast.Ident); !ok || v.Name != "nil" {
			return false
		}
	}
	return true
}
