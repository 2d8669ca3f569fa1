package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/text"
)

// MaxOrganisation is the largest organisation's file that is read, in bytes.
const MaxOrganisation = MaxBytes

const maxTargets = 200

// organisation is one organisation's file: values that its repositories may change, and a floor that they may only raise.
type organisation struct {
	doc *document.Document
	// targets are the whole organisation, first, and then the groups of repositories in the order of the file.
	targets []target
}

// CheckOrganisation finds everything that is wrong with an organisation's file, sorted by place. The known rules are
// those of Parse.
func CheckOrganisation(name string, data []byte, known []string) []document.Problem {
	_, problems := parseOrganisation(name, data, known)
	return problems
}

func parseOrganisation(name string, data []byte, known []string) (*organisation, []document.Problem) {
	doc, problems := document.Parse(name, data, MaxOrganisation)
	if doc == nil {
		return nil, problems
	}
	o := &organisation{doc: doc, targets: []target{{}}}
	problems = append(problems, o.unknownKeys(nil, "version", "defaults", "floor", "targets", "waves", "wave_minutes", "stop_factor")...)
	if v := doc.Value("version"); v != int64(1) {
		problems = append(problems, doc.Problem("version must be given, and is 1 in this format", "version"))
	}
	targets, isList := doc.Value("targets").([]any)
	switch {
	case doc.Has("targets") && !isList:
		problems = append(problems, doc.Problem("targets must be a list of groups of repositories", "targets"))
	case len(targets) > maxTargets:
		problems = append(problems, doc.Problem(fmt.Sprintf("there are %d targets, the limit is %d; join those that ask for the same",
			len(targets), maxTargets), "targets"))
		targets = nil
	}
	for i := range targets {
		t, bad := o.target(i)
		problems = append(problems, bad...)
		o.targets = append(o.targets, t)
	}
	_, bad := wavesOf(doc)
	problems = append(problems, bad...)
	for _, t := range o.targets {
		problems = append(problems, o.sectionProblems(t, "defaults", known)...)
		problems = append(problems, o.sectionProblems(t, "floor", known)...)
		problems = append(problems, o.floorProblems(t)...)
	}
	return o, document.Sort(problems)
}

// unknownKeys finds keys that a mapping may not have, and values that are no mapping.
func (o *organisation) unknownKeys(at []string, known ...string) []document.Problem {
	m, ok := o.doc.Value(at...).(map[string]any)
	if !ok {
		return []document.Problem{o.doc.Problem("this must be a mapping with the keys "+text.List(known), at...)}
	}
	var problems []document.Problem
	for k := range m {
		if slices.Contains(known, k) {
			continue
		}
		what := "unknown key " + strconv.Quote(clip(k)) + "; the keys here are " + text.List(known)
		if near := document.Nearest(k, known); near != "" {
			what = fmt.Sprintf("unknown key %q; did you mean %q?", clip(k), near)
		} else if len(at) == 0 && keyExists(k) {
			what = fmt.Sprintf("%q stands below defaults, which repositories may change, or below floor, which they may only raise",
				clip(k))
		}
		problems = append(problems, o.doc.KeyProblem(what, append(slices.Clone(at), k)...))
	}
	return problems
}

func keyExists(name string) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return k.path == name || strings.HasPrefix(k.path, name+".") })
}

// section is a part of the file as settings of its own; nil when it is not given.
func (o *organisation) section(t target, name string) *document.Document {
	return o.doc.Sub(append(slices.Clone(t.at), name)...)
}

func (o *organisation) sectionProblems(t target, name string, known []string) []document.Problem {
	part := o.section(t, name)
	if part == nil {
		return nil
	}
	at := append(slices.Clone(t.at), name)
	if _, ok := part.Value().(map[string]any); !ok {
		return []document.Problem{o.doc.Problem(name+" must be a mapping of settings", at...)}
	}
	if part.Has("version") {
		return []document.Problem{o.doc.KeyProblem("version stands at the top of the file alone", append(at, "version")...)}
	}
	_, problems := read(document.Layer(versionOnly(), part), known, nil)
	return problems
}

// floorProblems finds keys of a floor that have no stricter value.
func (o *organisation) floorProblems(t target) []document.Problem {
	floor := o.section(t, "floor")
	if floor == nil {
		return nil
	}
	if _, ok := floor.Value().(map[string]any); !ok {
		return nil // a problem of the section already
	}
	var problems []document.Problem
	for _, leaf := range floor.Leaves() {
		name := keyOf(leaf)
		if _, ok := orders[name]; ok || isMode(leaf) || isRollout(leaf) || isChecks(leaf) || !keyExists(name) || name == "version" {
			continue // a key that does not exist is a problem of the section already
		}
		problems = append(problems, floor.KeyProblem(fmt.Sprintf("no value of %s is stricter than another, so it cannot be in a floor; "+
			"put it below defaults", document.Path(leaf...)), leaf...))
	}
	return problems
}

// versionOnly is a settings file that says nothing but its version.
func versionOnly() *document.Document {
	doc, _ := document.Parse(Path, []byte("version: 1\n"), MaxBytes)
	return doc
}

// isMode tells the path of a family's or a rule's mode.
func isMode(leaf []string) bool {
	return leaf[len(leaf)-1] == "mode" && (len(leaf) == 2 || len(leaf) == 3 && leaf[0] == "rules")
}

// of is the family or rule that a mode is of.
func modeOwner(leaf []string) string { return leaf[len(leaf)-2] }

// plainValue is a value of a document as JSON has it: all numbers are float64.
func plainValue(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plainValue(x)
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for k, x := range out {
			out[k] = plainValue(x)
		}
		return out
	}
	return v
}

// loosened reports whether a value is laxer than the floor asks, and what holds then.
func loosened(name string, value, floor any) (any, bool) {
	o, ok := orders[name]
	if !ok {
		return value, false
	}
	met := o.meet(value, floor)
	return met, !reflect.DeepEqual(met, value)
}
