package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Value is one value in force and where it comes from.
type Value struct {
	// Key names it, "coverage.patch.min"; Value is JSON.
	Key, Value string
	// From is "built-in", "server", "organisation", "repository" or "floor".
	From string
	// File and Line are where it is given; empty and 0 when it is built in.
	File string
	Line int
}

// Explain says of each value in force where it comes from, sorted by key. Modes that nobody gives are not in it: they
// are those of each rule. Problems are those of the two files; with any there are no values.
func Explain(controls change.Controls, known []string) ([]Value, []document.Problem) {
	l, problems := layersOf(controls, known)
	if len(problems) > 0 {
		return nil, problems
	}
	own := versionOnly()
	s, problems := l.absent()
	if file, ok := controls.Files[Path]; ok {
		s, own, problems = l.parse(file)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	s, raised := l.raise(s)
	below := over(l.defaults...)
	var out []Value
	tree := treeOf(s)
	for _, leaf := range leafPaths(tree) {
		text, err := json.Marshal(at(tree, leaf))
		if err != nil {
			panic(err) // it was JSON a moment ago
		}
		v := Value{Key: document.Path(leaf...), Value: string(text), From: "built-in"}
		switch {
		case own.Has(leaf...):
			v.From = "repository"
			v.File, v.Line = place(own, leaf)
		case below.Has(leaf...):
			v.From = "organisation"
			v.File, v.Line = place(below, leaf)
			if server := controls.Organisation.Server; server != nil && v.File == server.Path {
				v.From = "server"
			}
		}
		out = append(out, v)
	}
	for _, r := range raised {
		v := Value{Key: r.Key, Value: r.Value, From: "floor", File: r.File, Line: r.Line}
		if i := slices.IndexFunc(out, func(x Value) bool { return x.Key == r.Key }); i >= 0 {
			out[i] = v
			continue
		}
		out = append(out, v)
	}
	out = append(out, l.floorRollouts()...)
	sorting.StableBy(out, func(a, b Value) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// floorRollouts are the modes that floors ask for in a part of the repositories or for some days, each with its
// rollout. They stand beside the mode in force: which of them hold depends on the repository and the day.
func (l layers) floorRollouts() (out []Value) {
	for _, floor := range l.floors {
		for _, leaf := range floor.Leaves() {
			if !isMode(leaf) {
				continue
			}
			r := rolloutOf(floor, leaf[:len(leaf)-1])
			if !r.limited() {
				continue
			}
			text, err := json.Marshal(FloorRollout{modeOwner(leaf), finding.Mode(fmt.Sprint(floor.Value(leaf...))), r})
			if err != nil {
				panic(err) // texts and numbers always encode
			}
			v := Value{Key: document.Path(leaf...), Value: string(text), From: "floor"}
			v.File, v.Line = place(floor, leaf)
			out = append(out, v)
		}
	}
	return out
}

func place(doc *document.Document, leaf []string) (file string, line int) {
	p := doc.Problem("", leaf...)
	return p.File, p.Line
}

// leafPaths are the paths of all values that are no mappings.
func leafPaths(tree map[string]any) [][]string {
	var out [][]string
	for k, v := range tree {
		m, ok := v.(map[string]any)
		if !ok {
			out = append(out, []string{k})
			continue
		}
		for _, below := range leafPaths(m) {
			out = append(out, slices.Concat([]string{k}, below))
		}
	}
	return out
}
