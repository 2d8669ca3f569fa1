// Package definition says what every figure of changes and deployments means. From it come the page and the
// document of definitions, the SQL views for other programs, and the help of metrics.
//
// Callers may rely on: a name stands for one meaning; when a meaning changes, its version rises and the record derives
// all facts anew.
package definition

import (
	"slices"
	"strings"
)

// Unit is what a figure counts in.
type Unit string

// The units.
const (
	Seconds Unit = "seconds"
	Count   Unit = "count"
	Ratio   Unit = "ratio (0 to 1)"
	PerWeek Unit = "per week"
	Lines   Unit = "lines"
	Money   Unit = "US dollars"
	Change  Unit = "relative change (-0.2 is a fifth less)"
)

// Group is where a figure belongs.
type Group string

// The groups, in the order in which they are shown.
const (
	Flow  Group = "Pull requests"
	Dora  Group = "DORA"
	Bot   Group = "What Lintel does"
	Speed Group = "How quickly Lintel answers"
)

// Groups are all groups in order.
func Groups() []Group { return []Group{Flow, Dora, Bot, Speed} }

// Definition is the meaning of one figure.
type Definition struct {
	// Name is what addresses, exports and metrics call it.
	Name string
	// Title is what people call it.
	Title string
	Group Group
	// Formula says in words how it is computed.
	Formula string
	// SQL is an expression over the view that holds it: v_pr_v1 or v_deploy_v1; empty where SQL alone cannot say it.
	SQL  string
	Unit Unit
	// Excludes says what does not count, and when it is not known.
	Excludes string
	// Source says what it is read from.
	Source string
	// Version rises when the meaning changes.
	Version int
	// Column is the column of flow_fact that has it for each change; empty for a figure over many.
	Column string
}

// Help is one line for the help of a metric.
func (d Definition) Help() string {
	return d.Title + ": " + strings.TrimSuffix(d.Formula, ".") + ". Unit: " + string(d.Unit) + "."
}

// Of finds a definition by its name.
func Of(name string) (Definition, bool) {
	for _, d := range all {
		if d.Name == name {
			return d, true
		}
	}
	return Definition{}, false
}

// All are the definitions in the order in which they are shown.
func All() []Definition {
	var sorted []Definition
	for _, g := range Groups() {
		for _, d := range all {
			if d.Group == g {
				sorted = append(sorted, d)
			}
		}
	}
	return sorted
}

// all are the definitions of every group.
var all = slices.Concat(pulls, deliveries, itself)
