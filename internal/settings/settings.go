// Package settings is the repository's settings file (.github/lintel.yml): its shape, its defaults, its errors with line and column.
// It imports document and finding; reading the file is the caller's business.
package settings

import "github.com/lintel-review/lintel/internal/finding"

// Path is where the settings live in a repository. They are read at the base revision.
const Path = ".github/lintel.yml"

// MaxBytes is the largest settings file that is read.
const MaxBytes = 256 << 10

// Settings is one valid settings file with every default filled in. The JSON names are those of the file.
type Settings struct {
	Version   int             `json:"version"`
	Commits   Commits         `json:"commits"`
	Ownership Ownership       `json:"ownership"`
	Size      Size            `json:"size"`
	Rules     map[string]Rule `json:"rules"`
	Report    Report          `json:"report"`
	// Cap is the highest mode any rule can have: warn without a settings file, enforce otherwise. It is not a key of the file.
	Cap finding.Mode `json:"-"`
}

// Rule overrides its family for one rule. The key in Settings.Rules is the rule's id, "commits/header".
type Rule struct {
	// Mode is empty when not given.
	Mode finding.Mode `json:"mode,omitempty"`
	// Severity is empty when not given.
	Severity finding.Severity `json:"severity,omitempty"`
}

// Commits are the commit standards.
type Commits struct {
	// Mode is empty when not given; then each rule has its own default mode.
	Mode finding.Mode `json:"mode,omitempty"`
	// Conventional switches the Conventional Commits rules on.
	Conventional bool `json:"conventional"`
	// Types are the allowed types of a header; Scopes the allowed scopes (empty: any).
	Types  []string `json:"types"`
	Scopes []string `json:"scopes"`
	// ScopeRequired refuses a header without a scope.
	ScopeRequired bool `json:"scope_required"`
	// TypeCase is "lower" or "any". SubjectCase holds the refused cases: "sentence", "start", "pascal", "upper".
	TypeCase    string   `json:"type_case"`
	SubjectCase []string `json:"subject_case"`
	// HeaderMax, BodyLineMax and FooterLineMax count characters; 0 is no limit.
	HeaderMax     int `json:"header_max"`
	BodyLineMax   int `json:"body_line_max"`
	FooterLineMax int `json:"footer_line_max"`
	// SignedOff asks for a DCO sign-off on each commit.
	SignedOff bool `json:"signed_off"`
	// Remediation accepts DCO remediation commits.
	Remediation bool `json:"remediation"`
	// Tickets are the project keys of which one must be named ("PROJ" for PROJ-12); empty: no ticket is asked for.
	Tickets []string `json:"tickets"`
	// TicketsIn is where a ticket is looked for: "title", "commits" or "any".
	TicketsIn string `json:"tickets_in"`
	// Squash says what is judged: "auto" reads the repository's merge settings, "title" the title alone, "commits" the commits alone, "both" both.
	Squash string `json:"squash"`
	// IgnoreAuthors are logins whose commits are not judged; bots are ignored unless Bots is true.
	IgnoreAuthors []string `json:"ignore_authors"`
	Bots          bool     `json:"bots"`
}

// Ownership is the code owners' gate.
type Ownership struct {
	Mode finding.Mode `json:"mode,omitempty"`
	// SoleOwner says what happens when the author is the only owner: "block", "waive" or "fallback".
	SoleOwner string `json:"sole_owner"`
	// FallbackTeam is "org/team"; it approves when SoleOwner is "fallback".
	FallbackTeam string `json:"fallback_team"`
	// KeepApprovals lets an approval of an older head count while the owned patch stays byte-equal.
	KeepApprovals bool `json:"keep_approvals"`
	// RequireOwners refuses changed files that no CODEOWNERS line matches.
	RequireOwners bool `json:"require_owners"`
}

// Size is how large a change may be.
type Size struct {
	Mode finding.Mode `json:"mode,omitempty"`
	// XS, S, M and L are the most changed lines of each class; more than L is XL.
	XS int `json:"xs"`
	S  int `json:"s"`
	M  int `json:"m"`
	L  int `json:"l"`
	// FailOver is the most counted lines, FilesOver the most counted files; 0 is no limit.
	FailOver  int `json:"fail_over"`
	FilesOver int `json:"files_over"`
	// LargeFile is the most bytes of an added or changed file; 0 is no limit.
	LargeFile int64 `json:"large_file"`
	// Binaries says whether added binary files are reported.
	Binaries bool `json:"binaries"`
	// Exclude are gitignore-style patterns of files that do not count.
	Exclude []string `json:"exclude"`
}

// Report is how the verdict is shown.
type Report struct {
	// Checks is "combined" (one check) or "per-family" (one more check for each family).
	Checks string `json:"checks"`
	// Comment is "auto" (one comment, only when something blocks) or "off".
	Comment string `json:"comment"`
}

// Default is what holds without a settings file: every family at its rules' default modes, capped at warn, no comment.
func Default() Settings {
	s := filled()
	s.Cap = finding.Warn
	s.Report.Comment = "off"
	return s
}

// filled is a settings file that says nothing but its version.
func filled() Settings {
	return Settings{
		Version: 1,
		Commits: Commits{
			Conventional: true,
			Types:        []string{"build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"},
			Scopes:       []string{},
			TypeCase:     "lower",
			SubjectCase:  []string{"sentence", "start", "pascal", "upper"},
			HeaderMax:    100, BodyLineMax: 100, FooterLineMax: 100,
			Tickets: []string{}, TicketsIn: "any", Squash: "auto", IgnoreAuthors: []string{},
		},
		Ownership: Ownership{SoleOwner: "block", KeepApprovals: true},
		Size:      Size{XS: 10, S: 30, M: 100, L: 500, FailOver: 1000, LargeFile: 1 << 20, Binaries: true, Exclude: []string{}},
		Rules:     map[string]Rule{},
		Report:    Report{Checks: "combined", Comment: "auto"},
		Cap:       finding.Enforce,
	}
}
