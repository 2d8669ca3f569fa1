package locate

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// maxCandidates is how many files may end like a name before it says nothing of where the report was made.
const maxCandidates = 200

// learned finds the one rule that explains most relative names: a folder before them, or one that they have too much.
// It says how many it explains, and none when several do equally well.
func (p *run) learned(items []*item) (rule, int) {
	add, strip := map[string]int{}, map[string]int{}
	for _, it := range items {
		candidates := p.byTail[tail(fold(it.rel))]
		if len(candidates) > maxCandidates || it.up {
			continue
		}
		for _, c := range candidates {
			if before, ok := cutEnd("/"+c, "/"+it.rel); ok && before != "" {
				if before = before[1:]; !strange(before) {
					add[before]++
				}
			} else if before, ok := cutEnd("/"+it.rel, "/"+c); ok && before != "" && !strange(before[1:]) {
				strip[before[1:]]++
			}
		}
	}
	var best rule
	most := 0
	var equal []rule
	try := func(u rule) {
		switch n := p.votes(u, items, relOf); {
		case n > most:
			best, most, equal = u, n, []rule{u}
		case n == most && n > 0:
			equal = append(equal, u)
		}
	}
	for _, b := range p.leading(add) {
		try(rule{add: b})
	}
	for _, b := range p.leading(strip) {
		try(rule{strip: b})
	}
	if len(equal) > 1 {
		return p.preferred(equal, most)
	}
	return best, most
}

// preferred is the one of equal rules that a root of the settings or of the report speaks for, or that leaves most of the names in place.
func (p *run) preferred(equal []rule, most int) (rule, int) {
	below := slices.DeleteFunc(slices.Clone(equal), func(u rule) bool {
		return !slices.ContainsFunc(slices.Concat(p.opt.Roots, p.opt.Sources), func(root string) bool {
			root = strings.Trim(clean(tidy(root)), "/")
			return root != "" && (u.add == root || strings.HasSuffix(u.add, "/"+root))
		})
	})
	if len(below) == 1 {
		return below[0], most
	}
	short := equal[0]
	for _, u := range equal {
		if u.strip == "" {
			return rule{}, 0
		}
		if !strings.HasPrefix(u.strip+"/", short.strip+"/") && !strings.HasPrefix(short.strip+"/", u.strip+"/") {
			return rule{}, 0
		}
		if len(u.strip) < len(short.strip) {
			short = u
		}
	}
	return short, most
}

// links places names that lead through a symbolic link or a submodule of the repository: where it leads is learned from
// what stands below it.
func (p *run) links(items []*item) {
	below := map[string][]*item{}
	for _, it := range items {
		for dir := path.Dir(it.rel); dir != "."; dir = path.Dir(dir) {
			if p.exact[dir] {
				below[dir] = append(below[dir], it)
				break
			}
		}
	}
	for link, through := range below {
		inner := make([]*item, len(through))
		for i, it := range through {
			inner[i] = &item{rel: strings.TrimPrefix(it.rel, link+"/")}
		}
		u, n := p.learned(inner)
		if n == 0 || u.strip != "" {
			continue
		}
		for i, it := range through {
			p.guess(it, path.Join(u.add, inner[i].rel))
		}
	}
}

// packageFolder is where the sources of a module begin in Gradle's and Maven's layout.
var packageFolder = lazyregexp.New(`^(?:.*/)?src/[^/]+/(?:java|kotlin|scala|groovy)/`)

// packages places names that are a package's folder and a file, which mean the same wherever the module stands.
func (p *run) packages(items []*item) {
	modules := map[string]int{}
	options := make([][]string, len(items))
	for i, it := range items {
		options[i] = p.ofPackage(it)
		for _, b := range options[i] {
			modules[module(b)]++
		}
	}
	for i, it := range items {
		list := options[i]
		best := 0
		for _, b := range list {
			best = max(best, modules[module(b)])
		}
		if len(list) > 1 {
			list = slices.DeleteFunc(slices.Clone(list), func(b string) bool { return modules[module(b)] < best })
		}
		if len(list) > 1 && !slices.ContainsFunc(list, func(b string) bool { return module(b) != module(list[0]) }) {
			// One module, several folders of sources: the first that is usual.
			for _, usual := range p.opt.Packages {
				if j := slices.IndexFunc(list, func(b string) bool { return b == path.Join(module(b), usual) }); j >= 0 {
					list = list[j : j+1]
					break
				}
			}
		}
		if len(list) == 1 {
			p.guess(it, path.Join(list[0], it.rel))
		}
	}
	p.shortPackages(open(items, func(it *item) bool { return strings.HasSuffix(it.rel, ".kt") }))
}

// module is the folder before the sources.
func module(base string) string {
	if i := strings.Index("/"+base+"/", "/src/"); i >= 0 {
		return strings.TrimSuffix(base[:i], "/")
	}
	return base
}

// ofPackage lists the folders that a package's file stands in, narrowed by the settings' roots and by the module of the report.
func (p *run) ofPackage(it *item) []string {
	var out []string
	if p.exact[it.rel] {
		out = append(out, "")
	}
	if p.opt.Exact || !strings.Contains(it.rel, "/") {
		for _, dir := range p.opt.Packages {
			if p.exact[path.Join(dir, it.rel)] {
				out = append(out, dir)
			}
		}
	} else {
		for _, c := range p.byTail[tail(fold(it.rel))] {
			if before, ok := cutEnd("/"+c, "/"+it.rel); ok && before != "" && !strange(before[1:]) {
				out = append(out, before[1:])
			}
		}
	}
	narrow := func(keep func(string) bool) {
		if kept := slices.DeleteFunc(slices.Clone(out), func(b string) bool { return !keep(b) }); len(kept) > 0 {
			out = kept
		}
	}
	for _, root := range p.opt.Roots {
		if root = strings.Trim(clean(tidy(root)), "/"); root != "" {
			narrow(func(b string) bool { return strings.HasPrefix(b+"/", root+"/") || strings.HasSuffix("/"+b, "/"+root) })
		}
	}
	if it.name.Module != "" {
		want := strings.Trim(strings.ReplaceAll(it.name.Module, ":", "/"), "/")
		narrow(func(b string) bool { return strings.HasSuffix("/"+module(b), "/"+want) })
	}
	return out
}

// shortPackages places Kotlin files whose folders leave out the package that all of them share.
func (p *run) shortPackages(items []*item) {
	count := map[string]int{}
	for _, it := range items {
		for dir := path.Dir(it.rel); dir != "."; dir = path.Dir(dir) {
			if len(p.kotlin[strings.TrimPrefix(it.rel, dir+"/")]) > 0 {
				count[dir]++
			}
		}
	}
	best, most, tied := "", 0, false
	for _, dir := range p.leading(count) {
		switch {
		case count[dir] > most:
			best, most, tied = dir, count[dir], false
		case count[dir] == most && !strings.HasPrefix(dir, best+"/"):
			tied = true
		}
	}
	if most == 0 || tied {
		return
	}
	for _, it := range items {
		rest, ok := strings.CutPrefix(it.rel, best+"/")
		files := p.kotlin[rest]
		if it.name.Module != "" {
			if own := slices.DeleteFunc(slices.Clone(files), func(f string) bool {
				return !strings.HasSuffix("/"+module(f), "/"+it.name.Module)
			}); len(own) > 0 {
				files = own
			}
		}
		if ok && len(files) == 1 {
			p.guess(it, files[0])
		}
	}
}
