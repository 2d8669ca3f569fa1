package dependencies

import (
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/licence"
	"github.com/lintel-review/lintel/internal/text"
)

// nameKey is a name within an ecosystem.
type nameKey struct{ ecosystem, name string }

// known is what the base had.
type known struct {
	hosts   map[nameKey]bool
	sources map[nameKey]bool // by name and source
	// before are the names that manifests asked for at the base, wanted those at the head.
	before map[nameKey]bool
	wanted map[nameKey]bool
	names  map[string][]string // all names by ecosystem
	// versions are by name and version; held are the names, of lock files too.
	versions map[nameKey]bool
	held     map[nameKey]bool
	// publishers are those of the names, as far as a name says its publisher.
	publishers map[nameKey]bool
	// signed are the ecosystems of which a manifest says the project's own publisher by its name.
	signed map[string]bool
}

// learn gathers what the base had, and what the manifests ask for now.
func (a *analysis) learn() {
	a.known = known{
		map[nameKey]bool{}, map[nameKey]bool{}, map[nameKey]bool{}, map[nameKey]bool{}, map[string][]string{}, map[nameKey]bool{},
		map[nameKey]bool{}, map[nameKey]bool{}, map[string]bool{},
	}
	k := &a.known
	downloaded := map[string]bool{} // ecosystems of which the base names a host
	for _, file := range a.paths() {
		u := a.units[file]
		ecosystem := u.format.Ecosystem
		if u.base != nil {
			if owner, _ := publisher(ecosystem, u.base.Own); owner != "" {
				k.publishers[nameKey{ecosystem, owner}], k.signed[ecosystem] = true, true
			}
			for _, p := range u.base.Packages {
				key := nameKey{ecosystem, p.Name}
				k.hosts[nameKey{ecosystem, p.Host}] = true
				downloaded[ecosystem] = downloaded[ecosystem] || p.Source == "" && p.Host != ""
				k.sources[nameKey{ecosystem, p.Name + " " + p.Source}] = true
				if p.Version != "" {
					k.versions[nameKey{ecosystem, p.Name + "\x00" + p.Version}] = true
				}
				if p.Direct && u.format.Role == manifest.Manifest {
					k.before[key] = true
				}
				if !k.held[key] {
					k.held[key] = true
					k.names[ecosystem] = append(k.names[ecosystem], p.Name)
					owner, _ := publisher(ecosystem, p.Name)
					k.publishers[nameKey{ecosystem, owner}] = true
				}
			}
		}
		if u.head != nil && u.format.Role == manifest.Manifest {
			for _, p := range u.head.Packages {
				k.wanted[nameKey{ecosystem, p.Name}] = true
			}
		}
	}
	for _, file := range a.paths() {
		u := a.units[file]
		if u.head != nil && (u.base == nil || !downloaded[u.format.Ecosystem]) {
			k.hosts[nameKey{u.format.Ecosystem, usualHost(u.head)}] = true
		}
	}
	for _, host := range a.opt.Hosts {
		k.hosts[nameKey{"", strings.ToLower(host)}] = true
	}
}

// usualHost is where most packages of a file come from: the registry that its writers use. It is empty where most
// packages name no host, so that the few that do stand out. Of two that are as frequent the first by name counts.
func usualHost(set *manifest.Set) string {
	count := map[string]int{}
	for _, p := range set.Packages {
		if p.Source == "" {
			count[p.Host]++
		}
	}
	usual, named := "", ""
	for _, host := range slices.Sorted(maps.Keys(count)) {
		if count[host] > count[usual] {
			usual = host
		}
		if host != "" && count[host] > count[named] {
			named = host
		}
	}
	// Some versions of npm leave out the addresses of most packages.
	if usual == "" && named != "" && count[named] >= minUsual && count[named]*10 >= len(set.Packages) {
		return named
	}
	return usual
}

// minUsual is how many packages of a new lock file come from a host at least that is its usual one though most name none.
const minUsual = 10

// allows reports whether a host is one that nobody has to look at: the base downloads from it, the settings name it, or
// it is the usual one of a file that has nothing to be compared with. But for npm's own word for "the
// usual one", no list of registries is kept here: it would grow old, and would let a team's mirror be passed by.
func (k known) allows(ecosystem, host string) bool {
	return k.hosts[nameKey{ecosystem, host}] || k.hosts[nameKey{"", host}]
}

// maxLicence is the longest expression that is read; its alternatives are compared one by one.
const maxLicence = 300

