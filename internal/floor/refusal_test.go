package floor

import (
	"fmt"
	"go/ast"
)

// refusalsHaveAKind: logs and code tell refusals of a forge apart by their kind, so an adapter may not forget it.
func refusalsHaveAKind(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if ok && isRefused(lit.Type) && !setsKind(lit) {
					out = append(out,
						fmt.Sprintf("%s: a change.Refused has no Kind: say why the forge refuses", tr.fset.Position(lit.Pos())))
				}
				return true
			})
		}
	}
	return out
}

func isRefused(t ast.Expr) bool {
	sel, ok := t.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Refused" {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "change"
}

func setsKind(lit *ast.CompositeLit) bool {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Kind" {
			return true
		}
	}
	return false
}
