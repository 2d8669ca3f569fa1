package locate

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

// item is one name on its way to a file.
type item struct {
	name Name
	// rel is the name relative to a folder that is not known yet, abs an absolute one with the drive taken away. One of them may be empty.
	rel, abs string
	// certain says that rel is relative to the root of the repository.
	certain bool
	// up says that rel leads out of that folder: it is a file only below a folder that is said or that other names show.
	up bool
	to string
}

// rule turns a report's names into paths: it takes a folder from their beginning and puts another there.
type rule struct{ strip, add string }

func (u rule) apply(name string) (string, bool) {
	name = strings.TrimPrefix(name, "/")
	if strip := strings.TrimPrefix(u.strip, "/"); strip != "" {
		rest, ok := strings.CutPrefix(name, strip+"/")
		if !ok {
			return "", false
		}
		name = rest
	}
	switch {
	case u.add == "":
		return name, true
	case leadsOut(name):
		return path.Join(u.add, name), true
	}
	return u.add + "/" + name, true
}

// run is the placing of one report's names.
type run struct {
	*Resolver
	// loose has rules judged by names that differ by case or Unicode form as well.
	loose bool
	// taken are the files that were named exactly or by what the report and the settings say. No guess takes them.
	taken map[string]bool
}

// Place finds the files of all names of one report. Names that mean none are left out.
func (r *Resolver) Place(names []Name) map[Name]string {
	p := &run{Resolver: r, taken: map[string]bool{}}
	items := make([]*item, 0, len(names))
	for _, n := range names {
		if it := p.begin(n); it != nil {
			items = append(items, it)
		}
	}
	p.sources(items)
	if len(r.opt.Packages) > 0 {
		p.packages(open(items, func(it *item) bool { return it.rel != "" && !it.certain && !it.up }))
	} else {
		p.relative(open(items, func(it *item) bool { return it.rel != "" && !it.certain }), true)
	}
	if !r.opt.Exact {
		p.absolute(open(items, func(it *item) bool { return it.abs != "" }))
		p.links(open(items, func(it *item) bool { return it.rel != "" }))
	}
	out := make(map[Name]string, len(items))
	for _, it := range items {
		if it.to != "" {
			out[it.name] = it.to
		}
	}
	return out
}

// open are the items without a file that are of a kind.
func open(items []*item, kind func(*item) bool) []*item {
	var out []*item
	for _, it := range items {
		if it.to == "" && kind(it) {
			out = append(out, it)
		}
	}
	return out
}

// begin cleans a name and places it when that takes no guess: by a fix, by a module, or below the folder of a CI
// service. It is nil for a name of nothing.
func (p *run) begin(n Name) *item {
	name, fixed := tidy(n.Path), false
	for _, f := range p.fixes {
		if rest, ok := strings.CutPrefix(name, f[0]); ok {
			name, fixed = f[1]+rest, true
			break
		}
	}
	if up := outward(name); up != "" {
		return &item{name: n, rel: up, up: true}
	}
	if name = clean(name); name == "" {
		return nil
	}
	it := &item{name: n}
	if strings.HasPrefix(name, "/") {
		it.abs = undrive(name)
		if rest, ok := known(name); ok {
			it.rel, it.certain = rest, true
			p.settle(it, rest)
		}
		return it
	}
	it.rel = name
	if fixed {
		p.settle(it, name)
	}
	for _, m := range p.modules {
		if rest, ok := strings.CutPrefix(name, m[0]+"/"); ok && it.to == "" {
			p.settle(it, path.Join(m[1], rest))
			it.certain = true // a module's file stands nowhere else
			break
		}
	}
	return it
}

// settle gives an item the file of a path, for certain.
func (p *run) settle(it *item, to string) bool {
	found, ok := p.find(to)
	if ok {
		it.to, p.taken[found] = found, true
	}
	return ok
}

// guess gives an item the file of a path, unless the report names that file better.
func (p *run) guess(it *item, to string) bool {
	found, ok := p.find(to)
	if ok && (!p.taken[found] || found == it.rel) {
		it.to = found
		return true
	}
	return false
}

