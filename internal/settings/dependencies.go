package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/licence"
)

var dependenciesFamily = section{
	family.Dependencies, dependenciesKeys, dependenciesProblems,
}

// Dependencies is what a change may do to the packages that a project depends on.
type Dependencies struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// Deny names packages that nobody may bring in: "name", "ecosystem:name", "name@version", with "*" for any characters.
	Deny []string `json:"deny" jsonschema:"maxItems=500,uniqueItems=true,minLength=1,maxLength=200"`
	// Hosts are those of registries of one's own.
	Hosts []string `json:"hosts" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=200"`
	// Licences says which licences packages may have.
	Licences Licences `json:"licences"`
	// Advisories says how known vulnerabilities are looked up.
	Advisories Advisories `json:"advisories"`
	// Exclude are gitignore-style patterns of manifests and lock files that are not read.
	Exclude []string `json:"exclude" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
}

// Licences are SPDX ids. Allow holds all that is allowed when it is not empty; Deny goes before it.
type Licences struct {
	Allow []string `json:"allow" jsonschema:"maxItems=100,uniqueItems=true,minLength=1,maxLength=100"`
	Deny  []string `json:"deny" jsonschema:"maxItems=100,uniqueItems=true,minLength=1,maxLength=100"`
}

// Advisories are how known vulnerabilities of packages are looked up.
type Advisories struct {
	// MaxAgeDays is how old the newest record of the OSV database may be before that is reported.
	MaxAgeDays int `json:"max_age_days" jsonschema:"minimum=1,maximum=3650"`
	// GitHub asks GitHub's dependency review, too.
	GitHub bool `json:"github"`
}

func filledDependencies() Dependencies {
	return Dependencies{
		Deny: []string{}, Hosts: []string{}, Exclude: []string{}, Licences: Licences{Allow: []string{}, Deny: []string{}},
		Advisories: Advisories{MaxAgeDays: 14},
	}
}

var dependenciesKeys = []key{
	{"dependencies", "What a change does to the packages that the project depends on, by its manifests and lock files.", ""},
	{"dependencies.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: warn"},
	{"dependencies.deny", "Packages that nobody may bring in: a name, with the ecosystem before it and a version behind it " +
		"where wanted. `*` is any characters.", "deny: [\"npm:event-stream@3.3.6\", \"PyPI:acme-*\"]"},
	{"dependencies.hosts", "Hosts that packages may be downloaded from, beside those that the lock files of the base name.",
		"hosts: [registry.acme.example]"},
	{"dependencies.licences", "Licences by their SPDX ids, where a lock file states them (npm, Composer).", ""},
	{"dependencies.licences.allow", "All that is allowed; empty allows what is not denied.", "licences: {allow: [MIT, Apache-2.0]}"},
	{"dependencies.licences.deny", "What is not allowed, whatever `allow` says.", "licences: {deny: [AGPL-3.0-only]}"},
	{"dependencies.advisories", "How known vulnerabilities are looked up.", ""},
	{"dependencies.advisories.max_age_days", "How many days old the newest record of the OSV database may be.",
		"advisories: {max_age_days: 14}"},
	{"dependencies.advisories.github", "Ask GitHub's dependency review, too: one call for a change of manifests or lock files.",
		"advisories: {github: true}"},
	{"dependencies.exclude", "Patterns, as in .gitignore, of manifests and lock files that are not read. Patterns that begin " +
		"with `!` are refused.", "exclude: [\"examples/**\"]"},
}

// dependenciesProblems finds patterns that are too dear, and hosts that could never be one.
func dependenciesProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	patterns, _ := doc.Value("dependencies", "exclude").([]any)
	for i, v := range patterns {
		p, _ := v.(string)
		if why := badPattern(p); p != "" && why != "" {
			problems = append(problems,
				doc.Problem(fmt.Sprintf("dependencies.exclude[%d] %s", i, why), "dependencies", "exclude", strconv.Itoa(i)))
		}
	}
	hosts, _ := doc.Value("dependencies", "hosts").([]any)
	for i, v := range hosts {
		if h, ok := v.(string); ok && strings.ContainsAny(h, "/:@* ") {
			problems = append(problems, doc.Problem(fmt.Sprintf("dependencies.hosts[%d] is %q; write the host alone, as in %q", i, clip(h),
				"registry.acme.example"), "dependencies", "hosts", strconv.Itoa(i)))
		}
	}
	for _, list := range []string{"allow", "deny"} {
		ids, _ := doc.Value("dependencies", "licences", list).([]any)
		for i, v := range ids {
			id, ok := v.(string)
			if !ok || licence.Known(id) {
				continue
			}
			hint := ""
			if near := document.Nearest(id, licence.Listed()); near != "" {
				hint = fmt.Sprintf("; did you mean %q", near)
			}
			problems = append(problems, doc.Problem(fmt.Sprintf("dependencies.licences.%s[%d] is %q, which is no SPDX id%s",
				list, i, clip(id), hint), "dependencies", "licences", list, strconv.Itoa(i)))
		}
	}
	return problems
}
