package codeowners

import "slices"

// none marks the absence of a rule or a node.
const none int32 = -1

// index is a tree of all patterns, one node for each distinct beginning of a pattern. Nodes stand in one slice and plain children
// in one map by (parent, segment), since a map for each node would cost more than everything else together.
type index struct {
	nodes []node
	// names numbers the plain segments; a path's segment that is not here is no plain child of any node.
	names map[string]int32
	// plain finds the child of a node by parent<<32 | name.
	plain map[uint64]int32
	globs []*globs
	// older chains rules whose patterns are the same: the next older one, or none. Only the newest stands in its node.
	older []int32
}

// node is the end of a beginning of a pattern. all, below and itself are the newest rules that end here, by their reach.
type node struct {
	all, below, itself int32
	// newest is the newest rule here or anywhere under this node; a walk leaves out what cannot win any more.
	newest int32
	// any is the child for "*", deep the child for "**".
	any, deep int32
	// globs is the place of the children with other wildcards.
	globs int32
	// named says whether there are plain children, loops whether this is itself the "**" child of its parent.
	named, loops bool
	parent       int32
}

func newIndex() *index {
	x := &index{names: map[string]int32{}, plain: map[uint64]int32{}}
	x.add(none, false)
	return x
}

func (x *index) add(parent int32, loops bool) int32 {
	x.nodes = append(x.nodes,
		node{all: none, below: none, itself: none, newest: none, any: none, deep: none, globs: none, parent: parent, loops: loops})
	return int32(len(x.nodes) - 1)
}

// insert adds the next rule. Rules come in order, so a later one with the same end replaces the earlier.
func (x *index) insert(p pattern, rule int32) {
	x.older = append(x.older, none)
	if p.reach == coversNothing {
		return
	}
	at := int32(0)
	for _, s := range p.segments {
		at = x.child(at, s)
	}
	end := &x.nodes[at].all
	switch p.reach {
	case coversBelow:
		end = &x.nodes[at].below
	case coversItself:
		end = &x.nodes[at].itself
	}
	x.older[rule], *end = *end, rule
	for n := at; n != none; n = x.nodes[n].parent {
		x.nodes[n].newest = rule
	}
}

// child finds or makes the child of a node.
func (x *index) child(at int32, s segment) int32 {
	switch {
	case s.deep:
		if x.nodes[at].deep == none {
			n := x.add(at, true)
			x.nodes[at].deep = n
		}
		return x.nodes[at].deep
	case s.glob.any():
		if x.nodes[at].any == none {
			n := x.add(at, false)
			x.nodes[at].any = n
		}
		return x.nodes[at].any
	case s.glob.wild:
		if x.nodes[at].globs == none {
			x.globs = append(x.globs, newGlobs())
			x.nodes[at].globs = int32(len(x.globs) - 1)
		}
		return x.globs[x.nodes[at].globs].child(s.glob, func() int32 { return x.add(at, false) })
	}
	name, ok := x.names[s.glob.head]
	if !ok {
		name = int32(len(x.names))
		x.names[s.glob.head] = name
	}
	key := uint64(at)<<32 | uint64(name)
	n, ok := x.plain[key]
	if !ok {
		n = x.add(at, false)
		x.plain[key] = n
		x.nodes[at].named = true
	}
	return n
}

func (x *index) finish() {
	for _, g := range x.globs {
		g.finish()
	}
}

// globs are the children of one node that hold wildcards, found by their literal end or beginning, whichever is longer.
type globs struct {
	tails, heads affixes
	// rest have neither.
	rest []wildChild
	seen map[string]int32
}

type wildChild struct {
	glob glob
	node int32
}

// affixes finds globs by a literal end or beginning: one look-up for each distinct length.
type affixes struct {
	lengths []int
	by      map[string][]wildChild
}

func newGlobs() *globs {
	return &globs{
		tails: affixes{by: map[string][]wildChild{}}, heads: affixes{by: map[string][]wildChild{}}, seen: map[string]int32{},
	}
}

func (g *globs) child(gl glob, add func() int32) int32 {
	key := gl.key()
	if n, ok := g.seen[key]; ok {
		return n
	}
	n := add()
	g.seen[key] = n
	c := wildChild{glob: gl, node: n}
	switch {
	case gl.head == "" && gl.tail == "":
		g.rest = append(g.rest, c)
	case len(gl.tail) >= len(gl.head):
		g.tails.add(gl.tail, c)
	default:
		g.heads.add(gl.head, c)
	}
	return n
}

// finish drops what only building needs.
func (g *globs) finish() {
	g.seen = nil
	slices.Sort(g.tails.lengths)
	slices.Sort(g.heads.lengths)
}

func (a *affixes) add(key string, c wildChild) {
	if !slices.Contains(a.lengths, len(key)) {
		a.lengths = append(a.lengths, len(key))
	}
	a.by[key] = append(a.by[key], c)
}
