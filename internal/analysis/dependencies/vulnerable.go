package dependencies

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Vulnerable is a package of which a version that the change brings in has known faults.
type Vulnerable struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	// Version is the one that comes in, or what a manifest asks for where every version is affected.
	Version string `json:"version"`
	// Malicious is true when an advisory says that the package itself is the attack.
	Malicious bool `json:"malicious"`
	// Advisories are at most ten, the worst first; AdvisoriesMore counts the rest.
	Advisories     []Advisory `json:"advisories"`
	AdvisoriesMore int        `json:"advisories_more"`
	// Direct, By, Path and Line are those of the change.
	Direct bool     `json:"direct"`
	By     []string `json:"by"`
	Path   string   `json:"path"`
	Line   int      `json:"line"`
}

// Advisory is one known fault. Records that are aliases of each other are one.
type Advisory struct {
	ID string `json:"id"`
	// Aliases are at most ten other ids of the same fault.
	Aliases   []string `json:"aliases"`
	Malicious bool     `json:"malicious"`
	// Rating is empty when none is stated. Score is the base score of CVSS 3, empty where it is not known.
	Rating  string `json:"rating" jsonschema:"enum=,enum=low,enum=medium,enum=high,enum=critical"`
	Score   string `json:"score"`
	Summary string `json:"summary"`
	// Fixed is the first version behind the one that comes in that is not affected; empty when none is known.
	Fixed string `json:"fixed"`
	// Sources say who reports it: "osv", "github".
	Sources []string `json:"sources"`
}

// Lookup says in what the packages were looked up that the change brings in.
type Lookup struct {
	// Packages counts those to be looked up; of others in no registry nothing can be known.
	Packages int `json:"packages"`
	// Database is what became of the OSV database; none is configured when it is "none".
	Database string `json:"database" jsonschema:"enum=none,enum=read,enum=old,enum=unreadable"`
	// Problem says why it is unreadable. Newest is the day of its newest record; Age is in days, and only of an old one.
	Problem string `json:"problem"`
	Newest  string `json:"newest"`
	Age     int    `json:"age"`
	// Lacking are the ecosystems of these packages that the database was made without.
	Lacking []string `json:"lacking"`
	// Unversioned counts packages that a manifest without lock file asks for by no single version. They were looked up
	// for faults of all versions alone. Uncompared counts those whose version does not compare with an advisory's.
	Unversioned int `json:"unversioned"`
	Uncompared  int `json:"uncompared"`
	// Left counts packages beyond those that are looked up of one change.
	Left int `json:"left"`
	// GitHub is what became of GitHub's dependency review; it is not asked unless the settings say so.
	GitHub string `json:"github" jsonschema:"enum=off,enum=read,enum=unread"`
	// GitHubProblem says why it was not read.
	GitHubProblem string `json:"github_problem"`
}

// Bounds of the lookups and of what is reported of them.
const (
	maxLookups    = 20_000
	maxAdvisories = 10
	maxVulnerable = 50
)

// brought is a package version that the change brings in.
type brought struct {
	*Change
	name    string // as the registry tells packages apart
	version string // empty when it is not known
}

// brings are the packages that come in from a registry, in the order of the database.
func (a *analysis) brings() []brought {
	var list []brought
	for _, key := range a.order {
		c := a.rows[key]
		if key.now == "" || c.Kind == "replaced" || c.Source != "" || c.Ecosystem == "Docker" || a.had(key) {
			continue
		}
		b := brought{Change: c, name: osv.Name(key.ecosystem, key.name), version: key.now}
		if a.ranged[key] {
			b.version = ""
		}
		list = append(list, b)
	}
	sorting.StableBy(list, func(x, y brought) int {
		return cmp.Or(strings.Compare(x.Ecosystem, y.Ecosystem), strings.Compare(x.name, y.name))
	})
	return list
}

// had reports whether the base had this version, so that the change does not bring it in.
func (a *analysis) had(key rowKey) bool {
	return a.known.versions[nameKey{key.ecosystem, key.name + "\x00" + key.now}]
}

// lookUp finds the known faults of what the change brings in.
func (a *analysis) lookUp() {
	l := &a.facts.Lookup
	list := a.brings()
	l.Packages, l.Database, l.GitHub, l.Lacking = len(list), "none", "off", []string{}
	found := map[*Change]*faults{}
	a.askDatabase(list, found)
	a.askGitHub(list, found)
	a.facts.Vulnerable = []Vulnerable{}
	for _, b := range list {
		if f := found[b.Change]; f != nil && len(f.list) > 0 {
			a.facts.Vulnerable = append(a.facts.Vulnerable, f.of(b))
			delete(found, b.Change)
		}
	}
	sorting.StableBy(a.facts.Vulnerable, func(x, y Vulnerable) int {
		return cmp.Or(worth(y.Malicious)-worth(x.Malicious), rank(y.Advisories[0].Rating)-rank(x.Advisories[0].Rating),
			worth(y.Direct)-worth(x.Direct))
	})
	a.facts.Vulnerable, a.facts.VulnerableMore = cut(a.facts.Vulnerable, maxVulnerable)
}