// sources places names below the folders that the report itself says they are relative to, as far as those are folders
// of the repository for certain.
func (p *run) sources(items []*item) {
	var bases []string
	for _, s := range p.opt.Sources {
		s = clean(tidy(strings.TrimSpace(s)))
		if rest, ok := known(s + "/"); ok {
			bases = append(bases, strings.TrimSuffix(rest, "/"))
		} else if s != "" && !strings.HasPrefix(s, "/") {
			for _, root := range p.opt.Roots {
				bases = append(bases, path.Join(clean(tidy(root)), s))
			}
			bases = append(bases, s)
		}
	}
	relative := open(items, func(it *item) bool { return it.rel != "" && !it.certain })
	for _, base := range p.byVotes(bases, relative) {
		for _, it := range relative {
			if it.to == "" {
				p.settle(it, path.Join(base, it.rel))
			}
		}
	}
}

// votes count the names that a rule turns into files.
func (p *run) votes(u rule, items []*item, of func(*item) string) int {
	n := 0
	for _, it := range items {
		to, ok := u.apply(of(it))
		if ok && !p.exact[to] {
			ok = p.loose && len(p.folded[fold(to)]) == 1
		}
		if ok {
			n++
		}
	}
	return n
}

func relOf(it *item) string { return it.rel }

func absOf(it *item) string { return it.abs }

// byVotes sorts folders by how many names they explain, those given first before others.
func (p *run) byVotes(bases []string, items []*item) []string {
	bases = slices.Compact(slices.Clone(bases))
	count := map[string]int{}
	for _, b := range bases {
		count[b] = p.votes(rule{add: b}, items, relOf)
	}
	sorting.StableBy(bases, func(a, b string) int { return count[b] - count[a] })
	return bases
}

// relative places names that are relative to one folder: the one that explains most of them. What the settings say and
// the root go before what is learned.
func (p *run) relative(items []*item, learn bool) {
	if len(items) == 0 {
		return
	}
	var named []string
	for _, root := range p.opt.Roots {
		if path.Clean(tidy(root)) == "." {
			named = append(named, "") // the root, at its place among the others
			continue
		}
		root = clean(tidy(root))
		if rest, ok := known(root + "/"); ok {
			root = strings.TrimSuffix(rest, "/")
		}
		if root != "" && !strings.HasPrefix(root, "/") {
			named = append(named, root)
		}
	}
	for _, s := range p.opt.Sources {
		// A source on a machine that nobody knows: any end of it may be a folder of the repository, the longest first.
		if s = clean(tidy(strings.TrimSpace(s))); !strings.HasPrefix(s, "/") {
			continue
		}
		if _, ok := known(s + "/"); ok || p.opt.Exact {
			continue
		}
		for rest := strings.Trim(undrive(s), "/"); rest != ""; _, rest, _ = strings.Cut(rest, "/") {
			if p.folder(rest) {
				named = append(named, rest)
			}
		}
	}
	var best rule
	for _, p.loose = range []bool{false, true} {
		named = p.byVotes(append(named, ""), items)
		best = rule{add: named[0]}
		n := p.votes(best, items, relOf)
		if n < len(items) && learn && !p.opt.Exact {
			if u, more := p.learned(items); more > n {
				best, n = u, more
			}
		}
		if n > 0 {
			break
		}
	}
	// What the best rule does not explain and what stands there as it is named comes first: it shows which files others must not take.
	for _, it := range items {
		to, ok := best.apply(it.rel)
		if ok {
			_, ok = p.find(to)
		}
		if !ok && p.exact[it.rel] && strings.Contains(it.rel, "/") {
			p.settle(it, it.rel)
		}
	}
	for _, it := range items {
		if to, ok := best.apply(it.rel); ok && it.to == "" && p.exact[to] {
			p.guess(it, to)
		}
	}
	for _, it := range items {
		if it.to != "" {
			p.taken[it.to] = true
		}
	}
	for _, it := range items {
		if to, ok := best.apply(it.rel); ok && it.to == "" {
			p.guess(it, to)
		}
		for _, base := range named {
			if it.to == "" && best.strip == "" && slices.Contains(named, best.add) {
				p.guess(it, path.Join(base, it.rel))
			}
		}
	}
}

