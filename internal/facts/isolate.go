package facts

import (
	"fmt"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
)

// Failed is a family whose analysis stopped with a fault of Lintel's own, so that nothing is known of what its rules
// would have said. Its facts are those of a change without content and mean nothing.
type Failed struct {
	Family string `json:"family"`
	// What is the kind of thing the analysis stopped at: "file", "control" (a file that rules the change, as
	// CODEOWNERS), "commit" or "report"; empty when it is no single one. Name is its path, id or source, at most 1,000
	// bytes.
	What string `json:"what" jsonschema:"enum=,enum=file,enum=control,enum=commit,enum=report"`
	Name string `json:"name"`
	// Reason is what the program said, without addresses of memory, at most 1,000 bytes.
	Reason string `json:"reason"`
	// Stack is where it stopped, for the log alone.
	Stack string `json:"-"`
}

// analysis is one family's analysis.
type analysis struct {
	name string
	// run concludes the family's facts from a snapshot, reads nothing else and writes nothing but its own part of f.
	run func(f *Facts, s *change.Snapshot, set settings.Settings)
	// wants names the files whose content the analysis needs, from the list of changed files; nil when it needs none.
	wants func(files []diff.File, set settings.Settings) []change.Want
	// hinted is wants for rules that can only find something where changed lines give a hint; nil when there are none.
	hinted func(files []diff.File, set settings.Settings) []change.Want
}

// attempt runs the analysis. A panic is given back with its stack; nil is none.
func (a analysis) attempt(f *Facts, s *change.Snapshot, set settings.Settings) (panicked any, stack string) {
	defer func() {
		if panicked = recover(); panicked != nil {
			stack = string(debug.Stack())
		}
	}()
	a.run(f, s, set)
	return nil, ""
}

// isolate runs the analysis; when it panics, its part of f becomes that of a change without content, and what it stopped at is looked for.
// One broken family must not take the verdict of the others with it, and no number of further tries would help.
func (a analysis) isolate(f *Facts, s *change.Snapshot, set settings.Settings) *Failed {
	p, stack := a.attempt(f, s, set)
	if p == nil {
		return nil
	}
	out := &Failed{Family: a.name, Reason: panicText(p), Stack: stack}
	out.What, out.Name = a.culprit(s, set)
	bare := &change.Snapshot{Kind: s.Kind, State: s.State, FilesTotal: s.FilesTotal, CommitsTotal: s.CommitsTotal}
	a.attempt(f, bare, set)
	return out
}

// culprit finds the one thing without which the analysis would not have stopped, by leaving out halves. It stays empty
// when no single one is enough.
func (a analysis) culprit(s *change.Snapshot, set settings.Settings) (what, name string) {
	panics := func(alter func(*change.Snapshot)) bool {
		part := *s
		alter(&part)
		p, _ := a.attempt(&Facts{}, &part, set)
		return p != nil
	}
	controls := slices.Sorted(maps.Keys(s.Controls.Files))
	if i := one(s.Files, panics, func(part *change.Snapshot, of []int) { part.Files = pick(s.Files, of) }); i >= 0 {
		return "file", clipped(s.Files[i].Path)
	}
	if i := one(s.Contents, panics, func(part *change.Snapshot, of []int) { part.Contents = pick(s.Contents, of) }); i >= 0 {
		return "file", clipped(s.Contents[i].Path)
	}
	if i := one(s.Commits, panics, func(part *change.Snapshot, of []int) { part.Commits = pick(s.Commits, of) }); i >= 0 {
		return "commit", clipped(s.Commits[i].SHA)
	}
	if i := one(s.Reports, panics, func(part *change.Snapshot, of []int) { part.Reports = pick(s.Reports, of) }); i >= 0 {
		return "report", clipped(s.Reports[i].Source)
	}
	if i := one(controls, panics, func(part *change.Snapshot, of []int) {
		part.Controls.Files = map[string]change.File{}
		for _, name := range pick(controls, of) {
			part.Controls.Files[name] = s.Controls.Files[name]
		}
	}); i >= 0 {
		return "control", clipped(controls[i])
	}
	return "", ""
}

// one gives the index of the element that makes the analysis panic on its own; -1 when there is none, or it panics without any of them.
// It takes two runs for each halving.
func one[T any](all []T, panics func(func(*change.Snapshot)) bool, keep func(*change.Snapshot, []int)) int {
	with := func(of []int) bool { return panics(func(s *change.Snapshot) { keep(s, of) }) }
	if len(all) == 0 || with(nil) {
		return -1
	}
	rest := make([]int, len(all))
	for i := range rest {
		rest[i] = i
	}
	for len(rest) > 1 {
		first, second := rest[:len(rest)/2], rest[len(rest)/2:]
		switch {
		case with(first):
			rest = first
		case with(second):
			rest = second
		default:
			return -1
		}
	}
	return rest[0]
}

func pick[T any](all []T, of []int) []T {
	var out []T
	for _, i := range of {
		out = append(out, all[i])
	}
	return out
}

// address is what differs from run to run in the text of a panic.
var address = lazyregexp.New(`0x[0-9a-fA-F]+`)

// panicText is the text of a panic, the same for equal snapshots.
func panicText(p any) string { return clipped(address.ReplaceAllString(fmt.Sprint(p), "0x…")) }

// emptyNilLists makes every list that is null empty: those of a family that could not even judge a change without content.
func emptyNilLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				emptyNilLists(field)
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	}
}