// licence holds what a lock file states to the settings.
func (a *analysis) licence(c *Change, expression string) {
	allow, deny := a.opt.Licences.Allow, a.opt.Licences.Deny
	if c.Licence = text.Clip(expression, maxName); expression == "" || len(allow)+len(deny) == 0 {
		return
	}
	if len(expression) > maxLicence || strings.Count(expression, "OR")+strings.Count(expression, "AND") > 12 {
		c.LicenceUnknown = true
		return
	}
	stated, err := licence.Stated(expression)
	if err != nil || len(stated) == 0 {
		c.LicenceUnknown = true
		return
	}
	if len(allow) == 0 {
		allow = slices.DeleteFunc(stated, func(id string) bool { return slices.Contains(deny, id) })
	} else {
		allow = slices.DeleteFunc(slices.Clone(allow), func(id string) bool { return slices.Contains(deny, id) })
	}
	if len(allow) == 0 {
		c.LicenceRefused = true
		return
	}
	ok, err := licence.Satisfies(expression, allow)
	c.LicenceRefused, c.LicenceUnknown = err == nil && !ok, err != nil
}

// minResembling is the shortest name that is compared: short ones are close to each other by chance.
const minResembling = 5

// resembles finds a package of the base whose name is almost that of a new one, or the same under another scope.
func (k known) resembles(ecosystem, name string) string {
	for _, other := range k.names[ecosystem] {
		if other != name && !bothKnown(ecosystem, name, other) && (alike(ecosystem, name, other) || k.moved(ecosystem, name, other)) {
			return other
		}
	}
	return ""
}

// neighbours are well-known packages whose names are almost those of other well-known ones. Whoever means one of them writes
// it, and nobody else can take it.
var neighbours = map[string][]string{
	"npm": {
		"color", "colors", "cookie", "cookies", "eslint", "preact", "query-string", "querystring", "react", "tslint",
	},
}

func bothKnown(ecosystem, a, b string) bool {
	return slices.Contains(neighbours[ecosystem], a) && slices.Contains(neighbours[ecosystem], b)
}

// moved holds for a package of npm with the name of another and a scope that nothing at the base had, or without the scope
// of the other. Two scopes often have a "core", so of these the other must be gone: the one came in its place.
func (k known) moved(ecosystem, name, other string) bool {
	if ecosystem != "npm" {
		return false
	}
	scope, rest := publisher(ecosystem, name)
	was, same := publisher(ecosystem, other)
	switch {
	case rest != same || len(rest) < minResembling || scope == "@types" || was == "@types":
		return false
	case scope != "" && k.publishers[nameKey{ecosystem, scope}]:
		return false
	case scope == "" || was == "":
		return scope != was
	}
	key := nameKey{ecosystem, other}
	return k.before[key] && !k.wanted[key]
}

// firstOf reports whether a package is the first of its publisher, as far as names say that: a scope, a vendor, a group, an
// owner. Where nothing was there before all are, which says nothing; nor does it where nobody knows whose the project is.
func (a *analysis) firstOf(ecosystem, name string) bool {
	k := a.known
	if a.snapshot.Repository.Owner == "" && !k.signed[ecosystem] {
		return false
	}
	owner, _ := publisher(ecosystem, name)
	return owner != "" && owner != "@types" && len(k.names[ecosystem]) > 0 && !k.publishers[nameKey{ecosystem, owner}]
}

// alike reports whether two names differ by one edit, or only in what joins their words. Names of one publisher (a
// scope of npm, a group of Maven, an owner of Go modules) are never alike: nobody else can take them.
func alike(ecosystem, a, b string) bool {
	if ecosystem == "PyPI" || ecosystem == "crates.io" || ecosystem == "npm" {
		if a != b && joined(a) == joined(b) && len(a) >= minResembling {
			return true
		}
	}
	ownerA, nameA := publisher(ecosystem, a)
	ownerB, nameB := publisher(ecosystem, b)
	switch {
	case ownerA == ownerB && ownerA != "":
		return false
	case ownerA != ownerB:
		return nameA == nameB && len(ownerA) >= minResembling && text.OneSlip(ownerA, ownerB)
	}
	return len(nameA) >= minResembling && len(nameB) >= minResembling && text.OneSlip(nameA, nameB) &&
		!numbered(nameA, nameB) &&
		strings.ReplaceAll(nameA, "https", "http") != strings.ReplaceAll(nameB, "https", "http")
}

func joined(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// publisher splits the part of a name that its registry gives to one publisher.
func publisher(ecosystem, name string) (owner, rest string) {
	var at int
	switch ecosystem {
	case "npm":
		if !strings.HasPrefix(name, "@") {
			return "", name
		}
		at = strings.Index(name, "/")
	case "Maven":
		at = strings.Index(name, ":")
	case "Packagist":
		at = strings.Index(name, "/")
	case "Go":
		parts := strings.SplitN(name, "/", 3)
		if len(parts) < 3 {
			return parts[0], name
		}
		return parts[0] + "/" + parts[1], parts[2]
	default:
		return "", name
	}
	if at < 0 {
		return "", name
	}
	return name[:at], name[at+1:]
}

// numbered reports whether two names differ by a digit, as "log4j" and "log4j2" do.
func numbered(a, b string) bool {
	digits := func(s string) int { return strings.Count(strings.Map(onlyDigits, s), "0") }
	return digits(a) != digits(b) || strings.Map(withoutDigits, a) == strings.Map(withoutDigits, b)
}

func onlyDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return '0'
	}
	return -1
}

func withoutDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}
