package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
)

// Raised is one value that holds because an organisation's floor asks for it.
type Raised struct {
	// Key names the value, "coverage.patch.min"; Value is what holds, as JSON.
	Key, Value string
	// File and Line are where the floor asks for it.
	File string
	Line int
}

// layers is what an organisation says of one repository: what lies below its settings file, and what it may not go below.
type layers struct {
	defaults, floors []*document.Document
	known            []string
	// notes say which targets could not be decided.
	notes []string
}

// layersOf reads the organisation's files among the controls. With problems in one, nothing rules.
func layersOf(controls change.Controls, known []string) (layers, []document.Problem) {
	l := layers{known: known}
	for _, file := range controls.Organisation.Files() {
		o, problems := parseOrganisation(file.Path, file.Content, known)
		if len(problems) > 0 {
			return layers{known: known}, problems
		}
		defaults, floors, notes := o.of(controls.Organisation.Traits)
		l.defaults, l.floors = append(l.defaults, defaults...), append(l.floors, floors...)
		l.notes = append(l.notes, notes...)
	}
	return l, nil
}

// parse reads a repository's settings file over the organisation's defaults. A file that is right alone and not together
// with them holds alone: the defaults are there to help it.
func (l layers) parse(f change.File) (Settings, *document.Document, []document.Problem) {
	if f.Size > MaxBytes {
		return Settings{}, nil, []document.Problem{{File: Path, Line: 1, Column: 1,
			Message: fmt.Sprintf("the file is too large: it has %d bytes, the limit is %d", f.Size, MaxBytes)}}
	}
	doc, problems := parse(f.Content)
	if doc == nil {
		return Settings{}, nil, problems
	}
	alone, bad := read(doc, l.known, problems)
	if len(bad) > 0 || len(l.defaults) == 0 {
		return alone, doc, bad
	}
	s, bad := read(over(append(slices.Clone(l.defaults), doc)...), l.known, nil)
	if len(bad) > 0 {
		return alone, doc, nil
	}
	return s, doc, nil
}

// absent is what holds without a settings file: the organisation's defaults where it has any, else Default.
func (l layers) absent() (Settings, []document.Problem) {
	if len(l.defaults) == 0 {
		return Default(), nil
	}
	return read(over(append([]*document.Document{versionOnly()}, l.defaults...)...), l.known, nil)
}

// raise lifts settings to the floors.
func (l layers) raise(s Settings) (Settings, []Raised) {
	if len(l.floors) == 0 {
		return s, nil
	}
	tree, raised := treeOf(s), []Raised{}
	least := map[string]finding.Mode{}
	var floors []FloorRollout
	checks := s.Checks
	for _, floor := range slices.Backward(l.floors) { // a floor above counts before those below it
		if all, differs := withFloor(checks, checksOf(floor)); differs && floor.Has("checks") {
			checks = all
			raised = raiseTo(raised, floor, []string{"checks"}, floor.Value("checks"))
		}
	}
	for _, floor := range l.floors {
		for _, leaf := range floor.Leaves() {
			if isRollout(leaf) || isChecks(leaf) {
				continue // a rollout belongs to its mode
			}
			if isMode(leaf) {
				name := modeOwner(leaf)
				mode := finding.Mode(fmt.Sprint(floor.Value(leaf...)))
				if r := rolloutOf(floor, leaf[:len(leaf)-1]); r.limited() {
					floors = append(floors, FloorRollout{name, mode, r})
					continue
				}
				if old, ok := least[name]; !ok || old.Cap(mode) == old {
					least[name] = mode
					raised = raiseTo(raised, floor, leaf, mode)
				}
				continue
			}
			if met, stricter := loosened(keyOf(leaf), at(tree, leaf), plainValue(floor.Value(leaf...))); stricter {
				put(tree, leaf, met)
				raised = raiseTo(raised, floor, leaf, met)
			}
		}
	}
	out := fromTree(tree)
	out.Cap, out.Least, out.Floors, out.Checks = s.Cap, least, floorRollouts(floors), checks
	return out, raised
}

