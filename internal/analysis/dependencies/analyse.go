package dependencies

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// analysis is one run.
type analysis struct {
	snapshot *change.Snapshot
	opt      settings.Dependencies
	exclude  *language.Ignore
	units    map[string]*unit
	known    known
	facts    Facts
	rows     map[rowKey]*Change
	order    []rowKey
	// named are the rows of each package, in order.
	named map[nameKey][]rowKey
	// ranged are the rows whose version is a requirement that allows several.
	ranged map[rowKey]bool
}

// rowKey is what makes two changes one.
type rowKey struct{ ecosystem, name, old, now string }

// Analyse concludes what the change does to the project's packages.
func Analyse(s *change.Snapshot, opt settings.Dependencies) Facts {
	a := &analysis{snapshot: s, opt: opt, rows: map[rowKey]*Change{}, ranged: map[rowKey]bool{}, named: map[nameKey][]rowKey{}}
	a.exclude, _ = language.ParseIgnore(opt.Exclude)
	a.readAll()
	a.learn()
	// What lock files hold comes first: a manifest says less of the same packages.
	for _, file := range a.paths() {
		u := a.units[file]
		if u.changed && !u.dark && u.format.Role != manifest.Manifest {
			a.compareLocks(u)
			a.beside(u)
		}
	}
	for _, file := range a.paths() {
		u := a.units[file]
		switch {
		case !u.changed || u.dark || u.format.Role != manifest.Manifest:
		case u.format.Ecosystem == actions:
			a.uses(u)
		case u.format.Ecosystem == "Docker":
			a.images(u)
			a.uses(u)
		default:
			a.compareManifests(u)
		}
	}
	for _, file := range a.paths() {
		a.matchLocks(a.units[file])
	}
	a.lookUp()
	return a.finish()
}

// row gives the change of a package, which is made where there is none yet.
func (a *analysis) row(ecosystem, name, old, now string) *Change {
	key := rowKey{ecosystem, name, old, now}
	if c := a.rows[key]; c != nil {
		c.Files++
		return c
	}
	c := &Change{
		Ecosystem: ecosystem, Name: text.Clip(name, maxName), Old: text.Clip(old, maxName), New: text.Clip(now, maxName),
		Files: 1, By: []string{}, Held: a.known.held[nameKey{ecosystem, name}],
	}
	a.rows[key] = c
	a.order = append(a.order, key)
	a.named[nameKey{ecosystem, name}] = append(a.named[nameKey{ecosystem, name}], key)
	return c
}

func (a *analysis) finish() Facts {
	f := &a.facts
	f.Complete = len(f.Unread) == 0
	f.Changes = []Change{}
	totals := map[string]*Total{}
	for _, key := range a.order {
		c := a.rows[key]
		count(totals, c.Ecosystem, c.Kind)
		f.Changes = append(f.Changes, *c)
	}
	sorting.By(f.Changes, func(x, y Change) int {
		return cmp.Or(y.weight()-x.weight(), strings.Compare(x.Ecosystem, y.Ecosystem), strings.Compare(x.Name, y.Name),
			strings.Compare(x.Old, y.Old), strings.Compare(x.New, y.New))
	})
	f.Changes, f.ChangesMore = cut(f.Changes, maxChanges)
	a.announce(f.Changes)
	a.finishUses(totals)
	f.Totals = []Total{}
	for _, t := range totals {
		f.Totals = append(f.Totals, *t)
	}
	sorting.By(f.Totals, func(x, y Total) int { return strings.Compare(x.Ecosystem, y.Ecosystem) })
	sorting.By(f.Mismatches, func(x, y Mismatch) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Name, y.Name), strings.Compare(x.Lock, y.Lock))
	})
	sorting.By(f.Unread, func(x, y Unread) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Side, y.Side), strings.Compare(x.Reason, y.Reason))
	})
	sorting.By(f.Read, func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	sorting.By(f.Submodules, func(x, y Submodule) int { return strings.Compare(x.Path, y.Path) })
	sorting.By(f.Images, func(x, y Image) int { return cmp.Or(strings.Compare(x.Path, y.Path), x.Line-y.Line) })
	f.Mismatches, f.MismatchesMore = cut(f.Mismatches, maxList)
	f.Images, f.ImagesMore = cut(f.Images, maxList)
	f.Submodules, f.SubmodulesMore = cut(f.Submodules, maxList)
	f.Read, f.ReadMore = cut(f.Read, maxList)
	f.Unread, f.UnreadMore = cut(f.Unread, maxList)
	return *f
}

// cut keeps the first entries of a list, which is never nil, and counts the rest.
func cut[T any](list []T, most int) (kept []T, more int) {
	if list == nil {
		list = []T{}
	}
	n := min(len(list), most)
	return slices.Clip(list[:n]), len(list) - n
}

func count(totals map[string]*Total, ecosystem, kind string) {
	t := totals[ecosystem]
	if t == nil {
		t = &Total{Ecosystem: ecosystem}
		totals[ecosystem] = t
	}
	switch kind {
	case "added":
		t.Added++
	case "removed":
		t.Removed++
	case "bumped":
		t.Bumped++
	case "downgraded":
		t.Downgraded++
	default:
		t.Other++
	}
}

// weight puts changes with something to say before others, and what the project asks for before the rest.
func (c Change) weight() int {
	n := 0
	for _, x := range []struct {
		yes bool
		by  int
	}{
		{c.Denied != "", 512},
		{c.Sums != "", 256},
		{c.NewSource || c.NewHost, 128},
		{c.Resembles != "", 64},
		{c.NewScript, 32},
		{c.LicenceRefused, 16},
		{c.NewDirect, 8},
		{c.Direct, 4},
		{c.Kind == "downgraded", 2},
	} {
		if x.yes {
			n += x.by
		}
	}
	return n
}
