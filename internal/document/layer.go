package document

import (
	"maps"
	"slices"
)

// Sub is the part of a document at a path, as a document whose problems name places in the same file. It is nil when the
// file does not name the path. Paths in it begin below that path.
func (d *Document) Sub(path ...string) *Document {
	if len(path) > 0 && !d.Has(path...) {
		return nil
	}
	return &Document{name: d.name, value: d.Value(path...), root: d.root.find(path), broken: d.broken}
}

// Without is the document without the values at some paths. Lists are left whole.
func (d *Document) Without(paths ...[]string) *Document {
	out := *d
	for _, path := range paths {
		out.value, out.root = without(out.value, out.root, path)
	}
	return &out
}

func without(value any, at *place, path []string) (any, *place) {
	m, ok := value.(map[string]any)
	if !ok || len(path) == 0 || at == nil {
		return value, at
	}
	next, there := m[path[0]]
	if !there {
		return value, at
	}
	m, copied := maps.Clone(m), *at
	copied.fields = maps.Clone(at.fields)
	if len(path) == 1 {
		delete(m, path[0])
		delete(copied.fields, path[0])
		return m, &copied
	}
	m[path[0]], copied.fields[path[0]] = without(next, at.fields[path[0]], path[1:])
	return m, &copied
}

// Layer lays documents over each other, the lowest first. Mappings are joined key by key; anything else is replaced as a
// whole by the document above it. Each value keeps its own file, line and column. Nil documents are left out.
func Layer(layers ...*Document) *Document {
	out := &Document{value: map[string]any{}, root: &place{line: 1, column: 1}}
	for _, d := range layers {
		if d == nil {
			continue
		}
		out.name, out.broken = d.name, out.broken || d.broken
		out.value, out.root = merge(out.value, d.value, out.root, d.root)
	}
	return out
}

func merge(low, high any, lowAt, highAt *place) (any, *place) {
	under, ok := low.(map[string]any)
	over, both := high.(map[string]any)
	if !ok || !both {
		return high, highAt
	}
	at := *highAt
	at.fields = maps.Clone(lowAt.fields)
	if at.fields == nil {
		at.fields = map[string]*place{}
	}
	all := maps.Clone(under)
	for k, v := range over {
		old, there := under[k]
		if !there {
			all[k], at.fields[k] = v, highAt.fields[k]
			continue
		}
		all[k], at.fields[k] = merge(old, v, lowAt.fields[k], highAt.fields[k])
	}
	return all, &at
}

// Leaves are the paths of all values that are no mappings, and of empty mappings, sorted.
func (d *Document) Leaves() [][]string {
	var out [][]string
	var walk func(value any, path []string)
	walk = func(value any, path []string) {
		m, ok := value.(map[string]any)
		if !ok || len(m) == 0 && len(path) > 0 {
			out = append(out, slices.Clone(path))
			return
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			walk(m[k], append(path, k))
		}
	}
	walk(d.value, nil)
	return out
}