// raiseTo notes what a floor asks for. A later, stricter floor replaces an earlier one.
func raiseTo(raised []Raised, floor *document.Document, leaf []string, value any) []Raised {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings, numbers, lists and maps of them always encode
	}
	place := floor.Problem("", leaf...)
	r := Raised{Key: place.Path, Value: string(text), File: place.File, Line: place.Line}
	raised = slices.DeleteFunc(raised, func(x Raised) bool { return x.Key == r.Key })
	return append(raised, r)
}

// loosens finds what a settings file gives that is laxer than a floor.
func (l layers) loosens(doc *document.Document) []document.Problem {
	var problems []document.Problem
	say := func(floor *document.Document, leaf, asked []string, value any) {
		at := floor.Problem("", asked...)
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		problems = append(problems, doc.Problem(fmt.Sprintf("%s is laxer than the organisation's floor, %s (%s:%d); the floor holds. "+
			"Remove the key, or make it stricter", document.Path(leaf...), clip(string(text)), at.File, at.Line), leaf...))
	}
	for _, floor := range l.floors {
		for _, leaf := range floor.Leaves() {
			if isRollout(leaf) {
				continue
			}
			if isChecks(leaf) {
				problems = append(problems, changesFloor(doc, floor)...)
				continue
			}
			if isMode(leaf) {
				asked := finding.Mode(fmt.Sprint(floor.Value(leaf...)))
				if r := rolloutOf(floor, leaf[:len(leaf)-1]); r.limited() {
					// Where it applies the floor holds all the same; the other repositories may give what is laxer.
					asked = r.lowest()
				}
				for _, given := range modesBelow(doc, modeOwner(leaf)) {
					mode := finding.Mode(fmt.Sprint(doc.Value(given...)))
					if mode.Cap(asked) != asked {
						say(floor, given, leaf, asked)
						continue
					}
					at := given[:len(given)-1]
					if r := rolloutOf(doc, at); r.limited() && r.lowest().Cap(asked) != asked {
						say(floor, limitOf(doc, at), leaf, asked)
					}
				}
				continue
			}
			if !doc.Has(leaf...) {
				continue
			}
			if met, laxer := loosened(keyOf(leaf), plainValue(doc.Value(leaf...)), plainValue(floor.Value(leaf...))); laxer {
				say(floor, leaf, leaf, met)
			}
		}
	}
	return document.Sort(problems)
}

// limitOf is the first key that limits a mode.
func limitOf(doc *document.Document, at []string) []string {
	for _, name := range rolloutNames[:3] {
		if limit := append(slices.Clone(at), name); doc.Has(limit...) {
			return limit
		}
	}
	return at
}

// modesBelow are the modes that a file gives a family and its rules, or one rule.
func modesBelow(doc *document.Document, name string) [][]string {
	var out [][]string
	if doc.Has(name, "mode") {
		out = append(out, []string{name, "mode"})
	}
	rules, _ := doc.Value("rules").(map[string]any)
	for id := range rules {
		of, _, _ := strings.Cut(id, "/")
		if (id == name || of == name) && doc.Has("rules", id, "mode") {
			out = append(out, []string{"rules", id, "mode"})
		}
	}
	return out
}

// treeOf is settings as JSON has them.
func treeOf(s Settings) map[string]any {
	raw, err := json.Marshal(s)
	tree := map[string]any{}
	if err == nil {
		err = json.Unmarshal(raw, &tree)
	}
	if err != nil {
		panic(err) // strings, numbers, lists and maps of them always encode
	}
	return tree
}

func fromTree(tree map[string]any) Settings {
	s := filled()
	raw, err := json.Marshal(tree)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		panic(err) // the tree came from settings, and each value put into it from a file that has the same schema
	}
	s.Coverage.whole()
	return s
}

func at(tree map[string]any, path []string) any {
	var v any = tree
	for _, step := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[step]
	}
	return v
}

func put(tree map[string]any, path []string, value any) {
	for _, step := range path[:len(path)-1] {
		next, ok := tree[step].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[step] = next
		}
		tree = next
	}
	tree[path[len(path)-1]] = value
}
