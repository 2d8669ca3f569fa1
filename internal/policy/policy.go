// Package policy evaluates the Rego rule families over the facts of one change and applies the settings' modes. It is
// the only door to Open Policy Agent, so all that reads, checks, tests, documents or evaluates Rego is here. No type of
// the engine is in an exported signature.
//
// Callers may rely on: equal facts, settings, options and policies give an equal Decision; policies have no network,
// clock, chance or environment and are stopped at a time limit; a rule that breaks, or says something that is not a
// finding, becomes the finding gate/policy-error and never a success; an Engine is safe for use by several goroutines.
// Memory is not bounded here: policies that a repository wrote do not belong in this process.
package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/version"

	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Engine is a set of compiled policies.
type Engine struct {
	rules []Rule
	byID  map[string]Rule
	// files maps a policy file to its family.
	files    map[string]string
	families []Family
	problems []Problem
	archive  []byte
	digest   string
	// queries ask all families, or one each.
	queries []familyQuery
	// kept are settings by the text of their file.
	keptMu sync.Mutex
	kept   map[string]settings.Settings
}

// Family is one folder of rules.
type Family struct {
	// Name is the folder, "commits".
	Name        string
	Title       string
	Description string
}

// Compile reads the Rego files of the trees (one folder for each family, tests left out), checks them and prepares
// them. The error names file, line and column of every mistake: syntax, a built-in that is not allowed, a field that
// the facts do not have, a package that is not its folder's.
func Compile(ctx context.Context, trees ...fs.FS) (*Engine, error) {
	schema, err := inputSchema()
	if err != nil {
		return nil, err
	}
	e, _, err := engine(trees, func(sources []source) ([]familyQuery, error) {
		q, err := prepare(ctx, newCompiler(schema), sources)
		return []familyQuery{{
			prepared: func() (rego.PreparedEvalQuery, error) { return q, nil },
			sees:     sync.OnceValue(func() reads { return readsOf(sources) }),
			memo:     &memo{},
		}}, err
	})
	return e, err
}

// CompileTrusted is Compile in half the time, for trees that Compile has accepted before: those that the program is
// built with, which a test compiles. It leaves out the checks of types and names. A mistake in other trees would show
// when a rule is evaluated, as gate/policy-error. Each family is compiled by itself, so a family sees nothing of
// another, when it is first judged or by Prepare: many commands judge none, or one.
//
// Where prebuilt is what Prebuild made of these trees, nothing is parsed or compiled, which takes a fifth of the time.
// Otherwise, and when it is empty, the trees are compiled: prebuilt policies can make a start quick, never a verdict wrong.
func CompileTrusted(prebuilt string, trees ...fs.FS) (*Engine, error) {
	if e, ok, err := fromPrebuilt(prebuilt, trees); ok || err != nil {
		return e, err
	}
	e, sources, err := engine(trees, func(sources []source) ([]familyQuery, error) { return eachFamily(sources), nil })
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		inlineIDs(s.module)
	}
	return e, nil
}

// engine gives the parsed files, too.
func engine(trees []fs.FS, prepare func([]source) ([]familyQuery, error)) (*Engine, []source, error) {
	sources, err := rules(trees)
	if err != nil {
		return nil, nil, err
	}
	if err := parseAll(sources); err != nil {
		return nil, nil, err
	}
	e := &Engine{byID: map[string]Rule{}, files: map[string]string{}}
	for _, s := range sources {
		e.files[s.path] = s.family()
		guard(s.module)
	}
	// Nothing of the following changes a module.
	var described sync.WaitGroup
	described.Go(func() { e.readMetadata(sources) })
	described.Go(func() {
		if e.archive, err = archive(sources); err == nil {
			e.digest = text.Digest(e.archive)
		}
	})
	queries, failed := prepare(sources)
	described.Wait()
	if failed != nil {
		return nil, nil, failed
	}
	if err != nil {
		return nil, nil, err
	}
	e.queries = queries
	return e, sources, nil
}

// alwaysRead are facts that every verdict rests on, whatever the rules say.
var alwaysRead = []string{"draft", "state"}

// ReadsFact reports whether a verdict can depend on a fact.
func (e *Engine) ReadsFact(fact string) bool {
	return slices.Contains(alwaysRead, fact) || slices.ContainsFunc(e.rules, func(r Rule) bool { return slices.Contains(r.Reads, fact) })
}

// ReadsOnlyFor reports whether every rule that reads a fact has one setting, such as ownership.exempt_labels.
func (e *Engine) ReadsOnlyFor(fact, option string) bool {
	return !slices.ContainsFunc(e.rules, func(r Rule) bool {
		return slices.Contains(r.Reads, fact) && !slices.Contains(r.Options, option)
	})
}

// Digest is the digest that an engine of these trees would have, without parsing or compiling them. Trees that would
// not compile have one, too.
func Digest(trees ...fs.FS) (string, error) {
	sources, err := rules(trees)
	if err != nil {
		return "", err
	}
	a, err := archive(sources)
	if err != nil {
		return "", err
	}
	return text.Digest(a), nil
}

// rules are the files of the trees that are no tests, not yet parsed.
func rules(trees []fs.FS) ([]source, error) {
	sources, err := read(trees)
	if err != nil {
		return nil, err
	}
	sources = slices.DeleteFunc(sources, source.test)
	if len(sources) == 0 {
		return nil, fmt.Errorf("compile policies: only tests were found")
	}
	return sources, nil
}

// Rules gives all rules, sorted by family and id. They are the engine's own, not to be changed: a copy for each verdict
// was a fiftieth of its time.
func (e *Engine) Rules() []Rule { return slices.Clip(e.rules) }

// Families gives all families that have rules, sorted by name.
func (e *Engine) Families() []Family { return slices.Clone(e.families) }

// Reads names the facts that some rule reads, sorted: what happens to anything else on a forge cannot change a decision.
func (e *Engine) Reads() []string {
	var all []string
	for _, r := range e.rules {
		all = append(all, r.Reads...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Digest names the policies: "sha256:hex" of Archive.
func (e *Engine) Digest() string { return e.digest }

// Archive is the policies as evidence to be kept under their digest: JSON [{"path", "text"}], sorted by path, line ends
// as LF, without tests. It is the engine's own, not to be changed: it is as large as all else that a verdict keeps.
func (e *Engine) Archive() []byte { return slices.Clip(e.archive) }

// Version is that of the evaluation engine, "opa v1.2.3".
func Version() string { return "opa v" + version.Version }

// archive is the policies as evidence: a JSON list of paths and texts, sorted by path.
func archive(sources []source) ([]byte, error) {
	type file struct {
		Path string `json:"path"`
		Text string `json:"text"`
	}
	files := []file{}
	for _, s := range sources {
		files = append(files, file{s.path, strings.ReplaceAll(string(s.text), "\r\n", "\n")})
	}
	b, err := json.Marshal(files)
	if err != nil {
		return nil, fmt.Errorf("write policies as evidence: %w", err)
	}
	return b, nil
}
