package dependencies

import (
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/text"
)

// githubEcosystems are GitHub's words for those of OSV.
var githubEcosystems = map[string]string{
	"npm": "npm", "pip": "PyPI", "pypi": "PyPI", "gomod": "Go", "go": "Go", "golang": "Go", "cargo": "crates.io", "rust": "crates.io",
	"rubygems": "RubyGems", "composer": "Packagist", "maven": "Maven", "nuget": "NuGet", "pub": "Pub", "hex": "Hex",
}

// askGitHub adds what GitHub's dependency review says of the same packages: faults that the database does not know, and
// licences that no lock file states. What it says of packages that the analysis does not see is left out.
func (a *analysis) askGitHub(list []brought, found map[*Change]*faults) {
	review := a.snapshot.Review
	if review == nil {
		return
	}
	l := &a.facts.Lookup
	if l.GitHub, l.GitHubProblem = "read", text.Clip(review.Warning, maxText); review.Problem != "" {
		l.GitHub, l.GitHubProblem = "unread", text.Clip(review.Problem, maxText)
		return
	}
	byName := map[nameKey][]brought{}
	for _, b := range list {
		key := nameKey{b.Ecosystem, b.name}
		byName[key] = append(byName[key], b)
	}
	for _, e := range review.Entries {
		ecosystem := githubEcosystems[strings.ToLower(e.Ecosystem)]
		if !e.Added || ecosystem == "" {
			continue
		}
		for _, b := range byName[nameKey{ecosystem, osv.Name(ecosystem, e.Name)}] {
			if b.version == "" || !strings.EqualFold(strings.TrimPrefix(b.version, "v"), strings.TrimPrefix(e.Version, "v")) {
				continue
			}
			if b.Licence == "" && e.Licence != "" && e.Licence != "NOASSERTION" {
				a.licence(b.Change, e.Licence)
			}
			for _, v := range e.Vulnerabilities {
				take(found, b.Change).add(reviewed(v))
			}
		}
	}
}

func reviewed(v change.ReviewedVulnerability) Advisory {
	rating := map[string]string{"low": "low", "moderate": "medium", "medium": "medium", "high": "high", "critical": "critical"}
	return Advisory{
		ID: v.ID, Rating: rating[strings.ToLower(v.Severity)], Summary: v.Summary, Sources: []string{"github"},
		Malicious: strings.HasPrefix(v.ID, "MAL-"),
	}
}
