package codeowners

// Matcher answers for one path after another. It keeps the state of each directory on the way to the last path, so paths in
// sorted order cost little more than their last segment. It is not safe for concurrent use; make one for each goroutine.
type Matcher struct {
	index  *index
	levels []level
	// active holds the live nodes of all levels, one level after the other.
	active []int32
	// met marks the "**" nodes that are already live on the level being built; the only nodes that can be reached twice.
	met     []uint32
	meeting uint32
	// taken is scratch space: the nodes that took the segment.
	taken  []int32
	trials int
}

// Trials counts how often a wildcard was tried on a segment: the part of the work that a hostile file can drive up. It depends on the
// file and the paths alone, so a caller can end early by it and still give equal answers to equal questions.
func (m *Matcher) Trials() int { return m.trials }

// level is the state after the first segments of a path.
type level struct {
	// dir is the segment that led here.
	dir string
	// from and to bound the level's nodes in Matcher.active.
	from, to int
	// best is the newest rule that covers all below this directory.
	best int32
}

// Matcher makes a matcher for f.
func (f *File) Matcher() *Matcher {
	m := &Matcher{index: f.index, met: make([]uint32, len(f.index.nodes))}
	m.levels = append(m.levels, level{best: f.index.nodes[0].below})
	m.meeting++
	m.enter(0, m.levels[0].best)
	m.levels[0].to = len(m.active)
	return m
}

// Match gives the index in File.Rules of the last line that matches the path, -1 when none does. Paths are relative to the
// repository's root, divided by "/", and case counts.
func (m *Matcher) Match(path string) int {
	if path == "" {
		return -1
	}
	for depth, start := 0, 0; ; depth++ {
		end := start
		for end < len(path) && path[end] != '/' {
			end++
		}
		if end == len(path) {
			return int(m.last(m.levels[depth], path[start:]))
		}
		dir := path[start:end]
		if depth+1 == len(m.levels) || m.levels[depth+1].dir != dir {
			m.descend(depth, dir)
		}
		start = end + 1
	}
}

// descend makes the level below levels[depth], and forgets those that were there.
func (m *Matcher) descend(depth int, dir string) {
	x, up := m.index, m.levels[depth]
	m.levels = m.levels[:depth+1]
	m.active = m.active[:up.to]
	m.meeting++
	next := level{dir: dir, from: len(m.active), best: up.best}
	// All of the level's matches first: the best of them decides what is worth following.
	m.taken = m.taken[:0]
	m.each(up, dir, func(n int32) {
		next.best = max(next.best, x.nodes[n].all, x.nodes[n].below)
		m.taken = append(m.taken, n)
	})
	for _, n := range m.taken {
		m.enter(n, next.best)
	}
	for _, n := range m.active[up.from:up.to] {
		if x.nodes[n].loops {
			m.enter(n, next.best)
		}
	}
	next.to = len(m.active)
	m.levels = append(m.levels, next)
}

// enter makes a node and its "**" child live, unless nothing under them can beat best.
func (m *Matcher) enter(n, best int32) {
	for ; n != none && m.index.nodes[n].newest > best; n = m.index.nodes[n].deep {
		if m.index.nodes[n].loops {
			if m.met[n] == m.meeting {
				return
			}
			m.met[n] = m.meeting
		}
		m.active = append(m.active, n)
	}
}

// last gives the newest rule for the final segment.
func (m *Matcher) last(up level, name string) int32 {
	best, nodes := up.best, m.index.nodes
	m.each(up, name, func(n int32) { best = max(best, nodes[n].all, nodes[n].itself) })
	return best
}

// each calls f for every child of the level's nodes that takes the segment, "**" apart.
func (m *Matcher) each(up level, s string, f func(int32)) {
	x := m.index
	name, named := x.names[s]
	for _, n := range m.active[up.from:up.to] {
		at := &x.nodes[n]
		if at.named && named {
			if child, ok := x.plain[uint64(n)<<32|uint64(name)]; ok {
				f(child)
			}
		}
		if at.any != none {
			f(at.any)
		}
		if at.globs != none {
			m.trials += x.globs[at.globs].each(s, f)
		}
	}
}

// each calls f for every child that takes s, and tells how many were tried.
func (g *globs) each(s string, f func(int32)) (tried int) {
	for _, n := range g.tails.lengths {
		if n > len(s) {
			break
		}
		tried += call(g.tails.by[s[len(s)-n:]], s, f)
	}
	for _, n := range g.heads.lengths {
		if n > len(s) {
			break
		}
		tried += call(g.heads.by[s[:n]], s, f)
	}
	return tried + call(g.rest, s, f)
}

func call(children []wildChild, s string, f func(int32)) int {
	for i := range children {
		if children[i].glob.match(s) {
			f(children[i].node)
		}
	}
	return len(children)
}
