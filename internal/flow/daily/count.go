package daily

import (
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Scope says which changes of a day count.
type Scope struct {
	Filter filter.Filter
	// Only are the repositories that may count; nil is any.
	Only map[Repo]bool
}

// choose gives the places of those that count.
func (s Scope) choose(d *Day) (all []int) {
	if d.n == 0 {
		return nil
	}
	f := s.Filter
	repos := allowed(d.repos, func(r Repo) bool { return s.Only == nil || s.Only[r] })
	teams := allowed(d.teams, func(t string) bool { return f.Team == "" || f.Team == t })
	kinds := allowed(d.kinds, func(k string) bool {
		switch f.Author {
		case filter.Everyone:
			return true
		case filter.Human:
			return k == string(flow.Human) || k == string(flow.Ghost)
		}
		return k == string(f.Author)
	})
	from, to := f.From.UnixMilli(), f.To.UnixMilli()
	least, most := f.Size.Bounds()
	at, repo, team, kind, base := d.of(mergedAt), d.of(repo), d.of(team), d.of(kind), d.of(defaultBase)
	var sizes []int64
	if f.Size != filter.AnySize {
		sizes = d.of(size)
	}
	for i := range d.n {
		if at[i] < from || at[i] >= to || !repos[repo[i]] || !teams[team[i]] || !kinds[kind[i]] || base[i] != 1 && !f.AllBases {
			continue
		}
		if sizes != nil && (sizes[i] < least || most >= 0 && sizes[i] > most) { // unknown is less than all
			continue
		}
		all = append(all, i)
	}
	return all
}

func allowed[T any](list []T, is func(T) bool) []bool {
	all := make([]bool, len(list))
	for i, v := range list {
		all[i] = is(v)
	}
	return all
}

// Counter counts days that are handed to Add, in any order.
type Counter struct {
	scope Scope
	spans []filter.Span
	edges []int64
	// cycle and pickup are by the clock of the filter.
	cycle, pickup column
	// cycles and pickups are the known values of each span, and last of those in none.
	cycles, pickups [][]int64
	of              []int64
	took            []int64
	totals          figure.Totals
}

// NewCounter counts what a scope selects. Percentiles of parts are those of spans, which are in order; took counts by edges
// in seconds, in order.
func NewCounter(s Scope, spans []filter.Span, edges []int64) *Counter {
	c := &Counter{scope: s, spans: spans, edges: edges, cycle: cycle, pickup: stage + column(figure.Pickup)}
	if s.Filter.Business {
		c.cycle, c.pickup = cycleBusiness, pickupBusiness
	}
	c.cycles, c.pickups = make([][]int64, len(spans)+1), make([][]int64, len(spans)+1)
	c.of, c.took = make([]int64, len(spans)+1), make([]int64, len(edges)+1)
	return c
}

// Add counts a day.
func (c *Counter) Add(d *Day) {
	chosen := c.scope.choose(d)
	if len(chosen) == 0 {
		return
	}
	at, cycles, pickups := d.of(mergedAt), d.of(c.cycle), d.of(c.pickup)
	for _, i := range chosen {
		s := c.span(at[i])
		c.of[s]++
		if v := cycles[i]; v != unknown {
			c.cycles[s] = append(c.cycles[s], v)
			c.took[c.edge(v)]++
		}
		if v := pickups[i]; v != unknown {
			c.pickups[s] = append(c.pickups[s], v)
		}
	}
	c.sum(d, chosen)
}

// span is the number of the span that a time is in.
func (c *Counter) span(at int64) int {
	n, found := slices.BinarySearchFunc(c.spans, at, func(s filter.Span, at int64) int {
		switch {
		case s.To.UnixMilli() <= at:
			return -1
		case s.From.UnixMilli() > at:
			return 1
		}
		return 0
	})
	if !found {
		return len(c.spans)
	}
	return n
}

// edge is the number of the first edge that a value is below.
func (c *Counter) edge(v int64) int {
	for i, e := range c.edges {
		if v < e {
			return i
		}
	}
	return len(c.edges)
}

func (c *Counter) sum(d *Day, chosen []int) {
	t := &c.totals
	t.Merged += int64(len(chosen))
	total := func(of column) (sum, n int64) {
		values := d.of(of)
		for _, i := range chosen {
			if v := values[i]; v != unknown {
				sum, n = sum+v, n+1
			}
		}
		return sum, n
	}
	positive := func(of column) (n int64) {
		values := d.of(of)
		for _, i := range chosen {
			if values[i] > 0 {
				n++
			}
		}
		return n
	}
	add := func(sums *int64, counts *int64, of column) {
		sum, n := total(of)
		*sums += sum
		if counts != nil {
			*counts += n
		}
	}
	add(&t.Unreviewed, nil, unreviewedFlag)
	add(&t.Reverted, nil, revertedFlag)
	add(&t.HumanComments, nil, comments)
	t.Commented += positive(comments)
	add(&t.Lines, &t.Sized, size)
	add(&t.Rounds, nil, rounds)
	t.Reworked += positive(reworked)
	add(new(int64), &t.ReworkKnown, reworked)
	add(&t.Rewritten.Lines, &t.Rewritten.Known, replaced)
	add(&t.Rewritten.Within21, nil, replaced21)
	add(&t.Rewritten.Within30, nil, replaced30)
	for i := range t.Stages {
		add(&t.Stages[i].Seconds, &t.Stages[i].N, stage+column(i))
	}
}

// Counted are the figures of all days so far. No day can be added afterwards.
func (c *Counter) Counted() figure.Counted {
	out := figure.Counted{Took: c.took, Totals: c.totals}
	out.Cycles, out.Cycle = percentiles(c.cycles, c.of)
	out.Pickups, out.Pickup = percentiles(c.pickups, c.of)
	return out
}

// percentiles are those of each span, and of all values.
func percentiles(values [][]int64, of []int64) (each []figure.Percentiles, whole figure.Percentiles) {
	last := len(values) - 1
	var all []int64
	n := int64(0)
	for i, v := range values {
		slices.Sort(v)
		n += of[i]
		all = append(all, v...)
		if i < last {
			p := figure.PercentilesOf(v, of[i])
			p.Low, p.High = nil, nil
			each = append(each, p)
		}
	}
	slices.Sort(all)
	return each, figure.PercentilesOf(all, n)
}

// Order is that of a list.
type Order struct {
	Sort filter.Sort
	// Unreviewed lists only those that were merged without review.
	Unreviewed bool
	Skip, Most int
}

// List finds the changes of a page of a list. It holds few more than it returns.
type List struct {
	scope Scope
	order Order
	key   column
	total int64
	kept  []listed
	// Once it is full, what is below worst is not on the page.
	full  bool
	worst int64
}

type listed struct {
	key  int64
	pull flow.Pull
}

// NewList makes an empty list.
func NewList(s Scope, o Order) *List {
	l := &List{scope: s, order: o, key: mergedAt}
	switch o.Sort {
	case filter.Slowest:
		l.key = cycle
		if s.Filter.Business {
			l.key = cycleBusiness
		}
	case filter.Largest:
		l.key = size
	}
	return l
}

// Add takes a day.
func (l *List) Add(d *Day) {
	chosen := l.scope.choose(d)
	if len(chosen) == 0 {
		return
	}
	keys := d.of(l.key)
	var unreviewed []int64
	if l.order.Unreviewed {
		unreviewed = d.of(unreviewedFlag)
	}
	need := l.order.Skip + l.order.Most
	for _, i := range chosen {
		if unreviewed != nil && unreviewed[i] != 1 {
			continue
		}
		l.total++
		if l.full && keys[i] < l.worst {
			continue
		}
		l.kept = append(l.kept, listed{key: keys[i], pull: d.pull(i)})
		if len(l.kept) >= 2*need+1000 {
			l.cut(need)
			if l.full = need > 0 && len(l.kept) == need; l.full {
				l.worst = l.kept[need-1].key
			}
		}
	}
}

// cut keeps the first ones.
func (l *List) cut(most int) {
	sorting.By(l.kept, func(a, b listed) int {
		if a.key != b.key {
			if a.key > b.key { // unknown is less than all, and so the last
				return -1
			}
			return 1
		}
		return compare(a.pull, b.pull)
	})
	l.kept = l.kept[:min(most, len(l.kept))]
}

// compare orders by the text that names a change.
func compare(a, b flow.Pull) int {
	if a == b {
		return 0
	}
	if a.String() < b.String() {
		return -1
	}
	return 1
}

// Page is the part of the list that was asked for, in order, and how many the whole list has.
func (l *List) Page() (pulls []flow.Pull, total int64) {
	l.cut(l.order.Skip + l.order.Most)
	for _, x := range l.kept[min(l.order.Skip, len(l.kept)):] {
		pulls = append(pulls, x.pull)
	}
	return pulls, l.total
}

// Of is the number of the day that a time is in: days since 1970, UTC.
func Of(t time.Time) int64 {
	const day = 24 * 60 * 60
	s := t.Unix()
	if s < 0 {
		s -= day - 1
	}
	return s / day
}
