package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var ownershipFamily = section{family.Ownership, ownershipKeys, ownershipProblems}

// Ownership is the code owners' gate.
type Ownership struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// SoleOwner says what happens when the author is the only owner: "block", "waive" or "fallback".
	SoleOwner string `json:"sole_owner" jsonschema:"enum=block,enum=waive,enum=fallback"`
	// FallbackTeam is "org/team"; it approves when SoleOwner is "fallback".
	FallbackTeam string `json:"fallback_team" jsonschema:"maxLength=200"`
	// KeepApprovals lets an approval of an older head count while the owned patch stays byte-equal.
	KeepApprovals bool `json:"keep_approvals"`
	// RequireOwners refuses changed files that no CODEOWNERS line matches.
	RequireOwners bool `json:"require_owners"`
	// Approvals is how many owners of a file must approve; Require "any" takes any of them, "each" one for every owner
	// of the line. Teams is of how many different owners of the line people must approve, each of whom counts for one.
	Approvals int    `json:"approvals" jsonschema:"minimum=1,maximum=20"`
	Require   string `json:"require" jsonschema:"enum=any,enum=each"`
	Teams     int    `json:"teams" jsonschema:"minimum=1,maximum=5"`
	// ByRisk is how many people must approve a change of that risk, whoever owns its files.
	ByRisk OwnershipByRisk `json:"by_risk"`
	// CountPushers counts approvals by people who wrote commits of the change, as GitHub does. AuthorCounts takes an
	// owner's own change as approved by them.
	CountPushers bool `json:"count_pushers"`
	AuthorCounts bool `json:"author_counts"`
	// ExemptLabels are labels of which any lets a change off.
	ExemptLabels []string `json:"exempt_labels" jsonschema:"maxItems=20,uniqueItems=true,minLength=1,maxLength=100"`
	// Waive lets files of bots' own changes off.
	Waive OwnershipWaive `json:"waive"`
	// Paths are demands of single paths; of those that take a path the last counts.
	Paths []OwnershipPath `json:"paths" jsonschema:"maxItems=50"`
}

// The values of Ownership.Require.
const (
	RequireAny  = "any"
	RequireEach = "each"
)

// OwnershipByRisk is how many people with write access must approve a change by its risk; 0 asks nobody.
type OwnershipByRisk struct {
	Medium int `json:"medium" jsonschema:"minimum=0,maximum=20"`
	High   int `json:"high" jsonschema:"minimum=0,maximum=20"`
}

// OwnershipPath is what the paths of one gitignore-style pattern ask of their owners; what is left out is as for all others.
type OwnershipPath struct {
	Pattern   string `json:"pattern" jsonschema:"required,minLength=1,maxLength=512"`
	Approvals *int   `json:"approvals,omitempty" jsonschema:"minimum=1,maximum=20"`
	Require   string `json:"require,omitempty" jsonschema:"enum=any,enum=each"`
	Teams     *int   `json:"teams,omitempty" jsonschema:"minimum=1,maximum=5"`
	Exempt    bool   `json:"exempt,omitempty"`
}