// folder reports whether the repository has a folder, but for case and Unicode form.
func (p *run) folder(dir string) bool {
	dir = fold(dir) + "/"
	for file := range p.folded {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	return false
}

// absolute places names of a machine that nobody knows: the folder before the repository is the one that explains most of them.
func (p *run) absolute(items []*item) {
	nominated := map[string]int{}
	sure := map[string]bool{} // more than a file's name agrees
	for _, it := range items {
		for _, c := range p.byTail[tail(fold(strings.TrimPrefix(it.abs, "/")))] {
			if before, ok := cutEnd(it.abs, "/"+c); ok && p.may(it, before) {
				nominated[before]++
				sure[before] = sure[before] || strings.Contains(c, "/")
			}
		}
		if m := checkouts.FindString(it.abs); m != "" {
			sure[strings.TrimSuffix(m, "/")] = true
			nominated[strings.TrimSuffix(m, "/")] += 0
		}
	}
	best, most, tied := "", 0, false
	p.loose = !slices.ContainsFunc(items, func(it *item) bool {
		return slices.ContainsFunc(p.leading(nominated),
			func(before string) bool { return p.votes(rule{strip: before}, []*item{it}, absOf) > 0 })
	})
	for _, before := range p.leading(nominated) {
		n := p.votes(rule{strip: before}, items, absOf)
		switch {
		case n == 0 || !sure[before]:
		case n > most:
			best, most, tied = before, n, false
		case n < most:
		case strings.HasPrefix(best+"/", before+"/") || strings.HasPrefix(before+"/", best+"/"):
			if len(before) < len(best) {
				best = before // more of the name agrees
			}
		case isCheckout(before) && !isCheckout(best):
			best, tied = before, false
		case isCheckout(before) == isCheckout(best):
			tied = true
		}
	}
	if most > 0 && !tied {
		for _, it := range items {
			if to, ok := (rule{strip: best}).apply(it.abs); ok && p.may(it, best) {
				p.guess(it, to)
			}
		}
		return
	}
	// Only a part of the repository may have been copied to where a container works.
	for _, it := range items {
		if m := checkouts.FindString(it.abs); m != "" && it.rel == "" {
			it.rel = it.abs[len(m):]
		}
	}
	p.relative(open(items, func(it *item) bool { return it.rel != "" && !it.certain }), true)
}

func isCheckout(before string) bool { return checkouts.FindString(before+"/x") == before+"/" }

// may reports whether a folder before a name can be the one that the repository stood in.
func (p *run) may(it *item, before string) bool {
	if system.MatchString(before + "/") {
		return false
	}
	// Below a folder where repositories are checked out, what follows is part of the repository or of its build.
	inner := ""
	if it.certain {
		inner = strings.TrimSuffix(it.abs, it.rel)
	} else if m := checkouts.FindString(it.abs); m != "" {
		inner = m
	}
	if inner != "" && strings.HasPrefix(before+"/", inner) {
		rest := strings.TrimPrefix(before+"/", inner)
		return rest == "" || !strange(strings.TrimSuffix(rest, "/"))
	}
	return !strange(before)
}

// maxNominated is how many folders are tried on all names.
const maxNominated = 50

// leading are the folders that were nominated most often, in a fixed order.
func (p *run) leading(nominated map[string]int) []string {
	out := make([]string, 0, len(nominated))
	for before := range nominated {
		out = append(out, before)
	}
	sorting.By(out, func(a, b string) int {
		if n := nominated[b] - nominated[a]; n != 0 {
			return n
		}
		if n := len(a) - len(b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return out[:min(len(out), maxNominated)]
}

// cutEnd cuts an end that may differ by case or Unicode form.
func cutEnd(name, end string) (string, bool) {
	if before, ok := strings.CutSuffix(name, end); ok {
		return before, true
	}
	// The folded end may be longer or shorter; as many parts are cut as it has.
	before := name
	for range strings.Count(end, "/") {
		i := strings.LastIndexByte(before, '/')
		if i < 0 {
			return "", false
		}
		before = before[:i]
	}
	return before, fold(name[len(before):]) == fold(end)
}
