package translate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

// policyHints say what becomes of the keys that no rule's translation reads.
var policyHints = map[string]string{
	"policy.disapproval": "an owner's request for changes blocks in Lintel, without a setting",
	"remote":             "Lintel reads one file for an organisation: docs/organisation.md",
	"path":               "Lintel reads one file for an organisation: docs/organisation.md",
	"ref":                "Lintel reads one file for an organisation: docs/organisation.md",
}

// conditionWhy says why a condition of a rule cannot be translated; others have a general reason.
var conditionWhy = map[string]string{
	"modified_lines":             "ownership.by_risk asks more people of riskier changes, size.fail_over refuses large ones",
	"title":                      "Lintel asks the same owners whatever the title says",
	"has_labels":                 "a label can only exempt from owners (ownership.exempt_labels)",
	"has_successful_status":      "require the check itself in the branch's ruleset",
	"has_status":                 "require the check itself in the branch's ruleset",
	"has_workflow_result":        "require the check itself in the branch's ruleset",
	"targets_branch":             "the settings of a branch are those of .github/lintel.yml on it",
	"from_branch":                "Lintel asks the same owners whatever the branch is called",
	"has_valid_signatures":       "require signed commits in the branch's ruleset",
	"has_valid_signatures_by":    "require signed commits in the branch's ruleset",
	"author_is_only_contributor": "ownership.count_pushers: false does not count who wrote commits",
	"repository":                 "an organisation's file has targets: docs/organisation.md",
}

// PolicyBot translates .policy.yml: who must approve becomes lines of CODEOWNERS, how many become settings.
func PolicyBot(name string, data []byte) (Result, error) {
	f, err := open(name, data)
	if err != nil {
		return Result{}, err
	}
	p := &policyBot{file: f, rules: map[string]*approval{}}
	for _, i := range f.items("approval_rules") {
		if r := p.read("approval_rules", i); r != nil {
			p.rules[r.name] = r
		}
	}
	clauses := p.clauses()
	p.options()
	p.owners(clauses)
	p.rest(policyHints)
	return p.result(p.lines)
}

// approval is one rule of policy-bot.
type approval struct {
	name     string
	at       []string
	line     int
	owners   []string
	count    int64
	patterns []string // of CODEOWNERS; empty is every file
	// alone is true when the rule is about changes of nothing but these files.
	alone bool
	// bots are authors whose changes the rule lets pass.
	bots []string
	// broken is true when a part could not be translated, so that the rule is left out.
	broken bool
}

type policyBot struct {
	*file
	rules map[string]*approval
	lines []string
}

// read translates one rule, as far as it stands alone.
func (p *policyBot) read(path ...string) *approval {
	below := func(name ...string) []string { return append(slices.Clone(path), name...) }
	name, _ := p.get(below("name")...).(string)
	if name == "" {
		return nil
	}
	p.get(below("description")...)
	r := &approval{name: name, at: path, line: p.line(path...)}
	for _, k := range p.keys(below("if")...) {
		p.condition(r, k, below("if", k))
	}
	p.requires(r, below("requires"))
	return r
}

// condition translates one predicate.
func (p *policyBot) condition(r *approval, name string, path []string) {
	line := p.line(path...)
	below := func(name string) []string { return append(slices.Clone(path), name) }
	refuse := func(why string) {
		r.broken = true
		p.note(line, fmt.Sprintf("%q, for its condition %s", r.name, name), why)
		p.get(path...)
	}
	switch name {
	case "changed_files", "only_changed_files":
		if p.doc.Has(below("ignore")...) {
			refuse("a line of CODEOWNERS has no exceptions; write the lines by hand")
			return
		}
		r.alone = name == "only_changed_files"
		for _, expression := range p.texts(below("paths")...) {
			patterns, loose, err := globs(expression)
			if err != nil {
				refuse(fmt.Sprintf("%q: %s", short(expression), err))
				return
			}
			if loose {
				p.look(line, expression, `its dots are taken for dots; a regular expression writes \.`)
			}
			r.patterns = append(r.patterns, patterns...)
		}
		if len(r.patterns) == 0 {
			refuse("it names no paths")
		}
	case "has_author_in":
		users := p.texts(below("users")...)
		if len(users) == 0 || slices.ContainsFunc(users, func(u string) bool { return !strings.HasSuffix(u, "[bot]") }) ||
			p.doc.Has(below("teams")...) || p.doc.Has(below("organizations")...) {
			refuse("Lintel asks the same owners whoever the author is, but for bots (ownership.waive)")
			return
		}
		r.bots = users
	default:
		why := conditionWhy[name]
		if why == "" {
			why = "Lintel has no such condition"
		}
		refuse(why)
	}
}

