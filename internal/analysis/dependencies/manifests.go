package dependencies

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/text"
)

// byRequirement are the packages of a manifest by name; one that stands in several sections counts as the first that is needed to run.
func byRequirement(set *manifest.Set) map[string]*manifest.Package {
	names := map[string]*manifest.Package{}
	if set == nil {
		return names
	}
	for i := range set.Packages {
		p := &set.Packages[i]
		if there := names[p.Name]; there == nil || there.Scope != "" && p.Scope == "" {
			names[p.Name] = p
		}
	}
	return names
}

// compareManifests adds what a manifest says to what lock files said, and makes changes of what they did not.
func (a *analysis) compareManifests(u *unit) {
	base, head := byRequirement(u.base), byRequirement(u.head)
	locked := a.isLocked(u)
	for _, name := range slices.Sorted(maps.Keys(head)) {
		old, now := base[name], head[name]
		if now.Source == "workspace" ||
			old != nil && old.Requirement == now.Requirement && old.Location == now.Location {
			continue
		}
		fresh := !a.known.before[nameKey{u.format.Ecosystem, name}]
		changes := a.ofLocks(u.format.Ecosystem, name)
		if len(changes) == 0 {
			if old != nil && locked {
				continue // the lock file has the version that it had
			}
			changes = []*Change{a.ofManifest(u, old, now)}
		}
		for _, c := range changes {
			c.Direct, c.Requirement = true, text.Clip(now.Requirement, maxName)
			c.NewDirect = c.NewDirect || fresh
			c.Scope = now.Scope
			c.Path, c.Line = text.Clip(u.path, maxText), now.Line
			c.Unpinned = c.Unpinned || !locked && unpinned(u.format, now)
			if c.NewDirect {
				c.Resembles = text.Clip(a.known.resembles(u.format.Ecosystem, name), maxName)
				c.FirstOfPublisher = a.firstOf(u.format.Ecosystem, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(base)) {
		if head[name] != nil || len(a.ofLocks(u.format.Ecosystem, name)) > 0 || locked {
			continue
		}
		old := base[name]
		c := a.row(u.format.Ecosystem, name, firstOf(old.Version, old.Requirement), "")
		c.Kind, c.Direct, c.Scope, c.Path = "removed", true, old.Scope, text.Clip(u.path, maxText)
	}
}

// isLocked reports whether a lock file stands beside a manifest, or a lock file of its ecosystem is part of the change.
func (a *analysis) isLocked(u *unit) bool {
	for _, other := range a.units {
		if other.head != nil && other.format.Role == manifest.Lock && other.format.Ecosystem == u.format.Ecosystem &&
			(other.changed || path.Dir(other.path) == path.Dir(u.path)) {
			return true
		}
	}
	return false
}

// ofLocks are the changes of a package that lock files said, but its removal.
func (a *analysis) ofLocks(ecosystem, name string) (changes []*Change) {
	for _, key := range a.named[nameKey{ecosystem, name}] {
		if key.now != "" {
			changes = append(changes, a.rows[key])
		}
	}
	return changes
}

// ofManifest is the change of a package of which no lock file says anything.
func (a *analysis) ofManifest(u *unit, old, now *manifest.Package) *Change {
	before, after := "", firstOf(now.Version, now.Requirement)
	if old != nil {
		before = firstOf(old.Version, old.Requirement)
	}
	if before == after {
		after = now.Requirement
	}
	c := a.row(u.format.Ecosystem, now.Name, before, after)
	if now.Version == "" || now.Version != after {
		a.ranged[rowKey{u.format.Ecosystem, now.Name, before, after}] = true
	}
	switch order, level, ok := compared(u.format.Ecosystem, lowest(before), lowest(after)); {
	case old == nil:
		c.Kind = "added"
	case !ok || order == 0:
		c.Kind = "changed"
	case order > 0:
		c.Kind, c.Level = "downgraded", level
	default:
		c.Kind, c.Level = "bumped", level
	}
	wasAway := old != nil && old.Source == now.Source
	a.origin(c, now, wasAway)
	a.denied(c)
	return c
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// lowest is the first version in a requirement, by which two of them compare.
func lowest(requirement string) string {
	v := strings.TrimLeft(requirement, "^~>=v< [(")
	if end := strings.IndexAny(v, " ,|<>)]"); end >= 0 {
		v = v[:end]
	}
	return v
}

// unpinned reports whether a requirement has no upper limit, in a file that is what is installed.
func unpinned(f manifest.Format, p *manifest.Package) bool {
	if p.Source != "" || p.Version != "" || p.Scope == "peer" || p.Scope == "build" {
		return false
	}
	req := strings.TrimSpace(p.Requirement)
	switch f.Name {
	case "requirements.txt":
		return !strings.ContainsAny(req, "<~") && !strings.Contains(req, "==")
	case "package.json":
		return req == "" || req == "*" || req == "x" || req == "latest" ||
			strings.HasPrefix(req, ">") && !strings.Contains(req, "<")
	}
	return false
}

// images finds those that a Dockerfile builds on without a digest, and did not before.
func (a *analysis) images(u *unit) {
	before := map[string]bool{}
	if u.base != nil {
		for _, p := range u.base.Packages {
			before[p.Requirement] = true
		}
	}
	if u.head == nil {
		return
	}
	for _, p := range u.head.Packages {
		if len(p.Sums) == 0 && !before[p.Requirement] {
			image := Image{
				text.Clip(p.Name, maxName),
				text.Clip(p.Version, maxName),
				text.Clip(u.path, maxText),
				p.Line,
			}
			a.facts.Images = append(a.facts.Images, image)
		}
		before[p.Requirement] = true
	}
}

// matchLocks finds requirements that the lock file of the same folder does not hold, where the change made them so.
func (a *analysis) matchLocks(u *unit) {
	if u.format.Role == manifest.Lock || u.format.Role == manifest.Sums || u.head == nil || u.dark {
		return
	}
	for _, name := range manifest.Beside(u.format) {
		l := a.units[path.Join(path.Dir(u.path), name)]
		if l == nil || l.head == nil || l.dark || !u.changed && !l.changed {
			continue
		}
		if u.head.Member {
			continue // Cargo reads the lock file of the workspace, and this one is a leftover
		}
		a.match(u, l)
	}
}

// fits reports whether one of the locked versions is what a manifest asks for.
func fits(ecosystem string, p manifest.Package, locked []string) bool {
	exact := p.Version == "" || slices.ContainsFunc(locked, func(v string) bool {
		build, longer := strings.CutPrefix(v, p.Version)
		// What stands behind a plus tells builds of one version apart, and no requirement names it.
		return longer && (build == "" || build[0] == '+')
	})
	return exact && holds(ecosystem, p.Requirement, locked)
}

func (a *analysis) match(u, l *unit) {
	before, held := byRequirement(u.base), byName(l.head)
	heldBefore := byName(l.base)
	own := map[string]bool{}
	for _, p := range l.head.Packages {
		own[p.Name] = own[p.Name] || p.Source == "workspace"
		for _, name := range p.Replaces {
			own[name] = true
		}
	}
	for _, p := range u.head.Packages {
		inside := p.Source == "workspace" || p.Source == "path" || own[p.Name] && held[p.Name] == nil
		// Such a version is no real one: something takes the module's place in each build, and go.sum does not hold it.
		inside = inside || strings.HasSuffix(p.Version, "-00010101000000-000000000000")
		if inside || p.Maybe || p.Scope == "peer" || p.Scope == "build" {
			continue
		}
		old := before[p.Name]
		asked := old == nil || old.Requirement != p.Requirement
		m := Mismatch{
			Ecosystem: u.format.Ecosystem, Name: text.Clip(p.Name, maxName), Requirement: text.Clip(p.Requirement, maxName),
			Path: text.Clip(u.path, maxText), Line: p.Line, Lock: text.Clip(l.path, maxText),
		}
		now := slices.Sorted(maps.Keys(held[p.Name]))
		switch {
		case u.format.Role == manifest.Both:
			if p.Source != "" || !asked || held[p.Name][p.Version] != nil {
				continue
			}
		case len(now) == 0:
			if !asked && heldBefore[p.Name] == nil {
				continue // it was so before
			}
		case !asked, p.Source != "", fits(u.format.Ecosystem, p, now):
			continue
		default:
			m.Locked = text.Clip(strings.Join(now[:min(len(now), 3)], ", "), maxName)
		}
		a.facts.Mismatches = append(a.facts.Mismatches, m)
	}
}
