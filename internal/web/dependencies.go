package web

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/family"
)

// readDependencies are the facts about packages: the page shows the table of the check, whole.
type readDependencies struct {
	Changes     []readPackage `json:"changes"`
	ChangesMore int           `json:"changes_more"`
	Totals      []struct {
		Ecosystem  string `json:"ecosystem"`
		Added      int    `json:"added"`
		Removed    int    `json:"removed"`
		Bumped     int    `json:"bumped"`
		Downgraded int    `json:"downgraded"`
		Other      int    `json:"other"`
	} `json:"totals"`
}

type readPackage struct {
	Ecosystem string   `json:"ecosystem"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Old       string   `json:"old"`
	New       string   `json:"new"`
	Direct    bool     `json:"direct"`
	Scope     string   `json:"scope"`
	By        []string `json:"by"`
	Path      string   `json:"path"`
	Line      int      `json:"line"`
	Licence   string   `json:"licence"`
}

// dependenciesView are the packages that come, go or change.
type dependenciesView struct {
	Line     string
	Packages []packageView
	More     int
}

type packageView struct {
	readPackage
	URL, Needed string
}

// dependencies is nil without a package, and when the family's findings are not visible.
func (m material) dependencies(sha string, l links) *dependenciesView {
	d := m.facts.Dependencies
	if len(d.Changes) == 0 || m.decision == nil || !visible(m, family.Dependencies) {
		return nil
	}
	v := &dependenciesView{More: d.ChangesMore}
	var all []string
	for _, t := range d.Totals {
		all = append(all, fmt.Sprintf("%s: %d added, %d removed, %d bumped, %d downgraded, %d otherwise", t.Ecosystem, t.Added, t.Removed,
			t.Bumped, t.Downgraded, t.Other))
	}
	v.Line = strings.Join(all, "; ")
	for _, p := range d.Changes {
		row := packageView{readPackage: p, URL: l.lines(sha, p.Path, p.Line, p.Line), Needed: strings.Join(p.By, ", ")}
		if p.Direct {
			row.Needed = strings.TrimSpace("the project " + p.Scope)
		}
		v.Packages = append(v.Packages, row)
	}
	return v
}
