package translate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

// demand is what files need: who may approve, and how many of them.
type demand struct {
	owners []string
	count  int64
	// each is true when everybody on the line must approve.
	each bool
	line int
}

// owners turns the clauses into lines of CODEOWNERS and demands on paths.
func (p *policyBot) owners(clauses [][]*approval) {
	var base demand
	var conditional []*approval
	var paths []entry
	for _, clause := range clauses {
		clause = slices.DeleteFunc(slices.Clone(clause), func(r *approval) bool { return r.broken })
		var some demand
		for _, r := range clause {
			switch {
			case len(r.bots) > 0:
				p.waive(r)
			case len(r.patterns) > 0:
				conditional = append(conditional, r)
			case r.count == 0:
				p.note(r.line, fmt.Sprintf("%q", r.name), "it approves every change; files without an owner need no approval in Lintel")
			default:
				some = p.either(some, r)
			}
		}
		if len(some.owners) > 0 {
			base = p.both(base, some)
		}
	}
	if len(base.owners) > 0 {
		p.lines = append(p.lines, "* "+strings.Join(base.owners, " "))
		if base.count > 1 {
			p.put(base.line, base.count, "ownership", "approvals")
		}
		if base.each {
			paths = append(paths, entry{{"pattern", "*"}, {"require", "each"}})
		}
	}
	for _, r := range conditional {
		paths = append(paths, p.conditional(r, base, clauses)...)
	}
	if len(paths) > 0 {
		p.put(0, paths, "ownership", "paths")
	}
	if len(p.lines) > 0 {
		p.put(0, "enforce", "ownership", "mode")
	}
}

// either adds a rule of which one must hold.
func (p *policyBot) either(d demand, r *approval) demand {
	if d.count > 0 && d.count != r.count {
		p.look(r.line, fmt.Sprintf("%q", r.name),
			"the rules beside it ask for another number of approvals; Lintel asks for the larger one")
	}
	return demand{owners: union(d.owners, r.owners), count: max(d.count, r.count), line: cmp.Or(d.line, r.line), each: d.each}
}

// both adds a demand that must hold, too.
func (p *policyBot) both(d, more demand) demand {
	if len(d.owners) == 0 {
		return more
	}
	single := len(d.owners) == 1 || d.each
	if !single || len(more.owners) != 1 || d.count > 1 || more.count > 1 {
		p.look(more.line, "this rule",
			"it must hold beside others, of which each names several owners or counts; Lintel asks any owner of "+
				"the line: make a team for each rule, and write ownership.paths with require: each")
		return demand{owners: union(d.owners, more.owners), count: max(d.count, more.count), line: d.line}
	}
	return demand{owners: union(d.owners, more.owners), count: 1, each: true, line: d.line}
}

// conditional writes the lines of a rule about some files, and what it asks of them.
func (p *policyBot) conditional(r *approval, base demand, clauses [][]*approval) (paths []entry) {
	if r.count == 0 {
		if !r.alone {
			p.note(r.line, fmt.Sprintf("%q", r.name), "it lets whole changes pass for one of their files; Lintel exempts files alone")
			return nil
		}
		for _, pattern := range r.patterns {
			paths = append(paths, entry{{"pattern", pattern}, {"exempt", true}})
		}
		return paths
	}
	d := demand{owners: r.owners, count: r.count}
	switch optional := p.beside(r, clauses); {
	case len(optional) > 0:
		d.owners = union(optional, r.owners)
	case len(base.owners) == 1 && len(r.owners) == 1 && base.owners[0] != r.owners[0] && base.count == 1 && r.count == 1:
		d.owners, d.each = union(base.owners, r.owners), true
	case len(base.owners) > 0:
		p.look(r.line, fmt.Sprintf("%q", r.name),
			"policy-bot asks the rules for all files, too; Lintel asks the owners of the last line that "+
				"takes a file, which are those of this rule alone")
	}
	for _, pattern := range r.patterns {
		p.lines = append(p.lines, pattern+" "+strings.Join(d.owners, " "))
		switch {
		case d.each:
			paths = append(paths, entry{{"pattern", pattern}, {"require", "each"}})
		case d.count != max(base.count, 1) || base.each:
			paths = append(paths, entry{{"pattern", pattern}, {"approvals", d.count}})
		}
	}
	return paths
}

// beside are the owners of all files who may approve instead of those of a rule.
func (p *policyBot) beside(r *approval, clauses [][]*approval) (owners []string) {
	for _, clause := range clauses {
		if !slices.Contains(clause, r) {
			continue
		}
		for _, other := range clause {
			if !other.broken && other.count > 0 && len(other.patterns) == 0 && len(other.bots) == 0 {
				owners = union(owners, other.owners)
			}
		}
	}
	return owners
}

// waive lets bots' own changes pass, as far as Lintel does.
func (p *policyBot) waive(r *approval) {
	if r.count > 0 {
		p.note(r.line, fmt.Sprintf("%q", r.name), "Lintel asks the same owners whoever the author is")
		return
	}
	var names []string
	for _, bot := range r.bots {
		names = append(names, strings.TrimSuffix(bot, "[bot]"))
	}
	p.put(r.line, names, "ownership", "waive", "authors")
	if len(r.patterns) > 0 {
		p.put(r.line, r.patterns, "ownership", "waive", "files")
		return
	}
	p.look(r.line, fmt.Sprintf("%q", r.name),
		"Lintel waives the owners of lock files and manifests of a bot's own signed commits; ownership.waive.files names more")
}

// options translate what rules say of approvals in general. Lintel has one answer for the repository: the strictest.
func (p *policyBot) options() {
	contributor, author, invalidate := false, false, false
	read := func(path ...string) {
		below := func(name string) []string { return append(slices.Clone(path), name) }
		is := func(name string) bool { return p.get(below(name)...) == true }
		contributor = is("allow_contributor") || is("allow_non_author_contributor") || contributor
		author = is("allow_author") || author
		if is("invalidate_on_push") {
			invalidate = true
		}
		for _, x := range [][2]string{
			{"methods", "an approval is a review on GitHub; comments do not approve"},
			{"request_review", "Lintel names the fewest people to ask, and asks nobody by itself"},
			{"ignore_update_merges", "an approval stands while the owned part of the difference is the same (ownership.keep_approvals)"},
			{"ignore_edited_comments", "comments do not approve"},
			{"ignore_commits_by", "Lintel counts the commits of everybody"},
		} {
			name, why := x[0], x[1]
			if p.doc.Has(below(name)...) {
				p.get(below(name)...)
				p.note(p.line(below(name)...), "options."+name, why)
			}
		}
	}
	read("approval_defaults", "options")
	for _, r := range sorting.Sorted(maps.Values(p.rules), func(a, b *approval) int { return a.line - b.line }) {
		read(append(slices.Clone(r.at), "options")...)
	}
	if len(p.rules) == 0 {
		return
	}
	if !contributor {
		p.put(0, false, "ownership", "count_pushers")
	} else {
		p.look(0, "allow_contributor", "Lintel counts contributors for all rules or for none (ownership.count_pushers)")
	}
	if author {
		p.put(0, true, "ownership", "author_counts")
	}
	if invalidate {
		p.put(0, false, "ownership", "keep_approvals")
	}
}

// union is what is in a or b, in their order.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
