// Package family is the one table of the rule families: what each is called, and what the other parts of Lintel have to
// know of it. Its analysis is internal/analysis/NAME, its rules are policies/NAME, its page is docs/rules/NAME.md; a
// new family begins with a line here.
package family

import (
	"slices"

	"github.com/lintel-review/lintel/internal/advice"
)

// The families of this version.
const (
	Commits      = "commits"
	Ownership    = "ownership"
	Size         = "size"
	Coverage     = "coverage"
	Secrets      = "secrets"
	Lint         = "lint"
	Dependencies = "dependencies"
	Workflows    = "workflows"
	Smells       = "smells"
	Tests        = "tests"
	// Gate judges the evaluation itself, so no analysis belongs to it, and no repository can weaken its rules.
	Gate = "gate"
)

// Family is one rule family.
type Family struct {
	Name string
	// Later is set when this version knows the name alone: settings that use it are told to wait for an upgrade.
	Later bool
	// AboutCode is set when its findings say nothing of who made the change or how it is described. Only such findings
	// say how grave the code is, and only they reach a model's questions about it.
	AboutCode bool
	// Covers are the categories of a model's drafts that a finding at the same lines makes needless.
	Covers []advice.Category
}

// All is the table, in the order of the documentation.
func All() []Family {
	return []Family{
		{Name: Commits},
		{Name: Ownership},
		{Name: Size, AboutCode: true},
		{Name: Coverage, AboutCode: true, Covers: []advice.Category{advice.Testing}},
		{Name: Lint, AboutCode: true, Covers: advice.Categories()},
		{Name: Secrets, AboutCode: true, Covers: []advice.Category{advice.Security}},
		{Name: Dependencies, AboutCode: true, Covers: []advice.Category{advice.Security, advice.Compatibility}},
		{Name: Workflows, AboutCode: true, Covers: []advice.Category{advice.Security}},
		{Name: Smells, AboutCode: true, Covers: []advice.Category{advice.Clarity, advice.Performance, advice.Correctness}},
		{Name: Tests, AboutCode: true, Covers: []advice.Category{advice.Testing}},
	}
}

// Of is the line of a family; one that has none says nothing of the code.
func Of(name string) Family {
	for _, f := range All() {
		if f.Name == name {
			return f
		}
	}
	return Family{Name: name}
}

// Names are the families that this version has, or those of later ones.
func Names(later bool) []string {
	var names []string
	for _, f := range All() {
		if f.Later == later {
			names = append(names, f.Name)
		}
	}
	return slices.Clip(names)
}
