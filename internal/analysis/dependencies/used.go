package dependencies

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// actions is the ecosystem of what GitHub's workflows and composite actions use, as OSV spells it.
const actions = "GitHub Actions"

// uses compares what a workflow or a Dockerfile names: each name with the versions that it has at the base and at the head.
func (a *analysis) uses(u *unit) {
	a.compareUses(u, u.format.Ecosystem, versionsOf(u.base), versionsOf(u.head))
}

// beside compares what a go.mod or a go.work names beside packages: the version of the language, the tool chain, and the
// folders of a workspace.
func (a *analysis) beside(u *unit) {
	for _, kind := range []string{"Go toolchain", "Go workspace"} {
		a.compareUses(u, kind, usesOf(u.base, kind), usesOf(u.head, kind))
	}
}

// uses are by name and version, with the line where they stand first.
type uses map[string]map[string]int

func (of uses) add(name, version string, line int) {
	if of[name] == nil {
		of[name] = map[string]int{}
	}
	if _, there := of[name][version]; !there {
		of[name][version] = line
	}
}

func usesOf(set *manifest.Set, kind string) uses {
	of := uses{}
	if set == nil {
		return of
	}
	for _, u := range set.Uses {
		if u.Kind == kind {
			of.add(u.Name, u.Version, u.Line)
		}
	}
	return of
}

func (a *analysis) compareUses(u *unit, ecosystem string, before, after uses) {
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		var gone, come []string
		for _, v := range slices.Sorted(maps.Keys(before[name])) {
			if _, stays := after[name][v]; !stays {
				gone = append(gone, v)
			}
		}
		for _, v := range slices.Sorted(maps.Keys(after[name])) {
			if _, was := before[name][v]; !was {
				come = append(come, v)
			}
		}
		for i := range max(len(gone), len(come)) {
			row := Used{Ecosystem: ecosystem, Name: text.Clip(name, maxName), Path: text.Clip(u.path, maxText), Files: 1}
			if i < len(gone) {
				row.Old, row.Line = text.Clip(gone[i], maxName), before[name][gone[i]]
			}
			if i < len(come) {
				row.New, row.Line = text.Clip(come[i], maxName), after[name][come[i]]
			}
			row.Kind = kindOfUse(row, i < len(gone), i < len(come))
			a.facts.Used = append(a.facts.Used, row)
		}
	}
}

// versionsOf are the versions of each name with the line where it stands first.
func versionsOf(set *manifest.Set) uses {
	names := uses{}
	if set == nil {
		return names
	}
	for _, p := range set.Packages {
		version := p.Version
		switch digest := p.Sums["digest"]; {
		case digest != "":
			version = strings.TrimSpace(version + " " + shortened(strings.TrimPrefix(digest, "sha256:")))
		case p.Requirement != "" && set.Format.Ecosystem == actions:
			version = p.Requirement + " " + shortened(version)
		case len(version) == 40:
			version = shortened(version)
		}
		names.add(p.Name, version, p.Line)
	}
	return names
}

// shortened is a commit id or a digest, short enough for a table.
func shortened(id string) string { return id[:min(len(id), 12)] }

// kindOfUse says what happened. Tags are compared by their numbers where what stands behind them is the same, as in
// "1.25-alpine".
func kindOfUse(row Used, was, is bool) string {
	switch {
	case !was:
		return "added"
	case !is:
		return "removed"
	}
	old, oldRest := numbers(row.Old)
	now, nowRest := numbers(row.New)
	if oldRest != nowRest {
		return "changed"
	}
	switch order, _, ok := compared("npm", old, now); {
	case !ok || order == 0:
		return "changed"
	case order > 0:
		return "downgraded"
	}
	return "bumped"
}

// numbers are the numbers that a tag begins with, as a version of three, and the text behind them.
func numbers(version string) (of, rest string) {
	version, _, _ = strings.Cut(version, " ")
	version = strings.TrimPrefix(version, "v")
	end := strings.IndexFunc(version, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(version)
	}
	of = strings.TrimRight(version[:end], ".")
	for of != "" && strings.Count(of, ".") < 2 {
		of += ".0"
	}
	return of, version[end:]
}

// finishUses adds the submodules, makes one row of what happened in several files, and counts.
func (a *analysis) finishUses(totals map[string]*Total) {
	f := &a.facts
	for _, s := range f.Submodules {
		row := Used{Ecosystem: "submodule", Name: s.Path, Old: shortened(s.Old), New: shortened(s.New), Path: s.Path, Files: 1}
		row.Kind = "changed"
		switch {
		case s.Old == "" && s.New != "":
			row.Kind = "added"
		case s.Old != "" && s.New == "":
			row.Kind = "removed"
		}
		f.Used = append(f.Used, row)
	}
	sorting.By(f.Used, func(x, y Used) int {
		return cmp.Or(strings.Compare(x.Ecosystem, y.Ecosystem), strings.Compare(x.Name, y.Name), strings.Compare(x.Old, y.Old),
			strings.Compare(x.New, y.New), strings.Compare(x.Path, y.Path))
	})
	var rows []Used
	for _, row := range f.Used {
		if n := len(rows) - 1; n >= 0 && rows[n].Ecosystem == row.Ecosystem && rows[n].Name == row.Name && rows[n].Old == row.Old &&
			rows[n].New == row.New {
			rows[n].Files++
			continue
		}
		rows = append(rows, row)
		count(totals, row.Ecosystem, row.Kind)
	}
	f.Used, f.UsedMore = cut(rows, maxList)
}
