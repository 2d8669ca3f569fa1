package change

import "github.com/lintel-review/lintel/internal/diff"

// ReviewFunc says whether a forge reads its review of dependencies, from the list of changed files, the controls, and
// the gaps of both.
type ReviewFunc func(files []diff.File, controls Controls, gaps []Gap) bool

// DependencyReview is what GitHub's dependency graph says of the difference between base and head.
type DependencyReview struct {
	// Problem says why it was not read; then there are no entries.
	Problem string `json:"problem,omitempty"`
	// Warning says what GitHub left out of it.
	Warning string            `json:"warning,omitempty"`
	Entries []ReviewedPackage `json:"entries"`
}

// ReviewedPackage is one package version that GitHub says comes or goes.
type ReviewedPackage struct {
	Added bool `json:"added"`
	// Ecosystem is spelled as GitHub does: "npm", "pip", "gomod".
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Manifest  string `json:"manifest"`
	// Licence is an SPDX expression; empty when GitHub knows none.
	Licence         string                  `json:"licence,omitempty"`
	Vulnerabilities []ReviewedVulnerability `json:"vulnerabilities,omitempty"`
}

// ReviewedVulnerability is one advisory of GitHub's.
type ReviewedVulnerability struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
}
