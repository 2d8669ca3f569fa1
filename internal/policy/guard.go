package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The names of the two partial sets by which a family speaks.
const (
	denyName    = "deny"
	abstainName = "abstain"
)

// judgedKey is a member of the input that the engine adds for itself: an object with the ids of the rules to judge, and
// the names of their families.
const judgedKey = "judged"

func named(r *ast.Rule, name string) bool {
	ref := r.Head.Ref()
	return len(ref) > 0 && ref[0].Equal(ast.VarTerm(name))
}

// guard puts "judge me only if asked" in front of every deny and abstain, so that a rule that is off costs nothing and
// cannot break anything.
func guard(m *ast.Module) {
	for _, r := range m.Rules {
		key := ""
		switch {
		case named(r, denyName):
			if a := annotation(r); a != nil {
				key, _ = a.Custom["id"].(string)
			}
		case named(r, abstainName):
			key = string(m.Package.Path[2].Value.(ast.String))
		}
		if key == "" {
			continue
		}
		// Every term is new: the library's own terms are shared by all compilers and must not be given a place.
		at := func(v ast.Value) *ast.Term { return &ast.Term{Value: v, Location: r.Location} }
		ask := ast.NewExpr(at(ast.Ref{at(ast.Var("input")), at(ast.String(judgedKey)), at(ast.String(key))}))
		ask.Location = r.Location
		r.Body = ast.NewBody(append([]*ast.Expr{ask}, r.Body...)...)
	}
}

// refuseJudged finds policies that read what the engine keeps for itself: a rule must not know what else is judged.
func refuseJudged(name string, m *ast.Module) error {
	own := ast.Ref{ast.InputRootDocument, ast.StringTerm(judgedKey)}
	var err error
	ast.WalkRefs(m, func(r ast.Ref) bool {
		if err == nil && r.HasPrefix(own) {
			err = fmt.Errorf("%s:%d: input.%s is not part of the facts", name, r[0].Location.Row, judgedKey)
		}
		return err != nil
	})
	return err
}
