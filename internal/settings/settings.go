// Package settings is the repository's settings file (.github/lintel.yml): its shape, its defaults, its errors with line and column.
// It imports change, controls, document and finding; reading the file is the caller's business.
//
// Callers may rely on: a Settings made here has every default filled in, holds only what this version knows and is
// never half read; all errors of a file come at once; which settings are in force depends on nothing but the controls
// of the change.
//
// An organisation's file lies below and above that of a repository: its defaults come before it, and Resolve raises what
// comes out to its floor. Which of two values is stricter is said for each key in one table, orders.
//
// A mode may hold in a part of the repositories or for some days (Rollout). Experiments says what that comes to for one
// repository at one moment, and Settle gives the settings that hold then. Overrides are objects beside the settings and
// act after ModeOf, on findings.
package settings

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/finding"
)

// Path is where the settings live in a repository. They are read at the base revision.
const Path = controls.SettingsPath

// PathOf is where the settings of a change stand, or the place where its forge looks for them first.
func PathOf(s *change.Snapshot) string {
	if f, ok := s.Controls.Files[Path]; ok && f.Path != "" {
		return f.Path
	}
	if s.Ref.Forge == change.GitLab || s.OwnersDialect == change.GitLab {
		return controls.GitLabSettings()[0].Path
	}
	return Path
}

// MaxBytes is the largest settings file that is read.
const MaxBytes = controls.MaxSettings

// Settings is one valid settings file with every default filled in. The JSON names are those of the file.
type Settings struct {
	Version      int             `json:"version" jsonschema:"required,enum=1"`
	Commits      Commits         `json:"commits"`
	Ownership    Ownership       `json:"ownership"`
	Size         Size            `json:"size"`
	Lint         Lint            `json:"lint"`
	Coverage     Coverage        `json:"coverage"`
	Dependencies Dependencies    `json:"dependencies"`
	Workflows    Workflows       `json:"workflows"`
	Smells       Smells          `json:"smells"`
	Tests        Tests           `json:"tests"`
	Rules        map[string]Rule `json:"rules"`
	Report       Presentation    `json:"report"`
	Advise       Advise          `json:"advise"`
	Reports      Reports         `json:"reports"`
	// Checks are those that Lintel runs itself.
	Checks    []Check   `json:"checks" jsonschema:"maxItems=20"`
	Secrets   Secrets   `json:"secrets"`
	Overrides Overrides `json:"overrides"`
	// Demote says what happens to a rule that people do not want.
	Demote string `json:"demote" jsonschema:"enum=off,enum=propose,enum=auto"`
	// Demoted are the rules that warn where they would enforce, because of how people took them. It is not a key of the
	// file.
	Demoted []string `json:"-"`
	// Cap is the highest mode any rule can have: warn without a settings file, enforce otherwise. It is not a key of the file.
	Cap finding.Mode `json:"-"`
	// Least is the lowest mode that an organisation's floor lets a family or a rule have, by its name; it goes before
	// everything else, Cap included. It is not a key of the file.
	Least map[string]finding.Mode `json:"-"`
	// Floors are modes that a floor asks for in a part of the repositories or for some days. They are no key of the file.
	Floors []FloorRollout `json:"-"`
	// Settled is what Settle was told; nil before that.
	Settled *settled `json:"-"`
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
		Version:      1,
		Commits:      filledCommits(),
		Ownership:    filledOwnership(),
		Size:         filledSize(),
		Lint:         filledLint(),
		Coverage:     filledCoverage(),
		Dependencies: filledDependencies(),
		Workflows:    filledWorkflows(),
		Smells:       filledSmells(),
		Tests:        filledTests(),
		Rules:        map[string]Rule{},
		Report:       Presentation{Checks: "combined", Comment: "auto", Suggestions: "check"},
		Advise:       filledAdvise(),
		Reports:      Reports{Expect: []Expected{}, Deadline: "30m"},
		Checks:       []Check{},
		Cap:          finding.Enforce,
		Secrets:      filledSecrets(),
		Overrides:    filledOverrides(),
		Demote:       "propose",
	}
}
