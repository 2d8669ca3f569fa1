package secrets

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
	"github.com/pelletier/go-toml/v2"
	"github.com/zricethezav/gitleaks/v8/config"
)

// file is the shape of gitleaks' file of rules, https://github.com/gitleaks/gitleaks#configuration. A key that is not here is an error, so that a new
// version of gitleaks cannot bring a condition that nobody heeds.
type file struct {
	Title      string     `toml:"title"`
	MinVersion string     `toml:"minVersion"`
	Allowlist  exceptions `toml:"allowlist"`
	Rules      []struct {
		ID          string       `toml:"id"`
		Description string       `toml:"description"`
		Path        string       `toml:"path"`
		Regex       string       `toml:"regex"`
		SecretGroup int          `toml:"secretGroup"`
		Entropy     float64      `toml:"entropy"`
		Keywords    []string     `toml:"keywords"`
		Tags        []string     `toml:"tags"`
		Allowlists  []exceptions `toml:"allowlists"`
	} `toml:"rules"`
}

// exceptions are what a rule does not mean. Paths are read and never apply, as no path is known.
type exceptions struct {
	Description string   `toml:"description"`
	Condition   string   `toml:"condition"`
	Paths       []string `toml:"paths"`
	RegexTarget string   `toml:"regexTarget"`
	Regexes     []string `toml:"regexes"`
	StopWords   []string `toml:"stopwords"`
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

// tooWide is gitleaks' own exception for "true", "false" and "null", which lets through every secret that has "false" in it, and what it means to say.
const (
	tooWide = `(?i)^true|false|null$`
	meant   = `^(?i:true|false|null)$`
)

// slowStart begins many rules: the rest of the word before the one that the rule looks for. It is no part of the secret, and takes most of the time.
const slowStart = `(?i)[\w.-]{0,50}?`

// readRules reads gitleaks' rules. A rule that looks at certain paths looks at all texts, and one on names of files alone is left out.
func readRules() (*ruleset, error) {
	var f file
	decoder := toml.NewDecoder(strings.NewReader(config.DefaultConfig)).DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("read the rules of gitleaks: %w", err)
	}
	fixed := slices.Index(f.Allowlist.Regexes, tooWide)
	if fixed < 0 {
		return nil, errors.New("read the rules of gitleaks: its exception for true, false and null is not where it was; look at it before its version is raised")
	}
	f.Allowlist.Regexes[fixed] = meant

	set := &ruleset{byKeyword: map[string][]*rule{}, allowed: allowlists([]exceptions{f.Allowlist})}
	for _, r := range f.Rules {
		if r.Regex == "" {
			continue
		}
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

// lazily compiles an expression when it is first needed: most texts need few of the rules. Each expression is gitleaks' and was compiled by its
// tests and by ours.
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
			target: e.RegexTarget,
			all:    strings.EqualFold(e.Condition, "AND") || e.Condition == "&&",
			paths:  len(e.Paths) > 0,
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
