package secrets

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
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

// ruleset is all rules, found by their keywords.
type ruleset struct {
	keywords *ahocorasick.Trie
	// byKeyword gives the rules of each keyword; always are those without one.
	byKeyword map[string][]*rule
	always    []*rule
	allowed   []allowlist
}

type rule struct {
	id      string
	general bool // it knows no format of its own, so a rule that does comes first
	expr    func() *regexp.Regexp
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
	set := &ruleset{byKeyword: map[string][]*rule{}, allowed: allowlists([]exceptions{f.Allowlist})}
	for _, r := range f.Rules {
		set.add(&rule{
			id:      r.ID,
			general: strings.Contains(r.ID, "generic"),
			expr:    lazily(r.Regex),
			group:   r.SecretGroup,
			entropy: r.Entropy,
			allowed: allowlists(r.Allowlists),
		}, r.Keywords)
	}
	words := make([]string, 0, len(set.byKeyword))
	for k := range set.byKeyword {
		words = append(words, k)
	}
	set.keywords = ahocorasick.NewTrieBuilder().AddStrings(words).Build()
	return set, nil
}

func (s *ruleset) add(r *rule, keywords []string) {
	if len(keywords) == 0 {
		s.always = append(s.always, r)
	}
	for _, k := range keywords {
		k = strings.ToLower(k)
		s.byKeyword[k] = append(s.byKeyword[k], r)
	}
}

// lazily compiles an expression when it is first needed: most texts need few of the rules. Each expression is gitleaks'
// and was compiled by its tests and by ours.
func lazily(expr string) func() *regexp.Regexp {
	if rest, ok := strings.CutPrefix(expr, slowStart); ok {
		expr = "(?i)" + rest
	}
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// allowlist is one set of exceptions, ready to be asked.
type allowlist struct {
	target string // what the expressions look at: "match", "line", or the secret alone
	all    bool   // all that is named must hold; else one is enough
	paths  bool   // it names paths, which never hold
	regex  func() *regexp.Regexp
	words  func() *ahocorasick.Trie
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
			a.words = sync.OnceValue(func() *ahocorasick.Trie {
				return ahocorasick.NewTrieBuilder().AddStrings(lower(e.StopWords)).Build()
			})
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
func (a allowlist) allows(secret, match, line string) bool {
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = line
	}
	regex := a.regex != nil && target != "" && a.regex().MatchString(target)
	word := a.words != nil && secret != "" && a.words().MatchFirstString(strings.ToLower(secret)) != nil
	if a.all {
		return !a.paths && (a.regex == nil || regex) && (a.words == nil || word)
	}
	return regex || word
}
