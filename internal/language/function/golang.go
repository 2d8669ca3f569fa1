package function

import (
	"fmt"
	"go/ast"
	"go/token"
)

// maxGo is the largest file that Go's parser reads.
const maxGo = 1 << 20

// golang measures the functions of a file of Go.
func golang(files *token.FileSet, file *ast.File) ([]Function, error) {
	var found []Function
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			found = append(found, ofGo(files, f))
		}
	}
	if len(found) > maxFunctions {
		return nil, fmt.Errorf("it has %d functions, more than %d", len(found), maxFunctions)
	}
	return found, nil
}

func ofGo(files *token.FileSet, f *ast.FuncDecl) Function {
	line := func(p token.Pos) int { return files.PositionFor(p, false).Line }
	v := &goMeter{cyclomatic: 1}
	v.block(f.Body.List, 0, 0)
	name := f.Name.Name
	if f.Recv != nil && len(f.Recv.List) > 0 {
		name = receiver(f.Recv.List[0].Type) + "." + name
	}
	return Function{
		Name:       name,
		Line:       line(f.Pos()),
		EndLine:    line(f.End()),
		Body:       line(f.Body.Pos()),
		Parameters: f.Type.Params.NumFields(),
		Nesting:    v.deepest,
		Cyclomatic: v.cyclomatic,
		Cognitive:  v.cognitive,
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.ParenExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// goMeter measures one function. weight is how deep a break of the flow weighs, depth how deep control structures stand
// in each other: a function literal adds to the weight alone.
type goMeter struct{ cyclomatic, cognitive, deepest int }

func (v *goMeter) block(list []ast.Stmt, weight, depth int) {
	for _, s := range list {
		v.statement(s, weight, depth)
	}
}

// enter counts a control structure that stands at this depth.
func (v *goMeter) enter(weight, depth int) {
	v.cognitive += 1 + weight
	v.deepest = max(v.deepest, depth+1)
}

func (v *goMeter) statement(s ast.Stmt, weight, depth int) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		v.block(s.List, weight, depth)
	case *ast.LabeledStmt:
		v.statement(s.Stmt, weight, depth)
	case *ast.IfStmt:
		v.enter(weight, depth)
		v.branch(s, weight, depth)
	case *ast.ForStmt:
		v.cyclomatic++
		v.enter(weight, depth)
		v.inside(weight, s.Init, s.Cond, s.Post)
		v.block(s.Body.List, weight+1, depth+1)
	case *ast.RangeStmt:
		v.cyclomatic++
		v.enter(weight, depth)
		v.inside(weight, s.X)
		v.block(s.Body.List, weight+1, depth+1)
	case *ast.SwitchStmt:
		v.enter(weight, depth)
		v.inside(weight, s.Init, s.Tag)
		v.block(s.Body.List, weight+1, depth+1)
	case *ast.TypeSwitchStmt:
		v.enter(weight, depth)
		v.inside(weight, s.Init, s.Assign)
		v.block(s.Body.List, weight+1, depth+1)
	case *ast.SelectStmt:
		v.enter(weight, depth)
		v.block(s.Body.List, weight+1, depth+1)
	case *ast.CaseClause:
		if s.List != nil {
			v.cyclomatic++
		}
		for _, e := range s.List {
			v.inside(weight, e)
		}
		v.block(s.Body, weight, depth)
	case *ast.CommClause:
		if s.Comm != nil {
			v.cyclomatic++
			v.statement(s.Comm, weight, depth)
		}
		v.block(s.Body, weight, depth)
	default:
		v.inside(weight, s)
	}
}

// branch measures an if whose own break is counted, and its else.
func (v *goMeter) branch(s *ast.IfStmt, weight, depth int) {
	v.cyclomatic++
	v.inside(weight, s.Init, s.Cond)
	v.block(s.Body.List, weight+1, depth+1)
	switch e := s.Else.(type) {
	case *ast.IfStmt:
		v.cognitive++
		v.branch(e, weight, depth)
	case *ast.BlockStmt:
		v.cognitive++
		v.block(e.List, weight+1, depth+1)
	}
}

// inside measures what expressions hold: logical operators, of which a row of equal ones is one break, and functions.
func (v *goMeter) inside(weight int, nodes ...ast.Node) {
	for _, n := range nodes {
		if n == nil {
			continue
		}
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				v.block(n.Body.List, weight+1, 0)
				return false
			case *ast.BinaryExpr:
				if n.Op == token.LAND || n.Op == token.LOR {
					v.logical(n, token.ILLEGAL, weight)
					return false
				}
			}
			return true
		})
	}
}

func (v *goMeter) logical(e ast.Expr, outer token.Token, weight int) {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.LAND && b.Op != token.LOR {
		v.inside(weight, e)
		return
	}
	v.cyclomatic++
	if b.Op != outer {
		v.cognitive++
	}
	v.logical(b.X, b.Op, weight)
	v.logical(b.Y, b.Op, weight)
}
