package lint

import (
	"net/url"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sorting"
)

// severities knows how the settings weigh tools and rules.
type severities struct {
	set map[string]string
	// begins are the keys that end in "*", the longest first.
	begins []string
	known  map[[2]string]string
}

func newSeverities(set map[string]string) *severities {
	s := &severities{set: map[string]string{}, known: map[[2]string]string{}}
	for key, severity := range set {
		low := strings.ToLower(key)
		s.set[low] = severity
		if strings.HasSuffix(low, "*") {
			s.begins = append(s.begins, strings.TrimSuffix(low, "*"))
		}
	}
	sorting.By(s.begins, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return s
}

// of is the severity of a finding: that of its rule in the settings, else of the longest beginning that fits, else of
// its tool, else its own. It is empty for a rule that is off.
func (s *severities) of(f report.LintFinding) report.Severity {
	key := [2]string{f.Tool, f.Rule}
	given, ok := s.known[key]
	if !ok {
		given = s.find(strings.ToLower(f.Tool), strings.ToLower(f.Tool+"/"+f.Rule))
		if len(s.known) < report.MaxRules {
			s.known[key] = given
		}
	}
	switch given {
	case "off":
		return ""
	case "":
		return f.Severity
	}
	return report.Severity(given)
}

func (s *severities) find(tool, rule string) string {
	if given := s.set[rule]; given != "" {
		return given
	}
	for _, begin := range s.begins {
		if strings.HasPrefix(rule, begin) {
			return s.set[begin+"*"]
		}
	}
	return s.set[tool]
}

// sites hold the pages of linters' rules. A report is written by others, so no other address of it becomes a link.
var sites = []string{
	"biomejs.dev", "checkstyle.org", "checkstyle.sourceforge.io", "clang.llvm.org", "codeql.github.com", "cwe.mitre.org", "detekt.dev",
	"docs.astral.sh", "docs.github.com",
	"docs.rubocop.org", "docs.zizmor.sh", "eslint.org", "golangci-lint.run", "learn.microsoft.com", "mypy.readthedocs.io", "owasp.org",
	"pkg.go.dev", "pylint.readthedocs.io",
	"revive.run", "rules.sonarsource.com", "rust-lang.github.io", "semgrep.dev", "staticcheck.dev", "stylelint.io",
	"typescript-eslint.io", "www.shellcheck.net",
}

// help is the address of a rule's page when it is a plain one at a known site.
func help(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || len(text) > maxText || !slices.Contains(sites, u.Host) {
		return ""
	}
	for _, r := range text {
		if r <= ' ' || r > '~' || strings.ContainsRune("<>\"'`()[]{}|\\^", r) {
			return ""
		}
	}
	return text
}
