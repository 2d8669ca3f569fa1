package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/parallel"
)

// familyQuery asks one family, or all of them when family is empty.
type familyQuery struct {
	family string
	// prepared is the compiled query; the first call compiles it.
	prepared func() (rego.PreparedEvalQuery, error)
	// sees is what the query's policies can see of the facts.
	sees func() reads
	memo *memo
}

// prepare compiles the policies and prepares the query for all their families.
func prepare(ctx context.Context, compiler *ast.Compiler, sources []source) (rego.PreparedEvalQuery, error) {
	if err := compile(compiler, sources); err != nil {
		return rego.PreparedEvalQuery{}, err
	}
	var families []string
	for _, s := range sources {
		families = append(families, s.family())
	}
	return prepareQuery(ctx, compiler, query(families))
}

func prepareQuery(ctx context.Context, compiler *ast.Compiler, query ast.Body) (rego.PreparedEvalQuery, error) {
	q, err := rego.New(
		rego.Compiler(compiler),
		rego.ParsedQuery(query),
		rego.StrictBuiltinErrors(false),
	).PrepareForEval(ctx)
	if err != nil {
		return q, fmt.Errorf("prepare policies: %w", err)
	}
	return q, nil
}

// familySources are a family's files, and those of the library.
type familySources struct {
	name    string
	sources []source
}

// byFamily divides files into families, sorted by name.
func byFamily(sources []source) (all []familySources) {
	var lib []source
	families := map[string][]source{}
	for _, s := range sources {
		if s.family() == libFamily {
			lib = append(lib, s)
		} else {
			families[s.family()] = append(families[s.family()], s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		all = append(all, familySources{name, slices.Concat(lib, families[name])})
	}
	return all
}

// eachFamily has a query for each family, which compiles the family with the library alone, and without checks. Nothing
// is compiled yet.
func eachFamily(sources []source) []familyQuery {
	var queries []familyQuery
	for _, f := range byFamily(sources) {
		queries = append(queries, familyQuery{family: f.name, prepared: sync.OnceValues(func() (rego.PreparedEvalQuery, error) {
			return prepare(context.Background(), newCompiler(nil).WithSkipStages(checks...), f.sources)
		}), sees: sync.OnceValue(func() reads { return readsOf(f.sources) }), memo: &memo{}})
	}
	return queries
}

// compiled is the query, compiled at the first call. A panic of the engine is an error.
func (q familyQuery) compiled() (query rego.PreparedEvalQuery, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return q.prepared()
}

// Prepare compiles families now, which the first decision would wait for otherwise; none named is all. The gate is
// always among them. It does nothing where that is done.
func (e *Engine) Prepare(only ...string) error {
	return e.prepare(func(family string) bool {
		return len(only) == 0 || family == GateFamily || slices.Contains(only, family)
	})
}

// prepare compiles the families that are wanted, side by side.
func (e *Engine) prepare(wanted func(family string) bool) error {
	errs := make([]error, len(e.queries))
	var done sync.WaitGroup
	for i, q := range e.queries {
		if q.family == "" || wanted(q.family) {
			// After both nobody holds the parsed files any more.
			done.Go(func() {
				if _, errs[i] = q.compiled(); errs[i] == nil {
					q.sees()
				}
			})
		}
	}
	done.Wait()
	return errors.Join(errs...)
}

// query is one expression that gives, for each family, its findings and its abstentions as arrays. A family without a
// rule of that name gives an empty one.
func query(families []string) ast.Body {
	families = slices.Clone(families)
	slices.Sort(families)
	var parts []string
	for _, f := range slices.Compact(families) {
		if f == libFamily {
			continue
		}
		parts = append(parts,
			fmt.Sprintf(`%q: {"deny": [x | some x in data.%s.%s.deny], "abstain": [x | some x in data.%s.%s.abstain]}`, f, root, f,
				root, f))
	}
	return ast.MustParseBodyWithOpts("result := {"+strings.Join(parts, ", ")+"}", ast.ParserOptions{RegoVersion: ast.RegoV1})
}

// ask asks the families of the rules, side by side. The error is that of the first family, by name, that has one. A panic
// of the engine is an error: the worker must live on.
func (e *Engine) ask(ctx context.Context, f facts.Facts, asked map[string]bool) (families map[string]any,
	problems []topdown.Error, err error) {
	defer func() {
		if p := recover(); p != nil {
			families, problems, err = nil, nil, panicked(p)
		}
	}()
	if len(e.queries) == 0 {
		return nil, nil, errors.New("no policies were compiled")
	}
	keys := map[string]bool{}
	for id := range asked {
		keys[id] = true
		keys[e.byID[id].Family] = true
	}
	var queries []familyQuery
	for _, q := range e.queries {
		if q.family == "" || keys[q.family] {
			queries = append(queries, q)
		}
	}
	// One for all: the library would have a goroutine wait for the context beside each query.
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	answers := make([]reply, len(queries))
	parallel.Each(len(queries), func(i int) { answers[i] = queries[i].ask(ctx, &f, keys, cancel) })
	families = map[string]any{}
	for _, a := range answers {
		if a.err != nil {
			return nil, nil, a.err
		}
		problems = append(problems, a.problems...)
		maps.Copy(families, a.families)
	}
	return families, problems, nil
}

func panicked(p any) error { return fmt.Errorf("the policy engine panicked: %v", p) }

// reply is what a query gave: the parts of each family.
type reply struct {
	families map[string]any
	problems []topdown.Error
	err      error
}

// ask gives what was said of an equal input before, or evaluates the policies.
func (q familyQuery) ask(ctx context.Context, f *facts.Facts, asked map[string]bool, cancel topdown.Cancel) (a reply) {
	defer func() {
		if p := recover(); p != nil {
			a = reply{err: panicked(p)}
		}
	}()
	input, size, err := inputValue(f, q.sees(), q.of(asked))
	if err != nil {
		a.err = err
		return a
	}
	hash := input.Hash()
	if known, ok := q.memo.get(hash, input); ok {
		a.families = known
		return a
	}
	if a = q.evaluate(ctx, input, cancel); a.err == nil && len(a.problems) == 0 && size <= memoValues {
		q.memo.put(hash, input, a.families)
	}
	return a
}

// of are the names to judge that the query's rules look for.
func (q familyQuery) of(asked map[string]bool) map[string]bool {
	if q.family == "" {
		return asked
	}
	own := map[string]bool{}
	for name := range asked {
		if family, _, _ := strings.Cut(name, "/"); family == q.family {
			own[name] = true
		}
	}
	return own
}

func (q familyQuery) evaluate(ctx context.Context, input ast.Value, cancel topdown.Cancel) (a reply) {
	query, err := q.compiled()
	if err != nil {
		a.err = err
		return a
	}
	rs, err := query.Eval(ctx, rego.EvalParsedInput(input), rego.EvalBuiltinErrorList(&a.problems),
		rego.EvalExternalCancel(cancel))
	if err != nil {
		a.err = err
		return a
	}
	if len(rs) != 1 {
		a.problems = append(a.problems, topdown.Error{Message: "the policies gave no result"})
		return a
	}
	var ok bool
	if a.families, ok = rs[0].Bindings["result"].(map[string]any); !ok {
		a.problems = append(a.problems, topdown.Error{Message: "the policies' result is no object"})
	}
	return a
}