func worth(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func rank(rating string) int {
	return slices.Index([]string{"", "low", "medium", "high", "critical"}, rating)
}

// askDatabase looks packages up in the OSV database.
func (a *analysis) askDatabase(list []brought, found map[*Change]*faults) {
	l, source := &a.facts.Lookup, a.snapshot.Advisories
	if source.Problem != "" {
		l.Database, l.Problem = "unreadable", text.Clip(source.Problem, maxText)
		return
	}
	db := source.Database
	if db == nil {
		return
	}
	l.Database = "read"
	newest := db.About().Newest
	l.Newest = newest.Format("2006-01-02")
	if age := int(a.snapshot.TakenAt.Sub(newest).Hours() / 24); age > a.opt.Advisories.MaxAgeDays {
		l.Database, l.Age = "old", age
	}
	l.Left = max(0, len(list)-maxLookups)
	for _, b := range list[:len(list)-l.Left] {
		if !db.Holds(b.Ecosystem) {
			if !slices.Contains(l.Lacking, b.Ecosystem) {
				l.Lacking = append(l.Lacking, b.Ecosystem)
			}
			continue
		}
		advisories, err := db.Lookup(b.Ecosystem, b.name)
		if err != nil {
			l.Database, l.Problem = "unreadable", text.Clip(err.Error(), maxText)
			return
		}
		if b.version == "" {
			l.Unversioned++
		}
		a.matchAdvisories(b, advisories, found)
	}
}

// matchAdvisories takes the advisories that affect a package.
func (a *analysis) matchAdvisories(b brought, advisories []osv.Advisory, found map[*Change]*faults) {
	uncompared := false
	for _, advisory := range advisories {
		hit, fixed, doubt := affects(b.Ecosystem, b.version, advisory)
		uncompared = uncompared || doubt
		if !hit {
			continue
		}
		take(found, b.Change).add(Advisory{
			ID: advisory.ID, Aliases: advisory.Aliases, Malicious: advisory.Malicious(), Rating: advisory.Rating,
			Score: advisory.Score, Summary: advisory.Summary, Fixed: fixed, Sources: []string{"osv"},
		})
	}
	if uncompared {
		a.facts.Lookup.Uncompared++
	}
}

func take(found map[*Change]*faults, c *Change) *faults {
	if found[c] == nil {
		found[c] = &faults{}
	}
	return found[c]
}

// faults are those of one package, with aliases folded.
type faults struct{ list []Advisory }

// add takes a fault, or what it says beyond an alias of it that was taken before.
func (f *faults) add(x Advisory) {
	for i := range f.list {
		y := &f.list[i]
		if !overlap(*y, x) {
			continue
		}
		merged, other := inOrder(*y, x)
		for _, id := range append([]string{other.ID}, other.Aliases...) {
			if id != merged.ID && !slices.Contains(merged.Aliases, id) {
				merged.Aliases = append(slices.Clip(merged.Aliases), id)
			}
		}
		merged.Malicious = x.Malicious || y.Malicious
		merged.Rating, merged.Score = cmp.Or(merged.Rating, other.Rating), cmp.Or(merged.Score, other.Score)
		merged.Summary, merged.Fixed = cmp.Or(merged.Summary, other.Summary), cmp.Or(merged.Fixed, other.Fixed)
		for _, s := range other.Sources {
			if !slices.Contains(merged.Sources, s) {
				merged.Sources = append(slices.Clip(merged.Sources), s)
			}
		}
		// What it was folded from may now be an alias of others, too.
		f.list = slices.Delete(f.list, i, i+1)
		f.add(merged)
		return
	}
	f.list = append(f.list, x)
}

func overlap(x, y Advisory) bool {
	ids := append([]string{x.ID}, x.Aliases...)
	return slices.Contains(ids, y.ID) || slices.ContainsFunc(y.Aliases, func(id string) bool { return slices.Contains(ids, id) })
}

// inOrder puts the one of two records first that people shall read: one of malicious packages, then GitHub's, then the
// first by id.
func inOrder(x, y Advisory) (first, second Advisory) {
	order := func(a Advisory) int {
		switch {
		case strings.HasPrefix(a.ID, "MAL-"):
			return 0
		case strings.HasPrefix(a.ID, "GHSA-"):
			return 1
		}
		return 2
	}
	if cmp.Or(order(x)-order(y), strings.Compare(x.ID, y.ID)) <= 0 {
		return x, y
	}
	return y, x
}

// of is what the facts say of a package with faults.
func (f *faults) of(b brought) Vulnerable {
	sorting.By(f.list, func(x, y Advisory) int {
		return cmp.Or(worth(y.Malicious)-worth(x.Malicious), rank(y.Rating)-rank(x.Rating), strings.Compare(x.ID, y.ID))
	})
	v := Vulnerable{Ecosystem: b.Ecosystem, Name: b.Name, Version: b.New, Direct: b.Direct, By: b.By, Path: b.Path, Line: b.Line}
	v.Malicious = f.list[0].Malicious
	v.Advisories, v.AdvisoriesMore = cut(f.list, maxAdvisories)
	for i := range v.Advisories {
		x := &v.Advisories[i]
		x.ID, x.Summary, x.Fixed = text.Clip(x.ID, maxName), text.Clip(x.Summary, maxText), text.Clip(x.Fixed, maxName)
		slices.Sort(x.Aliases)
		x.Aliases, _ = cut(x.Aliases, maxAdvisories)
	}
	return v
}
