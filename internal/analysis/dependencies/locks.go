package dependencies

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// versions are the packages of one name, by version.
type versions map[string]*manifest.Package

// byName sorts a set by names. What belongs to the project itself is left out.
func byName(set *manifest.Set) map[string]versions {
	names := map[string]versions{}
	if set == nil {
		return names
	}
	for i := range set.Packages {
		p := &set.Packages[i]
		if p.Source == "workspace" {
			continue
		}
		if names[p.Name] == nil {
			names[p.Name] = versions{}
		}
		switch there := names[p.Name][p.Version]; {
		case there == nil:
			names[p.Name][p.Version] = p
		case set.Format.Role == manifest.Sums:
			if there.Sums == nil {
				there.Sums = map[string]string{}
			}
			maps.Copy(there.Sums, p.Sums)
		default:
			there.Direct = there.Direct || p.Direct
			there.Script = there.Script || p.Script
		}
	}
	return names
}

// lock compares one lock file of two sides.
type lock struct {
	*analysis
	*unit
	by     map[string][]string
	summed bool
}

func (a *analysis) compareLocks(u *unit) {
	base, head := byName(u.base), byName(u.head)
	l := &lock{analysis: a, unit: u, by: parents(u.head, base, head), summed: summed(u.head)}
	names := maps.Clone(head)
	maps.Copy(names, base)
	if u.format.Ecosystem == "Go" {
		l.majors(base, head)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if u.format.Role == manifest.Sums {
			l.same(name, base[name], head[name])
			continue
		}
		l.one(name, base[name], head[name])
	}
}

// one compares the versions of one package.
func (l *lock) one(name string, base, head versions) {
	l.same(name, base, head)
	var gone, fresh []string
	for v := range base {
		if head[v] == nil {
			gone = append(gone, v)
		}
	}
	for v := range head {
		if base[v] == nil {
			fresh = append(fresh, v)
		}
	}
	order := newest(l.format.Ecosystem)
	sorting.By(gone, order)
	sorting.By(fresh, order)
	both := min(len(gone), len(fresh))
	for i := range both {
		l.moved(name, base[gone[i]], head[fresh[i]], base, head)
	}
	for _, v := range fresh[both:] {
		c := l.row(l.format.Ecosystem, name, "", v)
		c.Kind = "added"
		l.fill(c, head[v], base)
	}
	for _, v := range gone[both:] {
		c := l.row(l.format.Ecosystem, name, v, "")
		c.Kind = "removed"
		c.Direct, c.Scope, c.Path = base[v].Direct, base[v].Scope, text.Clip(l.path, maxText)
	}
}

func (l *lock) moved(name string, old, now *manifest.Package, base, head versions) {
	c := l.row(l.format.Ecosystem, name, old.Version, now.Version)
	order, level, ok := compared(l.format.Ecosystem, old.Version, now.Version)
	c.Level = level
	switch {
	case !ok || order == 0, order > 0 && (!l.lower(base, head) || level == "" && l.format.Ecosystem != "Go"):
		c.Kind = "changed"
	case order > 0:
		c.Kind = "downgraded"
	default:
		c.Kind = "bumped"
	}
	l.fill(c, now, base)
	if c.Kind == "downgraded" && level == "major" && !c.Direct && l.format.Ecosystem != "Go" {
		c.Kind = "changed" // what needs it is another package now
	}
}

// lower reports whether the newest of the versions is older than before. A package that stands in several versions loses
// one of them without that.
func (l *lock) lower(base, head versions) bool {
	order := newest(l.format.Ecosystem)
	before, now := sorting.Sorted(maps.Keys(base), order), sorting.Sorted(maps.Keys(head), order)
	return order(before[0], now[0]) < 0
}

// same looks at versions that stand on both sides.
func (l *lock) same(name string, base, head versions) {
	for _, v := range slices.Sorted(maps.Keys(head)) {
		old, now := base[v], head[v]
		if old == nil {
			continue
		}
		from := old.Source != now.Source || old.Location != now.Location && now.Source != ""
		sums := !from && now.Source != "path" && sumsDiffer(old.Sums, now.Sums)
		if !from && !sums {
			if now.Direct && !old.Direct && l.format.Role == manifest.Both {
				l.direct(name, now)
			}
			continue
		}
		c := l.row(l.format.Ecosystem, name, v, v)
		c.Kind = "replaced"
		l.fill(c, now, base)
		c.NewSource = c.NewSource || from && now.Source != "" && now.Source != "path" && !l.own(c.Location)
		if sums {
			c.Sums = "changed"
		}
	}
}

// direct is a package that the project asks for now, and had before for the sake of another.
func (l *lock) direct(name string, now *manifest.Package) {
	c := l.row(l.format.Ecosystem, name, "", now.Version)
	c.Kind = "added"
	l.fill(c, now, versions{})
	c.NewSource = false
}

func sumsDiffer(old, now map[string]string) bool {
	for of, sum := range old {
		if other, ok := now[of]; ok && other != sum {
			return true
		}
	}
	return false
}

