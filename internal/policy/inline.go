package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// idOfRule is "rego.metadata.rule().custom.id", by which a finding names its rule.
var idOfRule = ast.Ref{ast.CallTerm(ast.NewTerm(ast.RegoMetadataRule.Ref())), ast.StringTerm("custom"), ast.StringTerm("id")}

// inlineIDs writes the id of a rule where the rule asks for it, and drops the metadata and comments when nothing else
// in the module asks. Otherwise the compiler gives every such rule a copy of all its metadata, examples and figures
// included: a tenth of the time of a compilation, and megabytes of an idle server.
//
// The metadata must have been read before.
func inlineIDs(m *ast.Module) {
	for _, r := range m.Rules {
		a := annotation(r)
		if a == nil || r.Else != nil {
			continue
		}
		id, ok := a.Custom["id"].(string)
		if !ok {
			continue
		}
		ast.WalkTerms(r, func(t *ast.Term) bool {
			if ref, isRef := t.Value.(ast.Ref); isRef && ref.Equal(idOfRule) {
				t.Value = ast.String(id)
			}
			return false
		})
	}
	if asksForMetadata(m) {
		return
	}
	m.Annotations, m.Comments = nil, nil
	for _, r := range m.Rules {
		r.Annotations = nil
	}
}

// asksForMetadata reports whether a call of rego.metadata.rule or rego.metadata.chain is left.
func asksForMetadata(m *ast.Module) bool {
	calls := []ast.Ref{ast.RegoMetadataRule.Ref(), ast.RegoMetadataChain.Ref()}
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		found = found || slices.ContainsFunc(calls, func(call ast.Ref) bool { return ref.Equal(call) })
		return found
	})
	return found
}