// requires translates who must approve.
func (p *policyBot) requires(r *approval, path []string) {
	below := func(name string) []string { return append(slices.Clone(path), name) }
	r.count, _ = p.get(below("count")...).(int64)
	for _, team := range p.texts(below("teams")...) {
		r.owners = append(r.owners, "@"+team)
	}
	for _, user := range p.texts(below("users")...) {
		r.owners = append(r.owners, "@"+user)
	}
	bad := func(owner string) bool {
		return strings.ContainsAny(owner, " \t\r\n#\\,\"'") || len(owner) > 100 || len(owner) < 2
	}
	if i := slices.IndexFunc(r.owners, bad); i >= 0 {
		r.broken = true
		p.note(p.line(path...), fmt.Sprintf("%q", r.name), fmt.Sprintf("%q is no name of a user or team", short(r.owners[i])))
	}
	others := false
	for _, k := range p.keys(path...) {
		if k != "count" && k != "teams" && k != "users" {
			others = true
			p.get(below(k)...)
			p.note(p.line(below(k)...), fmt.Sprintf("%q, requires.%s", r.name, k),
				"CODEOWNERS names users and teams alone; make a team of these people")
		}
	}
	if r.count > 0 && len(r.owners) == 0 {
		r.broken = true
		if !others {
			p.note(p.line(path...), fmt.Sprintf("%q", r.name), "anybody may approve; let the branch's ruleset require the reviews")
		}
	}
	if r.count > 20 {
		r.count = 20
	}
}

// clauses are the parts of policy.approval that must all hold; each is a list of rules of which one must.
func (p *policyBot) clauses() (all [][]*approval) {
	named := map[string]bool{}
	var walk func(path []string)
	one := func(path []string) *approval {
		name, ok := p.get(path...).(string)
		if !ok {
			p.note(p.line(path...), key(path),
				"Lintel asks owners of lines: any of them, or each; deeper conditions are for two lines or a team")
			return nil
		}
		named[name] = true
		r := p.rules[name]
		if r == nil {
			p.note(p.line(path...), name, "there is no rule of this name")
		}
		return r
	}
	walk = func(path []string) {
		for _, i := range p.items(path...) {
			item := append(slices.Clone(path), i)
			switch {
			case p.doc.Has(append(slices.Clone(item), "and")...) && len(item) < 12:
				walk(append(item, "and"))
			case p.doc.Has(append(slices.Clone(item), "or")...):
				var any []*approval
				for _, j := range p.items(append(slices.Clone(item), "or")...) {
					if r := one(append(slices.Clone(item), "or", j)); r != nil {
						any = append(any, r)
					}
				}
				all = append(all, any)
			default:
				if r := one(item); r != nil {
					all = append(all, []*approval{r})
				}
			}
		}
	}
	walk([]string{"policy", "approval"})
	for _, name := range sorting.Sorted(maps.Keys(p.rules), func(a, b string) int { return p.rules[a].line - p.rules[b].line }) {
		if !named[name] {
			p.note(p.rules[name].line, fmt.Sprintf("%q", name), "policy.approval does not name it")
			p.rules[name].broken = true
		}
	}
	return all
}