// fill takes over what the head says of a package; base are its versions before.
func (l *lock) fill(c *Change, p *manifest.Package, base versions) {
	wasDirect, wasScript, wasAway := false, false, false
	for _, old := range base {
		wasDirect = wasDirect || old.Direct
		wasScript = wasScript || old.Script
		wasAway = wasAway || old.Source == p.Source
	}
	named := l.format.Role == manifest.Lock && l.known.wanted[nameKey{l.format.Ecosystem, p.Name}]
	c.Direct = c.Direct || p.Direct || named
	// Who wants it is said by the manifest, where one was read.
	c.NewDirect = c.NewDirect || l.format.Role == manifest.Both && p.Direct && !wasDirect
	c.Scope = p.Scope
	if c.Path == "" {
		c.Path, c.Line = text.Clip(l.path, maxText), p.Line
	}
	for _, name := range l.by[p.Name] {
		if len(c.By) < maxBy && !slices.Contains(c.By, name) {
			c.By = append(c.By, text.Clip(name, maxName))
		}
	}
	l.origin(c, p, wasAway)
	c.NewScript = c.NewScript || p.Script && !wasScript && l.base != nil && l.base.Listed
	hosted := p.Host != "" || l.format.Name != "package-lock.json" && l.format.Name != "yarn.lock"
	if l.summed && len(p.Sums) == 0 && p.Source == "" && hosted && !branch(l.format.Ecosystem, p.Version) {
		c.Sums = cmp.Or(c.Sums, "missing")
	}
	l.licence(c, p.Licence)
	l.denied(c)
}

// branch reports whether a version is the state of a branch, of which Composer knows no checksum.
func branch(ecosystem, version string) bool {
	return ecosystem == "Packagist" && (strings.HasPrefix(version, "dev-") || strings.HasSuffix(version, "-dev"))
}

// origin says where a package comes from.
func (a *analysis) origin(c *Change, p *manifest.Package, wasAway bool) {
	c.Source, c.Location, c.Host = p.Source, "", text.Clip(p.Host, maxName)
	if p.Source != "" {
		c.Location = text.Clip(p.Location, maxText)
	}
	before := wasAway || a.known.sources[nameKey{c.Ecosystem, c.Name + " " + p.Source}]
	c.NewSource = c.NewSource || p.Source != "" && p.Source != "path" && !before && !a.own(c.Location)
	c.NewHost = c.NewHost || p.Source == "" && p.Host != "" && !a.known.allows(c.Ecosystem, p.Host)
}

// own reports whether an address is a repository of the project's own owner on its own forge.
func (a *analysis) own(location string) bool {
	page, err := url.Parse(a.snapshot.URL)
	from, err2 := url.Parse(location)
	owner, _, ok := strings.Cut(strings.Trim(pathOf(from, err2), "/"), "/")
	return err == nil && ok && page.Host != "" && strings.EqualFold(from.Host, page.Host) &&
		owner != "" && strings.EqualFold(owner, a.snapshot.Repository.Owner)
}

func pathOf(u *url.URL, err error) string {
	if err != nil {
		return ""
	}
	return u.Path
}

// summed reports whether nearly all packages of a registry have a checksum, so that one without stands out.
func summed(set *manifest.Set) bool {
	if set == nil {
		return false
	}
	all, with := 0, 0
	for _, p := range set.Packages {
		if p.Source == "" {
			all++
			if len(p.Sums) > 0 {
				with++
			}
		}
	}
	return all >= 10 && with*10 >= all*9
}

// parents are the packages that need one that is new, by its name.
func parents(set *manifest.Set, base, head map[string]versions) map[string][]string {
	by := map[string][]string{}
	if set == nil {
		return by
	}
	for name, now := range head {
		for v := range now {
			if base[name][v] == nil {
				by[name] = []string{}
			}
		}
	}
	for _, p := range set.Packages {
		for _, need := range p.Needs {
			if list, fresh := by[need]; fresh && len(list) < maxBy && !slices.Contains(list, p.Name) {
				by[need] = append(list, p.Name)
			}
		}
	}
	return by
}

var goMajor = lazyregexp.New(`^(.+?)(?:/v\d+|\.v\d+)$`)

// stem is the path of a Go module without its major version.
func stem(module string) string {
	if m := goMajor.FindStringSubmatch(module); m != nil {
		return m[1]
	}
	return module
}

// majors finds modules whose path changed by its major version alone, and makes one change of the two.
func (l *lock) majors(base, head map[string]versions) {
	gone := map[string]string{}
	for name := range base {
		if head[name] == nil {
			gone[stem(name)] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(head)) {
		old, ok := gone[stem(name)]
		if base[name] != nil || !ok || base[old] == nil {
			continue
		}
		for _, now := range head[name] {
			for _, before := range base[old] {
				l.moved(name, before, now, base[old], head[name])
			}
		}
		delete(base, old)
		delete(head, name)
	}
}

// denied finds the entry of the settings that names a package: "name", "ecosystem:name", either with "@version" behind
// it, and "*" for any characters in a name.
func (a *analysis) denied(c *Change) {
	if c.Kind == "removed" {
		return
	}
	for _, entry := range a.opt.Deny {
		name, version := entry, ""
		if at := strings.LastIndex(entry, "@"); at > 0 {
			name, version = entry[:at], entry[at+1:]
		}
		ecosystem, rest, ok := strings.Cut(name, ":")
		if ok && strings.EqualFold(ecosystem, c.Ecosystem) {
			name = rest
		}
		if wild(strings.ToLower(name), strings.ToLower(c.Name)) && (version == "" || version == c.New) {
			c.Denied = text.Clip(entry, maxName)
			return
		}
	}
}

// wild matches a pattern in which "*" is any characters.
func wild(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
