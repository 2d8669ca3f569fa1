package dependencies

import (
	"strings"

	"deps.dev/util/semver"
)

// systems say by whose rules the versions of an ecosystem compare.
var systems = map[string]semver.System{
	"npm": semver.NPM, "PyPI": semver.PyPI, "Go": semver.Go, "crates.io": semver.Cargo, "RubyGems": semver.RubyGems,
	"Packagist": semver.Composer, "Maven": semver.Maven, "NuGet": semver.NuGet,
}

// maxVersion is the longest version that is compared.
const maxVersion = 100

// compared says which of two versions is newer, and at which number they differ first. ok is false when that is not
// known, as for a property of a build that nobody resolved.
func compared(ecosystem, old, now string) (order int, level string, ok bool) {
	for _, v := range []string{old, now} {
		if len(v) > maxVersion || strings.Contains(v, "${") || !strings.ContainsAny(v, "0123456789") {
			return 0, "", false
		}
	}
	order, diff, err := systems[ecosystem].Difference(plain(old), plain(now))
	if err != nil {
		return 0, "", false
	}
	switch diff {
	case semver.DiffMajor:
		if level = "major"; dated(now) {
			level = ""
		}
	case semver.DiffMinor:
		level = "minor"
	case semver.DiffPatch:
		level = "patch"
	}
	return order, level, true
}

// dated reports whether a version begins with a year, as "2026.1.14" does: then its first number says nothing of what it breaks.
func dated(version string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	return len(first) >= 4 && (strings.HasPrefix(first, "20") || strings.HasPrefix(first, "19"))
}

// plain is a version without what Go puts behind it for modules that are older than modules.
func plain(v string) string { return strings.TrimSuffix(v, "+incompatible") }

// judged are the ecosystems whose constraints are compared with what a lock file has. Of the others, exact versions alone are.
var judged = map[string]bool{"npm": true, "crates.io": true, "PyPI": true, "RubyGems": true}

// holds reports whether one of the versions fulfils what a manifest asks for; doubt counts as yes.
func holds(ecosystem, requirement string, versions []string) bool {
	if !judged[ecosystem] || requirement == "" || len(requirement) > maxVersion {
		return true
	}
	c, err := systems[ecosystem].ParseConstraint(requirement)
	if err != nil || c == nil {
		return true
	}
	for _, v := range versions {
		parsed, err := systems[ecosystem].Parse(plain(v))
		if err != nil || c.MatchVersionPrerelease(parsed) {
			return true
		}
	}
	return false
}

// newest puts versions in order, the newest first, as far as they compare.
func newest(ecosystem string) func(a, b string) int {
	return func(a, b string) int {
		if order, _, ok := compared(ecosystem, a, b); ok && order != 0 {
			return -order
		}
		return -strings.Compare(a, b)
	}
}
