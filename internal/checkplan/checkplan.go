// Package checkplan says which checks of the settings a change wants, which of them may run here, and on what. It is the
// word between those who judge a change and those who run tools on it.
//
// Callers may rely on: a plan depends on nothing but its inputs, and has every check of the settings that is not off, in
// their order; a check that may not run says why; equal keys mean equal results, so a result may be taken for another
// change's. What a change brings never chooses what runs: checks are those of the base.
package checkplan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/settings"
)

// State says what is to become of a check.
type State string

// The states.
const (
	Run       State = "run"       // it may run
	Skipped   State = "skipped"   // the change has no file that it is for
	Unallowed State = "unallowed" // the operator does not allow it
	Awaiting  State = "awaiting"  // somebody with write access has to approve it first
	Unable    State = "unable"    // what it needs is not known
)

// Change is what a plan needs to know of a change.
type Change struct {
	Files []diff.File
	// Complete is false when Files may lack some.
	Complete bool
	// Fork is true when the head is of another repository, so that strangers may have written it.
	Fork bool
	// Approved is true when somebody with write access approved to run checks on this very head.
	Approved bool
}

// Item is one check and what is to become of it.
type Item struct {
	Check settings.Check
	State State
	// Why is a sentence for people; empty for Run.
	Why string
	// Image is where the program is found; empty are the programs of the machine.
	Image string
	// Files are the paths of the changed files that it is given or that made it run, sorted; empty unless State is Run.
	Files []string
	// Tool is how the program is called and read.
	Tool catalogue.Tool

	match *language.Ignore
	reads *language.Ignore
}

// Plan says what is to become of each check, in the order of the settings.
func Plan(checks []settings.Check, c Change, by Permissions) []Item {
	out := make([]Item, 0, len(checks))
	for _, check := range checks {
		if check.Mode != finding.Off {
			out = append(out, plan(check, c, by))
		}
	}
	return out
}

func plan(check settings.Check, c Change, by Permissions) Item {
	item := Item{Check: check}
	tool, known := catalogue.Find(check.Tool)
	if item.Tool = tool; !known {
		item.Tool = catalogue.Program(check.Name, check.Run, check.Inputs == settings.InputsChanged, check.Report.Format,
			catalogue.Place(check.Report.Path))
	}
	item.match, _ = language.ParseIgnore(check.Paths) // the settings were checked
	item.reads, _ = language.ParseIgnore(item.Tool.Settings)
	var touched bool
	item.Files, touched = item.changed(c)
	switch {
	case item.Exhausted():
		item.State, item.Why = Unable, "Its patterns are too many to be held against all changed files."
		return item.without()
	case !touched:
		item.State, item.Why = Skipped, fmt.Sprintf("It is for %s, and the change has none.", strings.Join(check.Paths, ", "))
		return item.without()
	case !c.Complete && check.Inputs == settings.InputsChanged:
		item.State, item.Why = Unable, "The list of changed files is not complete, so it cannot be given all of them."
		return item.without()
	}
	item.Image, item.Why = by.allows(check)
	switch {
	case item.Why != "":
		item.State = Unallowed
		return item.without()
	case c.Fork && by.Forks == Never:
		item.State, item.Why = Unallowed, "The change comes from a fork, and this server runs no checks on those."
		return item.without()
	case c.Fork && by.Forks == Approved && !c.Approved:
		item.State, item.Why = Awaiting, "The change comes from a fork. Somebody with write access has to approve that checks run on it."
		return item.without()
	}
	item.State, item.Check = Run, by.within(check)
	return item
}

func (i Item) without() Item {
	i.Files, i.Image = nil, ""
	return i
}

// changed are the files of the head that the check is for, and whether the change touches any, removed ones included.
func (i Item) changed(c Change) (files []string, touched bool) {
	for _, f := range c.Files {
		switch {
		case i.For(f.Path) && f.Status != diff.Removed && (f.Mode == "" || strings.HasPrefix(f.Mode, "100")):
			files = append(files, f.Path)
			touched = true
		case i.Check.Inputs == settings.InputsChanged:
			// a file that is gone, a link and a submodule cannot be given
		case i.For(f.Path), f.OldPath != "" && i.For(f.OldPath):
			touched = true
		}
	}
	slices.Sort(files)
	return slices.Compact(files), touched || !c.Complete
}

// Exhausted reports whether its patterns took more work than they may: from then on they match nothing, so what they
// chose is not all that they are for.
func (i Item) Exhausted() bool { return i.match.Exhausted() || i.reads.Exhausted() }

// For reports whether the check is for the file of this path. Without patterns it is for all.
func (i Item) For(path string) bool {
	return len(i.Check.Paths) == 0 || i.match.Match(path) != ""
}
