package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Rollout says in which part of the repositories and on which days a mode holds, and who answers for that. Its keys
// stand beside the mode of a family or a rule.
type Rollout struct {
	// Percent is the share of the repositories; nil is all.
	Percent *int `json:"rollout,omitempty" jsonschema:"minimum=0,maximum=100"`
	// From and Until are the first and the last day, of UTC, "2026-12-31"; empty is no bound.
	From  string `json:"from,omitempty" jsonschema:"format=date"`
	Until string `json:"until,omitempty" jsonschema:"format=date"`
	// Otherwise is the mode where the rollout does not apply; empty is what would hold without it, one step below the mode
	// at most.
	Otherwise finding.Mode `json:"otherwise,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn"`
	// Owner answers for it, and Reason says why; both are text for people.
	Owner  string `json:"owner,omitempty" jsonschema:"maxLength=100"`
	Reason string `json:"reason,omitempty" jsonschema:"maxLength=300"`
}

// limited reports whether the mode holds in a part of the repositories or for some days only.
func (r *Rollout) limited() bool { return r.Percent != nil || r.From != "" || r.Until != "" }

// lowest is the lowest mode that the rollout may leave somewhere.
func (r *Rollout) lowest() finding.Mode {
	if r.Otherwise != "" {
		return r.Otherwise
	}
	return finding.Off
}

func (r *Rollout) window() rollout.Window {
	w := rollout.Window{Percent: 100, From: r.From, Until: r.Until}
	if r.Percent != nil {
		w.Percent = *r.Percent
	}
	return w
}

// FloorRollout is a mode that an organisation's floor asks for in a part of the repositories or for some days.
type FloorRollout struct {
	Name string       `json:"name"`
	Mode finding.Mode `json:"mode"`
	Rollout
}

// Experiment is a mode that holds in a part of the repositories or for some days, and what that comes to for one
// repository at one moment.
type Experiment struct {
	// Name is that of the family or the rule.
	Name string `json:"name"`
	// Floor is true when the organisation's floor asks for it.
	Floor bool         `json:"floor,omitempty"`
	Mode  finding.Mode `json:"mode"`
	Rollout
	State rollout.State `json:"state" jsonschema:"enum=applies,enum=outside,enum=unknown,enum=early,enum=ended"`
}

