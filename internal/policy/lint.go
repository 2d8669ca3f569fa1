package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Problem is something about a policy that compiles and still must not be used: a rule that could not explain itself.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line"`
	// Rule is the id; empty when the rule has none, or it is about a whole file.
	Rule    string `json:"rule,omitempty"`
	Message string `json:"message"`
}

// String gives "commits/commits.rego:12: commits/header: message".
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d: ", p.File, p.Line)
	if p.Rule != "" {
		s += p.Rule + ": "
	}
	return s + p.Message
}

// Lint gives the problems of the policies, sorted by file and line. Policies with a problem can still decide; a build must not ship them.
func (e *Engine) Lint() []Problem { return slices.Clone(e.problems) }

func (e *Engine) problem(at Problem, format string, args ...any) {
	at.Message = fmt.Sprintf(format, args...)
	e.problems = append(e.problems, at)
}

// readable are the facts that custom.reads may name. A webhook is work for us only if it can change one of them. A rule
// that names contents needs whole files, and one that names hinted_contents those whose changed lines give a hint. While
// such a rule is in shadow by its own default, and no setting names it, none are read for it.
var readable = []string{
	"attributes", "author", "base", "body", "commits", "contents", "controls", "draft", "files", "group", "hinted_contents",
	"labels", "merge_settings", "reports", "reviews", "settings", "state", "teams", "title",
}

var ruleID = lazyregexp.New(`^[a-z][a-z0-9_]*/[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (e *Engine) lintRule(at Problem, r *ast.Rule, rule Rule) {
	if r.Head.Key == nil || len(r.Head.Ref()) != 1 {
		e.problem(at, "deny must be a set: deny contains finding if { ... }")
	}
	switch family, _, _ := strings.Cut(rule.ID, "/"); {
	case rule.ID == "":
		e.problem(at, "custom.id is missing; it is %s/name", rule.Family)
	case !ruleID.MatchString(rule.ID):
		e.problem(at, "custom.id %q is not family/name in lower case with dashes", rule.ID)
	case family != rule.Family:
		e.problem(at, "custom.id %q is in the package of %s; it must begin with %q", rule.ID, rule.Family, rule.Family+"/")
	}
	for _, field := range []struct{ name, value string }{
		{"title", rule.Title}, {"description", rule.Description}, {"custom.remedy", rule.Remedy}, {"custom.missing", rule.Missing},
		{"custom.passes", rule.Passes},
	} {
		if field.value == "" {
			e.problem(at, "%s is missing", field.name)
		}
	}
	if strings.HasSuffix(rule.Passes, ".") || rule.Passes != "" && rule.Passes == rule.Title {
		e.problem(at, "custom.passes is %q; it says what holds when the rule has nothing to object, without a full "+
			"stop: Subject has no full stop", rule.Passes)
	}
	if !slices.Contains([]finding.Severity{finding.Error, finding.Warning, finding.Notice}, rule.Severity) {
		e.problem(at, "custom.severity is %q; it is one of error, warning, notice", rule.Severity)
	}
	if _, err := finding.ParseMode(string(rule.Mode)); err != nil {
		e.problem(at, "custom.mode: %v", err)
	}
	if !slices.Contains([]Queue{Recheck, Carry, Skip}, rule.MergeQueue) {
		e.problem(at, "custom.merge_queue is %q; it is one of recheck, carry, skip", rule.MergeQueue)
	}
	if len(rule.Reads) == 0 {
		e.problem(at, "custom.reads is missing; name the facts that the rule depends on: %s", strings.Join(readable, ", "))
	}
	for _, fact := range rule.Reads {
		if !slices.Contains(readable, fact) {
			e.problem(at, "custom.reads names %q; it may name %s", fact, strings.Join(readable, ", "))
		}
	}
	if rule.Measured != nil {
		e.lintMeasured(at, *rule.Measured)
	}
	for _, option := range rule.Options {
		if !isSetting(option) {
			e.problem(at, "custom.options names %q, which is no key of the settings", option)
		}
	}
}

// lintFamilies checks what only shows once all files are read.
func (e *Engine) lintFamilies(sources []source) {
	for _, f := range e.families {
		i := slices.IndexFunc(sources, func(s source) bool { return s.family() == f.Name })
		if i < 0 {
			continue
		}
		at := Problem{File: sources[i].path, Line: 1}
		if f.Title == "" || f.Description == "" {
			e.problem(at, "the package has no METADATA with title and description; the family's page begins with them")
		}
		if !slices.ContainsFunc(e.rules, func(r Rule) bool { return r.Family == f.Name }) {
			e.problem(at, "the family has no rule")
		}
	}
	for _, s := range sources {
		e.lintIDs(s)
	}
	sorting.StableBy(e.problems, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}

// lintIDs finds results that name a rule which the family does not have, where the name is written out.
func (e *Engine) lintIDs(s source) {
	for _, r := range s.module.Rules {
		if !named(r, denyName) && !named(r, abstainName) {
			continue
		}
		ast.WalkTerms(r, func(t *ast.Term) bool {
			o, ok := t.Value.(ast.Object)
			if !ok {
				return false
			}
			if v := o.Get(ast.StringTerm("rule")); v != nil {
				if id, ok := v.Value.(ast.String); ok && e.byID[string(id)].Family != s.family() {
					e.problem(Problem{File: s.path, Line: t.Location.Row, Rule: string(id)}, "the family %s has no rule of this id",
						s.family())
				}
			}
			return false
		})
	}
}

func (e *Engine) lintLib(s source) {
	for _, r := range s.module.Rules {
		if named(r, denyName) || named(r, abstainName) {
			e.problem(Problem{File: s.path, Line: r.Location.Row}, "%s holds functions for the families; a rule here is never asked",
				libFamily)
		}
	}
}

// isSetting reports whether a dotted name like "commits.header_max" is a key of the settings file.
func isSetting(name string) bool {
	t := reflect.TypeFor[settings.Settings]()
	for part := range strings.SplitSeq(name, ".") {
		if t.Kind() != reflect.Struct {
			return false
		}
		found := false
		for f := range t.Fields() {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if tag == part && tag != "-" {
				t, found = f.Type, true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
