package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/version"

	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// prebuiltForm is raised whenever the form of prebuilt policies changes, or what the compiler is asked to leave out.
const prebuiltForm = 1

// prebuiltHead is what a file of prebuilt policies says before the modules themselves. It fits one engine and one set of texts.
type prebuiltHead struct {
	Form     int               `json:"form"`
	Engine   string            `json:"engine"`
	Digest   string            `json:"digest"`
	Rules    []Rule            `json:"rules"`
	Families []Family          `json:"families"`
	Files    map[string]string `json:"files"`
	// Queries has one entry for each family; the bytes of its modules follow, in this order, each so long.
	Queries []prebuiltFamily `json:"queries"`
}

type prebuiltFamily struct {
	Family string `json:"family"`
	Sees   reads  `json:"sees"`
	Bytes  int    `json:"bytes"`
}

// Prebuild compiles trees that Compile accepts once, so that CompileTrusted need not: it writes down what a compiler
// makes of each family. Equal trees give equal bytes.
func Prebuild(trees ...fs.FS) ([]byte, error) {
	e, sources, err := engine(trees, func([]source) ([]familyQuery, error) { return nil, nil })
	if err != nil {
		return nil, err
	}
	if len(e.problems) > 0 {
		return nil, fmt.Errorf("policies with problems are not prebuilt: %v", e.problems[0])
	}
	for _, s := range sources {
		inlineIDs(s.module)
	}
	head := prebuiltHead{
		Form:     prebuiltForm,
		Engine:   version.Version,
		Digest:   e.digest,
		Rules:    slices.DeleteFunc(slices.Clone(e.rules), func(r Rule) bool { return r.ID == policyErrorRule().ID }),
		Families: e.families,
		Files:    e.files,
	}
	var modules []byte
	for _, f := range byFamily(sources) {
		c := newCompiler(nil).WithSkipStages(checks...)
		if err := compile(c, f.sources); err != nil {
			return nil, err
		}
		enc := newEncoder()
		enc.modules(c)
		if enc.err != nil {
			return nil, fmt.Errorf("write the family %s: %w", f.name, enc.err)
		}
		b := enc.bytes()
		head.Queries = append(head.Queries, prebuiltFamily{Family: f.name, Sees: readsOf(f.sources), Bytes: len(b)})
		modules = append(modules, b...)
	}
	b, err := json.Marshal(head)
	if err != nil {
		return nil, fmt.Errorf("write prebuilt policies: %w", err)
	}
	return slices.Concat(b, []byte("\n"), modules), nil
}

// fromPrebuilt is an engine of prebuilt policies; ok is false where they were made by another engine, in another form,
// or of other texts.
func fromPrebuilt(prebuilt string, trees []fs.FS) (e *Engine, ok bool, err error) {
	first, modules, found := strings.Cut(prebuilt, "\n")
	if !found {
		return nil, false, nil
	}
	var head prebuiltHead
	if err := json.NewDecoder(strings.NewReader(first)).Decode(&head); err != nil {
		return nil, false, fmt.Errorf("%w: %w", errPrebuilt, err)
	}
	if head.Form != prebuiltForm || head.Engine != version.Version {
		return nil, false, nil
	}
	sources, err := rules(trees)
	if err != nil {
		return nil, false, err
	}
	a, err := archive(sources)
	if err != nil {
		return nil, false, err
	}
	if text.Digest(a) != head.Digest {
		return nil, false, nil
	}
	own := policyErrorRule()
	e = &Engine{
		rules:    append(head.Rules, own),
		byID:     map[string]Rule{},
		files:    head.Files,
		families: head.Families,
		archive:  a,
		digest:   head.Digest,
	}
	sorting.By(e.rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	for _, r := range e.rules {
		e.byID[r.ID] = r
	}
	for _, q := range head.Queries {
		if q.Bytes > len(modules) {
			return nil, false, errPrebuilt
		}
		own := modules[:q.Bytes]
		modules = modules[q.Bytes:]
		e.queries = append(e.queries, familyQuery{
			family:   q.Family,
			prepared: sync.OnceValues(func() (rego.PreparedEvalQuery, error) { return prebuiltQuery(q.Family, own) }),
			sees:     func() reads { return q.Sees },
			memo:     &memo{},
		})
	}
	if modules != "" {
		return nil, false, errPrebuilt
	}
	return e, true, nil
}

// afterCompiling are the stages that rewrite modules. Those of prebuilt policies are rewritten.
func afterCompiling() []ast.StageID {
	needed := []ast.StageID{
		ast.StageInitLocalVarGen,
		ast.StageSetModuleTree,
		ast.StageSetRuleTree,
		ast.StageBuildRuleIndices,
		ast.StageBuildComprehensionIndices,
	}
	return slices.DeleteFunc(ast.AllStages(), func(s ast.StageID) bool { return slices.Contains(needed, s) })
}

// prebuiltQuery is the query of a family whose modules were compiled before.
func prebuiltQuery(family, in string) (q rego.PreparedEvalQuery, err error) {
	d := newDecoder(in)
	modules, vars, _ := d.modules()
	if err := d.whole(); err != nil {
		return q, fmt.Errorf("family %s: %w", family, err)
	}
	c := newCompiler(nil).WithSkipStages(afterCompiling()...)
	c.RewrittenVars = vars
	if c.Compile(modules); c.Failed() {
		return q, fmt.Errorf("take the prebuilt family %s: %w", family, c.Errors)
	}
	return prepareQuery(context.Background(), c, query([]string{family}))
}
