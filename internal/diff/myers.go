package diff

// maxSteps bounds the work of one comparison. Beyond it the part that is left is told as removed and added whole:
// right, but not the shortest. It counts steps and not time, so that equal inputs give equal hunks.
const maxSteps = 20_000_000

// outside marks a diagonal on which no path stays within the box.
const outside = -1 << 40

// myers finds the lines that differ, by Eugene Myers' "An O(ND) Difference Algorithm and Its Variations" (1986), in linear space.
type myers struct {
	a, b []int
	// gone and come mark the lines of a that were removed and those of b that were added.
	gone, come []bool
	// forward and backward hold the furthest reach on each diagonal.
	forward, backward []int
	steps             int
}

func newMyers(a, b []int) *myers {
	n := len(a) + len(b) + 3
	return &myers{a: a, b: b, gone: make([]bool, len(a)), come: make([]bool, len(b)), forward: make([]int, 2*n), backward: make([]int, 2*n)}
}

// solve marks the differences between a[i0:i1] and b[j0:j1].
func (m *myers) solve(i0, i1, j0, j1 int) {
	for i0 < i1 && j0 < j1 && m.a[i0] == m.b[j0] {
		i0, j0 = i0+1, j0+1
	}
	for i0 < i1 && j0 < j1 && m.a[i1-1] == m.b[j1-1] {
		i1, j1 = i1-1, j1-1
	}
	if i0 < i1 && j0 < j1 {
		if x, y, ok := m.middle(i0, i1, j0, j1); ok {
			m.solve(i0, x, j0, y)
			m.solve(x, i1, y, j1)
			return
		}
	}
	for ; i0 < i1; i0++ {
		m.gone[i0] = true
	}
	for ; j0 < j1; j0++ {
		m.come[j0] = true
	}
}

// middle finds a point in the middle of a shortest path through the box. It is false when the steps are used up.
func (m *myers) middle(i0, i1, j0, j1 int) (x, y int, ok bool) {
	n, k := i1-i0, j1-j0
	delta := n - k
	odd := delta%2 != 0
	mid := len(m.forward) / 2
	m.forward[mid+1], m.backward[mid+1] = 0, 0 // The step before the first: it leads to the corner.
	for d := 0; d <= (n+k+1)/2; d++ {
		m.steps += d + 1
		if m.steps > maxSteps {
			return 0, 0, false
		}
		for q := -d; q <= d; q += 2 {
			x := reach(m.forward, mid, q, d)
			y := x - q
			for x >= 0 && x < n && y < k && m.a[i0+x] == m.b[j0+y] {
				x, y = x+1, y+1
			}
			if x < 0 || x > n || y > k {
				m.forward[mid+q] = outside
				continue
			}
			m.forward[mid+q] = x
			if r := delta - q; odd && r >= -(d-1) && r <= d-1 && x+m.backward[mid+r] >= n {
				return i0 + x, j0 + y, true
			}
		}
		for q := -d; q <= d; q += 2 {
			x := reach(m.backward, mid, q, d)
			y := x - q
			for x >= 0 && x < n && y < k && m.a[i1-1-x] == m.b[j1-1-y] {
				x, y = x+1, y+1
			}
			if x < 0 || x > n || y > k {
				m.backward[mid+q] = outside
				continue
			}
			m.backward[mid+q] = x
			if r := delta - q; !odd && r >= -d && r <= d && x+m.forward[mid+r] >= n {
				return i1 - x, j1 - y, true
			}
		}
	}
	return 0, 0, false
}

// reach is where a path of d steps comes to on diagonal q before it follows equal lines.
func reach(v []int, mid, q, d int) int {
	if q == -d || q != d && v[mid+q-1] < v[mid+q+1] {
		return v[mid+q+1]
	}
	return v[mid+q-1] + 1
}