// OwnershipWaive says which files need no owner when a bot wrote all of the change.
type OwnershipWaive struct {
	// Authors are logins of bots; none waives nothing.
	Authors []string `json:"authors" jsonschema:"maxItems=20,uniqueItems=true,minLength=1,maxLength=100"`
	// Files are WaiveLockFiles, WaiveManifests and gitignore-style patterns.
	Files []string `json:"files" jsonschema:"minItems=1,maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
}

// The words of OwnershipWaive.Files that are no patterns.
const (
	WaiveLockFiles = "lockfiles"
	WaiveManifests = "manifests"
)

func filledOwnership() Ownership {
	return Ownership{
		SoleOwner: "block", KeepApprovals: true, Approvals: 1, Require: RequireAny, Teams: 1, CountPushers: true,
		ExemptLabels: []string{}, Paths: []OwnershipPath{},
		Waive: OwnershipWaive{Authors: []string{}, Files: []string{WaiveLockFiles, WaiveManifests}},
	}
}

var ownershipKeys = []key{
	{"ownership", "Approvals by the owners that CODEOWNERS names.", ""},
	{"ownership.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: enforce"},
	{"ownership.sole_owner",
		"When the author is the only owner of a file: `block` until somebody else owns it too, `waive` the approval, or " +
			"ask the team of `fallback_team` (`fallback`).",
		"sole_owner: waive"},
	{"ownership.fallback_team", "The team, as `org/team`, that approves when `sole_owner` is `fallback`.", "fallback_team: acme/platform"},
	{"ownership.keep_approvals",
		"Let an approval stand after a push or rebase that leaves the owned part of the diff byte for byte the same.",
		"keep_approvals: false"},
	{"ownership.require_owners", "Refuse changed files that no line of CODEOWNERS matches.", "require_owners: true"},
	{"ownership.approvals", "How many different owners of each file must approve.", "approvals: 2"},
	{"ownership.require",
		"`any` owner of the line is enough, or `each` owner (user, team or address) of it must approve; somebody who is " +
			"in two teams speaks for both.", "require: each"},
	{"ownership.teams", "Of how many different owners of the line (teams, users or addresses) people must approve. Each " +
		"person speaks for one of them here, also who is in two teams. " +
		"A line with fewer owners than that cannot be satisfied.", "teams: 2"},
	{"ownership.by_risk", "How many people must approve a change by its [risk](risk.md), whoever owns its files. Anybody " +
		"with write access counts who is not the author; `count_pushers` and `keep_approvals` hold here too.", ""},
	{"ownership.by_risk.medium", "How many must approve a change of medium risk; 0 asks nobody.", "by_risk: {medium: 1}"},
	{"ownership.by_risk.high", "How many must approve a change of high risk; 0 asks nobody.", "by_risk: {high: 2}"},
	{"ownership.count_pushers",
		"Count approvals by people who wrote commits of the change, as GitHub does. The commits' accounts and addresses " +
			"say who that is.", "count_pushers: false"},
	{"ownership.author_counts", "Take an author who owns a file as one approval of it.", "author_counts: true"},
	{"ownership.exempt_labels",
		"Labels of which any lets the change off the owners' approvals. Whoever has triage permission can set a label.",
		"exempt_labels: [emergency]"},
	{"ownership.waive", "Files of bots' own changes that need no owner. It holds while the forge says that a bot of " +
		"`authors` opened the pull request and made each of its commits.", ""},
	{"ownership.waive.authors", "Logins of bots, with or without `[bot]`. Nothing is waived without one.",
		"waive: {authors: [dependabot, renovate]}"},
	{"ownership.waive.files",
		"Which files: `lockfiles`, `manifests` (what names the packages: package.json, go.mod, pom.xml), or patterns as " +
			"in .gitignore. CODEOWNERS and Lintel's settings are never waived.",
		"waive: {authors: [dependabot], files: [lockfiles, /deps/**]}"},
	{"ownership.paths", "Other demands of single paths. Of the entries that take a path, the last counts.", ""},
	{"ownership.paths.*.pattern", "A pattern as in .gitignore. Needed. Patterns that begin with `!` are refused.",
		"paths: [{pattern: \"/infra/**\", approvals: 2}]"},
	{"ownership.paths.*.approvals", "How many different owners must approve these files.",
		"paths: [{pattern: \"/payments/\", approvals: 2}]"},
	{"ownership.paths.*.require", "`any` or `each` owner of the line.", "paths: [{pattern: \"/api/\", require: each}]"},
	{"ownership.paths.*.teams", "Of how many different owners of the line people must approve these files.",
		"paths: [{pattern: \"/api/\", teams: 2}]"},
	{"ownership.paths.*.exempt", "Ask for no approval of these files.", "paths: [{pattern: package-lock.json, exempt: true}]"},
}

// ownershipProblems finds what a schema cannot: patterns that cannot be used, a fallback without a team, waivers that anybody could have.
func ownershipProblems(doc *document.Document) (problems []document.Problem) {
	say := func(path []string, format string, args ...any) {
		problems = append(problems, doc.Problem(fmt.Sprintf(format, args...), append([]string{"ownership"}, path...)...))
	}
	paths, _ := doc.Value("ownership", "paths").([]any)
	for i := range paths {
		if p, ok := doc.Value("ownership", "paths", strconv.Itoa(i), "pattern").(string); ok {
			if why := badPattern(p); why != "" {
				say([]string{"paths", strconv.Itoa(i), "pattern"}, "ownership.paths[%d].pattern %s", i, why)
			}
		}
	}
	files, _ := doc.Value("ownership", "waive", "files").([]any)
	for i, v := range files {
		if p, ok := v.(string); ok {
			if why := badPattern(p); why != "" {
				say([]string{"waive", "files", strconv.Itoa(i)}, "ownership.waive.files[%d] %s", i, why)
			}
		}
	}
	authors, _ := doc.Value("ownership", "waive", "authors").([]any)
	for i, v := range authors {
		login, _ := v.(string)
		at := []string{"waive", "authors", strconv.Itoa(i)}
		switch name := strings.TrimSuffix(strings.ToLower(login), "[bot]"); {
		case name == "github-actions":
			say(at, "ownership.waive.authors[%d] is the account of every workflow, so whoever may push a branch speaks "+
				"as it; name the bot of an app", i)
		case login != "" &&
			(name == "" || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || strings.ContainsRune("@/[]", c) })):
			say(at, "ownership.waive.authors[%d] is %q, which is no login; write dependabot or \"dependabot[bot]\"", i, clip(login))
		}
	}
	if doc.Has("ownership", "waive", "files") && !doc.Has("ownership", "waive", "authors") {
		say([]string{"waive"},
			"ownership.waive.files is given, but ownership.waive.authors names no bot; write authors: [dependabot, renovate]")
	}
	team, _ := doc.Value("ownership", "fallback_team").(string)
	fallback := doc.Value("ownership", "sole_owner") == "fallback"
	org, slug, ok := strings.Cut(team, "/")
	switch {
	case team == "" && fallback:
		say([]string{"sole_owner"},
			"ownership.sole_owner is fallback, but ownership.fallback_team does not name a team; write fallback_team: org/team")
	case team != "" && (!ok || org == "" || slug == "" || strings.ContainsAny(team, "@ \t") || strings.Contains(slug, "/")):
		say([]string{"fallback_team"}, "ownership.fallback_team is %q; write it as org/team, without @", team)
	}
	return problems
}
