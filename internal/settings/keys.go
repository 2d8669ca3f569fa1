package settings

import (
	"slices"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
)

// key documents one key of the settings file, for the published schema and for docs/settings.md. A "*" stands for any name or item.
type key struct {
	path, meaning, example string
}

// modes is added to the schema's description of each mode; the documentation has a table of its own.
const modes = " off does not evaluate, shadow records without showing, warn shows without blocking, enforce blocks."

// section is one rule family's part of the settings.
type section struct {
	family string
	keys   []key
	// problems finds what a schema cannot.
	problems func(*document.Document) []document.Problem
}

// sections are the families' parts. A test holds them to the table of families.
func sections() []section {
	return []section{commitsFamily, ownershipFamily, sizeFamily, coverageFamily, lintFamily, secretsFamily, dependenciesFamily,
		workflowsFamily, smellsFamily, testsFamily}
}

// keys are all keys, in the order of the documentation. A test holds that each key of the structs is here and the other way round.
var keys = func() []key {
	all := []key{{"version", "The version of this format. It must be given.", "version: 1"}}
	for _, s := range sections() {
		all = append(all, withRollout(s)...)
	}
	return slices.Concat(all, ruleKeys, reportKeys, adviseKeys, reportsKeys, checkKeys, overridesKeys, demoteKeys)
}()

// laterKeys are the keys at the top level of later versions. They are refused with a message of their own.
var laterKeys = append(family.Names(true), "policies")