// Experiments are those of the settings, by name, for a repository at a moment; the repository's own before those of the
// floor. It is pure: the moment is that of the snapshot.
func (s Settings) Experiments(repository int64, at time.Time) []Experiment {
	var out []Experiment
	add := func(name string, floor bool, mode finding.Mode, r Rollout) {
		if mode != "" && r.limited() {
			out = append(out, Experiment{name, floor, mode, r, r.window().State(repository, name, at)})
		}
	}
	for _, family := range Families() {
		if mode, r := s.stage(family); mode != nil {
			add(family, false, *mode, *r)
		}
	}
	for id, r := range s.Rules {
		add(id, false, r.Mode, r.Rollout)
	}
	sorting.By(out, func(a, b Experiment) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range s.Floors {
		add(f.Name, true, f.Mode, f.Rollout)
	}
	return out
}

// settled is what experiments come to.
type settled struct {
	// outside are the repository's own experiments that do not apply, by name.
	outside map[string]Experiment
	// least is what the floor's experiments ask for.
	least map[string]finding.Mode
}

// Settle gives the settings with modes as they hold under the experiments, which are those that Experiments found.
func (s Settings) Settle(experiments []Experiment) Settings {
	now := &settled{map[string]Experiment{}, map[string]finding.Mode{}}
	s.Settled = now
	for _, e := range experiments {
		applies := e.State == rollout.Applies
		switch {
		case e.Floor:
			asked := e.Mode
			if !applies {
				asked = e.lowest()
			}
			if old, ok := now.least[e.Name]; ok {
				asked = asked.AtLeast(old)
			}
			now.least[e.Name] = asked
		case !e.Floor && !applies:
			now.outside[e.Name] = e
		}
	}
	return s
}

// rolledOut is what the floor's experiments ask for: everywhere, until Settle says where the change is.
func (s Settings) rolledOut() map[string]finding.Mode {
	if s.Settled != nil {
		return s.Settled.least
	}
	if len(s.Floors) == 0 {
		return nil
	}
	asked := map[string]finding.Mode{}
	for _, f := range s.Floors {
		mode := f.Mode
		if old, ok := asked[f.Name]; ok {
			mode = mode.AtLeast(old)
		}
		asked[f.Name] = mode
	}
	return asked
}

// SameMode reports whether two settings give a rule its mode alike: the same modes, rolled out alike.
func (s Settings) SameMode(other Settings, family, rule string) bool {
	mode, r := s.stage(family)
	otherMode, otherR := other.stage(family)
	if mode == nil || otherMode == nil {
		return mode == otherMode
	}
	return *mode == *otherMode && s.Cap == other.Cap && reflect.DeepEqual(*r, *otherR) &&
		reflect.DeepEqual(s.Rules[rule], other.Rules[rule])
}

// fall is the mode of a family or rule where its experiment does not apply, and the highest that what it falls back to
// may be.
func (s *settled) fall(name string, mode finding.Mode) (now, highest finding.Mode) {
	if s == nil {
		return mode, finding.Enforce
	}
	e, outside := s.outside[name]
	switch {
	case !outside:
		return mode, finding.Enforce
	case e.Otherwise != "":
		return e.Otherwise, finding.Enforce
	}
	return "", below(e.Mode)
}

// below is the next lower mode.
func below(m finding.Mode) finding.Mode {
	switch m {
	case finding.Enforce:
		return finding.Warn
	case finding.Warn:
		return finding.Shadow
	}
	return finding.Off
}

// floorRollouts sorts the modes that floors ask for here and there, each once, so that the order of floors does not
// matter.
func floorRollouts(all []FloorRollout) []FloorRollout {
	key := func(f FloorRollout) string {
		return fmt.Sprintf("%s\x00%s\x00%03d\x00%s\x00%s\x00%s\x00%q%q", f.Name, f.Mode, f.window().Percent, f.From, f.Until,
			f.Otherwise, f.Owner, f.Reason)
	}
	sorting.By(all, func(a, b FloorRollout) int { return cmp.Compare(key(a), key(b)) })
	return slices.CompactFunc(all, func(a, b FloorRollout) bool { return key(a) == key(b) })
}

// rolloutOf reads the rollout beside a mode of a valid document. All repositories are no limit.
func rolloutOf(doc *document.Document, at []string) Rollout {
	word := func(name string) string {
		s, _ := doc.Value(append(slices.Clone(at), name)...).(string)
		return s
	}
	r := Rollout{From: word("from"), Until: word("until"), Otherwise: finding.Mode(word("otherwise")),
		Owner: word("owner"), Reason: word("reason")}
	if n, ok := doc.Value(append(slices.Clone(at), "rollout")...).(int64); ok && n != 100 {
		percent := int(n)
		r.Percent = &percent
	}
	return r
}

// Ended finds the rollouts of a file that are over, each at its last day: in a repository's file, and anywhere in an
// organisation's. They are no errors: what would hold without them does.
func Ended(name string, data []byte, at time.Time) []document.Problem {
	var out []document.Problem
	doc, _ := document.Parse(name, data, max(MaxBytes, MaxOrganisation))
	if doc == nil {
		return nil
	}
	for _, leaf := range doc.Leaves() {
		out = append(out, endedBelow(doc, leaf, at)...)
	}
	return document.Sort(out)
}

// endedBelow looks at one value, and into the lists that a document counts as one.
func endedBelow(doc *document.Document, leaf []string, at time.Time) (out []document.Problem) {
	last := len(leaf) - 1
	switch value := doc.Value(leaf...).(type) {
	case []any:
		for i := range value {
			part := append(slices.Clone(leaf), strconv.Itoa(i))
			for _, below := range doc.Sub(part...).Leaves() {
				out = append(out, endedBelow(doc, slices.Concat(part, below), at)...)
			}
		}
	case string:
		w := rollout.Window{Percent: 100, Until: value}
		if _, ok := rollout.Day(value); ok && last > 0 && leaf[last] == "until" && w.State(0, "", at) == rollout.Ended {
			out = append(out, doc.Problem(fmt.Sprintf("the rollout of %s ended on %s and its mode no longer holds; give it a "+
				"later day, make the mode hold for good by removing until, or remove it", clip(leaf[last-1]), value), leaf...))
		}
	}
	return out
}

// over lays documents over each other. A mode brings its own rollout: that of a lower document goes with the mode that
// it belonged to.
func over(documents ...*document.Document) *document.Document {
	out := document.Layer()
	for _, d := range documents {
		if d == nil {
			continue
		}
		var gone [][]string
		for _, leaf := range d.Leaves() {
			if isMode(leaf) {
				for _, name := range rolloutNames {
					gone = append(gone, append(slices.Clone(leaf[:len(leaf)-1]), name))
				}
			}
		}
		out = document.Layer(out.Without(gone...), d)
	}
	return out
}
