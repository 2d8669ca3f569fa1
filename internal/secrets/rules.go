package secrets

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// table is gitleaks' rules as facts: the formats of secrets, without its texts. A test writes it from the file that the
// module of gitleaks carries, and fails when the two differ.
//
//go:embed rules.json
var table []byte

// file is the shape of the table.
type file struct {
	// Source names the version of gitleaks that the rules are of.
	Source    string     `json:"source"`
	Allowlist exceptions `json:"allowlist"`
	Rules     []pattern  `json:"rules"`
}

// pattern is one rule. Those on names of files alone are left out.
type pattern struct {
	ID          string       `json:"id"`
	Regex       string       `json:"regex"`
	SecretGroup int          `json:"group,omitempty"`
	Entropy     float64      `json:"entropy,omitempty"`
	Keywords    []string     `json:"keywords,omitempty"`
	Allowlists  []exceptions `json:"allowlists,omitempty"`
}

// exceptions are what a rule does not mean. Those of paths alone are left out, as no path is known here.
type exceptions struct {
	// All: everything that is named must hold. Paths says that paths are named too, which never hold.
	All       bool     `json:"all,omitempty"`
	Paths     bool     `json:"paths,omitempty"`
	Target    string   `json:"target,omitempty"`
	Regexes   []string `json:"regexes,omitempty"`
	StopWords []string `json:"stopwords,omitempty"`
}

// ruleset is all rules, found by their words.
type ruleset struct {
	// words has the keywords and the anchors of all rules, uses what each is for.
	words *automaton
	uses  [][]use
	rules []*rule
	// allowed are the exceptions of all rules.
	allowed []allowlist
}

type rule struct {
	id      string
	general bool // it knows no format of its own, so a rule that does comes first
	// specific: see Finding.
	specific bool
	expr     func() *regexp.Regexp
	where    anchoring
	// keyed is set when a keyword must be in the text too.
	keyed   bool
	group   int
	entropy float64
	allowed []allowlist
}

// slowStart begins many rules: the rest of the word before the one that the rule looks for. It is no part of the
// secret, and takes most of the time.
const slowStart = `(?i)[\w.-]{0,50}?`

// readRules reads the table.
func readRules() (*ruleset, error) {
	var f file
	if err := json.Unmarshal(table, &f); err != nil {
		return nil, fmt.Errorf("read the rules of secrets: %w", err)
	}
	set := &ruleset{allowed: allowlists([]exceptions{f.Allowlist})}
	uses := map[string][]use{}
	where := writtenAnchors()
	if len(where) != len(f.Rules) {
		return nil, fmt.Errorf("read the rules of secrets: %d of %d have their anchors", len(where), len(f.Rules))
	}
	for i, p := range f.Rules {
		expr := quick(p.Regex)
		r := &rule{
			id:       p.ID,
			general:  strings.Contains(p.ID, "generic"),
			specific: isSpecific(p),
			expr:     sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) }),
			where:    where[i],
			keyed:    len(p.Keywords) > 0,
			group:    p.SecretGroup,
			entropy:  p.Entropy,
			allowed:  allowlists(p.Allowlists),
		}
		set.rules = append(set.rules, r)
		for _, k := range lower(p.Keywords) {
			uses[k] = append(uses[k], use{rule: r})
		}
		for i := range r.where.anchors {
			a := &r.where.anchors[i]
			uses[a.word] = append(uses[a.word], use{rule: r, anchor: a})
		}
	}
	words := slices.Sorted(maps.Keys(uses))
	for _, w := range words {
		set.uses = append(set.uses, uses[w])
	}
	set.words = newAutomaton(words)
	return set, nil
}

// byName are rules without a format of their own that do not go on with an assignment, and formatted are those that do
// although the value has a format of its own.
var (
	byName = []string{
		"curl-auth-header", "curl-auth-user", "facebook-access-token", "freemius-secret-key", "hashicorp-tf-password", "jwt", "jwt-base64",
		"kubernetes-secret-yaml", "nuget-config-password", "sourcegraph-access-token",
	}
	formatted = []string{
		"defined-networking-api-token", "gocardless-api-token", "mailgun-private-api-token", "new-relic-browser-api-token",
		"new-relic-insert-key", "new-relic-user-api-key", "plaid-api-token", "typeform-api-token", "yandex-api-key",
	}
)

// isSpecific reports whether a rule knows a format of its own.
func isSpecific(p pattern) bool {
	if strings.Contains(p.Regex, `(?:=|>|:{1,3}=|`) {
		return slices.Contains(formatted, p.ID)
	}
	return !slices.Contains(byName, p.ID)
}

// quick is an expression without its slow start. Each is gitleaks' and was compiled by its tests and by ours; here it
// is compiled when it is first needed, as most texts need few of the rules.
func quick(expr string) string {
	if rest, ok := strings.CutPrefix(expr, slowStart); ok {
		return "(?i)" + rest
	}
	return expr
}

// allowlist is one set of exceptions, ready to be asked.
type allowlist struct {
	target string // what the expressions look at: "match", "line", or the secret alone
	all    bool   // all that is named must hold; else one is enough
	paths  bool   // it names paths, which never hold
	regex  func() *regexp.Regexp
	words  func() *automaton
}

func allowlists(of []exceptions) (out []allowlist) {
	for _, e := range of {
		a := allowlist{
			target: e.Target,
			all:    e.All,
			paths:  e.Paths,
		}
		if len(e.Regexes) > 0 {
			a.regex = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("(?:" + strings.Join(e.Regexes, ")|(?:") + ")") })
		}
		if len(e.StopWords) > 0 {
			a.words = sync.OnceValue(func() *automaton { return newAutomaton(lower(e.StopWords)) })
		}
		if a.regex != nil || a.words != nil {
			out = append(out, a)
		}
	}
	return out
}

func lower(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		out = append(out, strings.ToLower(w))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// allows reports whether what a rule matched is an exception. The secret is a part of the match, and the match of the line.
func (a allowlist) allows(secret, match string, lines func() string) bool {
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = lines()
	}
	regex := a.regex != nil && target != "" && a.regex().MatchString(target)
	word := a.words != nil && secret != "" && a.words().any(secret)
	if a.all {
		return !a.paths && (a.regex == nil || regex) && (a.words == nil || word)
	}
	return regex || word
}

// Formats are the ids of all rules, as findings name them, sorted.
func Formats() ([]string, error) {
	var f struct {
		Rules []struct {
			ID string `json:"id"`
		} `json:"rules"`
	}
	if err := json.Unmarshal(table, &f); err != nil {
		return nil, fmt.Errorf("read the rules of secrets: %w", err)
	}
	out := make([]string, 0, len(f.Rules))
	for _, r := range f.Rules {
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return out, nil
}
