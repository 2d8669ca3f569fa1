package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Limits of what is read as policies. The policies of a server are trusted, so these catch accidents, not attacks.
const (
	maxModuleBytes = 256 << 10
	maxModules     = 500
)

// root is the first element of every policy's package: "lintel.commits" is the package of the family commits.
const root = "lintel"

// libFamily is the one folder that holds functions for the others and no rules.
const libFamily = "lib"

// source is one Rego file.
type source struct {
	// path is relative to the tree's root, "commits/commits.rego".
	path   string
	text   []byte
	module *ast.Module
}

// family is the last element of the module's package.
func (s source) family() string {
	p := s.module.Package.Path
	return string(p[2].Value.(ast.String))
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.rego") }

// load reads and parses every Rego file of the trees, sorted by path. All errors of all files come at once.
func load(trees []fs.FS) ([]source, error) {
	all, err := read(trees)
	if err != nil {
		return nil, err
	}
	return all, parseAll(all)
}

// read gives the text of every Rego file of the trees, sorted by path.
func read(trees []fs.FS) ([]source, error) {
	var all []source
	var errs []error
	for _, tree := range trees {
		err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() || path.Ext(name) != ".rego" {
				return nil
			}
			if len(all) == maxModules {
				return fmt.Errorf("more than %d policy files", maxModules)
			}
			b, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(all, func(s source) bool { return s.path == name }) {
				errs = append(errs, fmt.Errorf("%s: two policy trees hold a file of this name; rename one", name))
				return nil
			}
			all = append(all, source{path: name, text: b})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read policies: %w", err)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if len(all) == 0 {
		return nil, errors.New("read policies: no .rego file found")
	}
	sorting.By(all, func(a, b source) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// parseAll parses the files side by side: it is a quarter of what a start on a laptop takes.
func parseAll(all []source) error {
	errs := make([]error, len(all))
	var done sync.WaitGroup
	for i := range all {
		done.Go(func() { all[i].module, errs[i] = parse(all[i].path, all[i].text) })
	}
	done.Wait()
	return errors.Join(errs...)
}

// parse reads one file with its metadata and checks that its package is that of its folder, so that no file can add
// rules to another family.
func parse(name string, b []byte) (*ast.Module, error) {
	if len(b) > maxModuleBytes {
		return nil, fmt.Errorf("%s: %d bytes, more than the %d that a policy file may have; split it", name, len(b), maxModuleBytes)
	}
	m, err := ast.ParseModuleWithOpts(name, string(b), ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      capabilities(),
	})
	if err != nil {
		return nil, fmt.Errorf("parse policy: %w", err)
	}
	if m == nil {
		return nil, fmt.Errorf("%s: the file is empty; remove it or give it a package", name)
	}
	want := path.Dir(name)
	if want == "." || strings.Contains(want, "/") {
		return nil, fmt.Errorf("%s: a policy file lies in the folder of its family, one level below the root of its tree", name)
	}
	if strings.HasSuffix(name, "_test.rego") {
		want += "_test"
	}
	if p := m.Package.Path.String(); p != "data."+root+"."+want {
		return nil, fmt.Errorf("%s:%d: package %s, but files of this name in this folder have package %s.%s", name, m.Package.Location.Row,
			strings.TrimPrefix(p, "data."), root, want)
	}
	if err := refuseJudged(name, m); err != nil {
		return nil, err
	}
	return m, nil
}

// compile checks the modules together: types, unsafe built-ins, unused names, as far as the compiler skips none of it.
func compile(c *ast.Compiler, sources []source) error {
	if c.Compile(modules(sources)); c.Failed() {
		return fmt.Errorf("compile policies: %w", c.Errors)
	}
	return nil
}

// checks are the compiler's stages that only find mistakes, and do nothing for policies without one. The check of safety
// in rule bodies also brings the expressions into an order in which they can be evaluated: TestTrustedPoliciesAreInOrder
// holds the built-in ones to being in that order as they are written. The graph of rules is for checks alone.
var checks = []ast.StageID{
	ast.StageSetGraph,
	ast.StageCheckSafetyRuleBodies,
	ast.StageCheckUnusedImports,
	ast.StageCheckKeywordOverrides,
	ast.StageCheckDuplicateImports,
	ast.StageCheckVoidCalls,
	ast.StageCheckRuleConflicts,
	ast.StageCheckUndefinedFuncs,
	ast.StageCheckSafetyRuleHeads,
	ast.StageCheckRecursion,
	ast.StageCheckTypes,
	ast.StageCheckUnsafeBuiltins,
	ast.StageCheckDeprecatedBuiltins,
	ast.StageBuildRequiredCapabilities,
}

// newCompiler gives a compiler with what policies may do. With a nil input schema the input may have any shape.
func newCompiler(schema any) *ast.Compiler {
	c := ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithStrict(true).
		WithDefaultRegoVersion(ast.RegoV1).
		WithUseTypeCheckAnnotations(true)
	if schema == nil {
		return c
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, schema)
	return c.WithSchemas(set)
}

func modules(sources []source) map[string]*ast.Module {
	m := make(map[string]*ast.Module, len(sources))
	for _, s := range sources {
		m[s.path] = s.module
	}
	return m
}
