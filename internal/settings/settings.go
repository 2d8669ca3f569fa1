// Package settings is the repository's settings file (.github/lintel.yml): its shape, its defaults, its errors with line and column.
// It imports change, controls, document and finding; reading the file is the caller's business.
//
// Callers may rely on: a Settings made here has every default filled in, holds only what this version knows and is never half read; all errors of a file
// come at once; which settings are in force depends on nothing but the controls of the change.
//
// What comes later fits in as follows. An organisation's floor is a second Settings that Resolve lays under the file and that can only tighten it, by
// Cap's mirror image, a least mode per rule. A percentage ("rollout") and dates are fields of Rule that ModeOf reads beside the mode, with the repository's
// id as one more parameter. Overrides are objects beside the settings and act after ModeOf, on findings. Until then their keys are refused by name.
package settings

import (
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/finding"
)

// Path is where the settings live in a repository. They are read at the base revision.
const Path = controls.SettingsPath

// MaxBytes is the largest settings file that is read.
const MaxBytes = controls.MaxSettings

// Settings is one valid settings file with every default filled in. The JSON names are those of the file.
type Settings struct {
	Version   int             `json:"version" jsonschema:"required,enum=1"`
	Commits   Commits         `json:"commits"`
	Ownership Ownership       `json:"ownership"`
	Size      Size            `json:"size"`
	Lint      Lint            `json:"lint"`
	Coverage  Coverage        `json:"coverage"`
	Rules     map[string]Rule `json:"rules"`
	Report    Report          `json:"report"`
	Advise    Advise          `json:"advise"`
	Reports   Reports         `json:"reports"`
	// Cap is the highest mode any rule can have: warn without a settings file, enforce otherwise. It is not a key of the file.
	Cap finding.Mode `json:"-"`
}

// Rule overrides its family for one rule. The key in Settings.Rules is the rule's id, "commits/header".
type Rule struct {
	// Mode is empty when not given.
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	// Severity is empty when not given.
	Severity finding.Severity `json:"severity,omitempty" jsonschema:"enum=error,enum=warning,enum=notice"`
}

// Size is how large a change may be.
type Size struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	// XS, S, M and L are the most changed lines of each class; more than L is XL.
	XS int `json:"xs" jsonschema:"minimum=0,maximum=1000000000"`
	S  int `json:"s" jsonschema:"minimum=0,maximum=1000000000"`
	M  int `json:"m" jsonschema:"minimum=0,maximum=1000000000"`
	L  int `json:"l" jsonschema:"minimum=0,maximum=1000000000"`
	// FailOver is the most new lines, FilesOver the most counted files; 0 is no limit.
	FailOver  int `json:"fail_over" jsonschema:"minimum=0,maximum=1000000000"`
	FilesOver int `json:"files_over" jsonschema:"minimum=0,maximum=1000000000"`
	// LargeFile is the most bytes of an added or changed file; 0 is no limit.
	LargeFile int64 `json:"large_file" jsonschema:"minimum=0,maximum=1099511627776"`
	// Binaries says whether added binary files are reported.
	Binaries bool `json:"binaries"`
	// Exclude are gitignore-style patterns of files that do not count.
	Exclude []string `json:"exclude" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
}

// Report is how the verdict is shown.
type Report struct {
	// Checks is "combined" (one check) or "per-family" (one more check for each family).
	Checks string `json:"checks" jsonschema:"enum=combined,enum=per-family"`
	// Comment is "auto" (one comment, only when something blocks) or "off".
	Comment string `json:"comment" jsonschema:"enum=auto,enum=off"`
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
		Version:   1,
		Commits:   filledCommits(),
		Ownership: filledOwnership(),
		Size:      Size{XS: 10, S: 30, M: 100, L: 500, FailOver: 500, LargeFile: 5 << 20, Binaries: true, Exclude: []string{}},
		Lint:      filledLint(),
		Coverage:  filledCoverage(),
		Rules:     map[string]Rule{},
		Report:    Report{Checks: "combined", Comment: "auto"},
		Advise:    filledAdvise(),
		Reports:   Reports{Expect: []Expected{}, Deadline: "30m"},
		Cap:       finding.Enforce,
	}
}
