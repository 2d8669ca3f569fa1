package settings

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/text"
)

// target is what the file says of some repositories. All that it names must fit; an empty list names nothing.
type target struct {
	at                                       []string // where defaults and floor stand; nil is the whole organisation
	repositories, except, visibility, topics []string
	properties                               map[string][]string
}

// visibilities are the values that GitHub has.
var visibilities = []string{"public", "internal", "private"}

// target reads one entry of the list of targets.
func (o *organisation) target(i int) (target, []document.Problem) {
	at := []string{"targets", strconv.Itoa(i)}
	t, under := target{at: at}, func(key string) []string { return append(slices.Clone(at), key) }
	problems := o.unknownKeys(at, "repositories", "except", "visibility", "topics", "properties", "defaults", "floor")
	read := func(into *[]string, path []string, check func(string) string) {
		var bad []document.Problem
		*into, bad = o.strings(path, check)
		problems = append(problems, bad...)
	}
	read(&t.repositories, under("repositories"), checkPattern)
	read(&t.except, under("except"), checkPattern)
	read(&t.visibility, under("visibility"), func(v string) string {
		if slices.Contains(visibilities, v) {
			return ""
		}
		return fmt.Sprintf("%q is no visibility; they are %s", clip(v), text.List(visibilities))
	})
	read(&t.topics, under("topics"), func(v string) string { return empty(v, "a topic") })
	properties, isMap := o.doc.Value(under("properties")...).(map[string]any)
	if o.doc.Has(under("properties")...) && !isMap {
		problems = append(problems, o.doc.Problem("properties must name custom properties with their values, as in {tier: [critical]}",
			under("properties")...))
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		var values []string
		read(&values, append(under("properties"), name), func(v string) string { return empty(v, "a value") })
		if t.properties == nil {
			t.properties = map[string][]string{}
		}
		t.properties[name] = values
	}
	given := len(t.repositories) + len(t.visibility) + len(t.topics) + len(t.properties)
	if given == 0 && len(problems) == 0 {
		problems = append(problems, o.doc.Problem("a target says which repositories it is for, as in repositories: [\"acme/api-*\"], "+
			"visibility: [public], topics: [payment] or properties: {tier: [critical]}", at...))
	}
	return t, problems
}

// strings reads a list of strings; check says what is wrong with one.
func (o *organisation) strings(at []string, check func(string) string) ([]string, []document.Problem) {
	var out []string
	var problems []document.Problem
	for i, v := range list(o.doc.Value(at...)) {
		p, _ := v.(string)
		if what := check(p); what != "" {
			problems = append(problems, o.doc.Problem(what, append(slices.Clone(at), strconv.Itoa(i))...))
		}
		out = append(out, p)
	}
	if o.doc.Has(at...) && len(out) == 0 {
		problems = append(problems, o.doc.Problem("this must be a list with an entry, as in [\"acme/api-*\"]", at...))
	}
	return out, problems
}

func checkPattern(p string) string {
	if _, err := path.Match(p, ""); err != nil || strings.Count(p, "/") > 1 || p == "" || len(p) > 200 {
		return fmt.Sprintf("%q is no repository; write owner/name or the name alone, in which * stands for any characters", clip(p))
	}
	return ""
}

func empty(v, what string) string {
	if strings.TrimSpace(v) == "" || len(v) > 200 {
		return what + " is a text of up to 200 characters; write a number or true in quotes"
	}
	return ""
}

// of are the sections that hold for a repository: the whole organisation's, then those of its targets. Whether a target
// is for a repository may be unknown. Then its floor holds and its defaults do not, and notes say so.
func (o *organisation) of(r change.Traits) (defaults, floors []*document.Document, notes []string) {
	for _, t := range o.targets {
		fits, unknown := t.fits(r)
		if !fits {
			continue
		}
		below, floor := o.section(t, "defaults"), o.section(t, "floor")
		if unknown != "" {
			place := o.doc.Problem("", t.at...)
			what := "it is left out until that is known"
			if floor != nil {
				what = "its floor holds until that is known"
			}
			notes = append(notes, fmt.Sprintf("%s (%s:%d) goes by %s of the repository, not known yet; %s", document.Path(t.at...),
				place.File, place.Line, unknown, what))
			below = nil
		}
		if below != nil {
			defaults = append(defaults, below)
		}
		if floor != nil {
			floors = append(floors, floor)
		}
	}
	return defaults, floors, notes
}

// fits reports whether a target is for a repository. Where all that is known fits, unknown names what is not.
func (t target) fits(r change.Traits) (fits bool, unknown string) {
	if len(t.at) == 0 {
		return true, ""
	}
	var missing []string
	if len(t.repositories) > 0 && !namesRepository(t.repositories, r) || namesRepository(t.except, r) {
		return false, ""
	}
	switch {
	case len(t.visibility) == 0:
	case r.Visibility == "":
		missing = append(missing, "the visibility")
	case !slices.Contains(t.visibility, r.Visibility):
		return false, ""
	}
	switch {
	case len(t.topics) == 0:
	case r.Topics == nil:
		missing = append(missing, "the topics")
	case !slices.ContainsFunc(t.topics, func(v string) bool { return slices.Contains(r.Topics, strings.ToLower(v)) }):
		return false, ""
	}
	for _, name := range slices.Sorted(maps.Keys(t.properties)) {
		if r.Properties == nil {
			missing = append(missing, "the property "+strconv.Quote(name))
			continue
		}
		has := func(v string) bool { return slices.Contains(r.Properties[name], v) }
		if !slices.ContainsFunc(t.properties[name], has) {
			return false, ""
		}
	}
	return true, strings.Join(missing, ", ")
}

// namesRepository reports whether a pattern fits the name of a repository, under any name that its owner has or had.
func namesRepository(patterns []string, r change.Traits) bool {
	owner, name, _ := change.SplitName(strings.ToLower(r.Name))
	return slices.ContainsFunc(patterns, func(p string) bool {
		whose, which, both := strings.Cut(strings.ToLower(p), "/")
		if !both {
			ok, err := path.Match(whose, name)
			return err == nil && ok && name != ""
		}
		if ok, err := path.Match(which, name); err != nil || !ok {
			return false
		}
		return slices.ContainsFunc(append([]string{owner}, r.FormerOwners...), func(o string) bool {
			ok, err := path.Match(whose, strings.ToLower(o))
			return err == nil && ok
		})
	})
}
