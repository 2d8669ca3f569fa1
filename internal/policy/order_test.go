package policy

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lintel-review/lintel/policies"
)

// TestTrustedPoliciesAreInOrder holds that the stage that brings the expressions of a rule into order, a quarter of the
// time of compiling, changes no built-in rule, so that it can be left out.
//
//race:unwatched
func TestTrustedPoliciesAreInOrder(t *testing.T) {
	t.Parallel()
	if d := disordered(t, policies.Tree()); len(d) > 0 {
		t.Errorf("write the expressions of these rules in the order in which they are evaluated, what gives a value before "+
			"what uses it: %v", d)
	}
	backwards := "package lintel.demo\n\nx if {\n\tsome y\n\ty > 1\n\ty = count(input.files)\n}\n"
	if d := disordered(t, fstest.MapFS{"demo/demo.rego": {Data: []byte(backwards)}}); !slices.Equal(d, []string{"demo/demo.rego:3"}) {
		t.Errorf("a rule that is written backwards is not found: %v", d)
	}
}

// disordered are the places of the rules that the compiler brings into another order.
func disordered(t *testing.T, tree fs.FS) (places []string) {
	t.Helper()
	compiled := func(skip ...ast.StageID) *ast.Compiler {
		sources, err := rules([]fs.FS{tree})
		if err != nil {
			t.Fatal(err)
		}
		if err := parseAll(sources); err != nil {
			t.Fatal(err)
		}
		for _, s := range sources {
			guard(s.module)
		}
		c := newCompiler(nil).WithSkipStages(skip...)
		if err := compile(c, sources); err != nil {
			t.Fatal(err)
		}
		return c
	}
	whole, trusted := compiled(), compiled(checks...)
	for path, m := range whole.Modules {
		for i, r := range m.Rules {
			if other := trusted.Modules[path].Rules[i]; !r.Equal(other) || r.String() != other.String() {
				places = append(places, r.Location.String())
			}
		}
	}
	slices.Sort(places)
	return places
}
