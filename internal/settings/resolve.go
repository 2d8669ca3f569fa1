package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Source says where the settings in force come from.
type Source string

// The sources.
const (
	// FromFile: the settings file at the controls' revision.
	FromFile Source = "file"
	// Absent: there is no settings file; Default holds.
	Absent Source = "absent"
	// LastGood: the file is invalid; the newest valid version on the branch's first-parent history holds.
	LastGood Source = "last_good"
	// None: no settings can be established. The check fails with Reason.
	None Source = "none"
)

// Resolution is which settings are in force, and why.
type Resolution struct {
	// Settings are in force. With None they are Default: the check fails for Reason alone, and the rest of the report
	// is shown as warnings, since nobody knows what else the repository wanted to block.
	Settings Settings
	Source   Source
	// InForce is the blob id of the file that Settings were read from; empty for Absent and None.
	InForce string
	// Errors are those of the newest file, sorted by place; empty unless it is invalid.
	Errors []document.Problem
	// Reason says, for LastGood and None, why the newest file is not in force, as one sentence.
	Reason string
	// Lines are where the file in force sets modes, as Lines gives them; nil when the newest file is not the one in force.
	Lines map[string]int
	// Raised is what holds because the organisation's floor asks for it, sorted by key.
	Raised []Raised
	// Notes are what people should know of the organisation's settings.
	Notes []string
}

// Decided is false when no settings could be established; then the check must fail with Reason.
func (r Resolution) Decided() bool { return r.Source != None }

// Resolve finds the settings in force. The gaps are the snapshot's: a settings file that should have been read and was
// not is never taken for an absent one, and with such a gap a valid newest file is in force or nothing is: an unread
// version could be newer than the one found. The known rules are those of Parse; a version of the file that names a
// rule which this Lintel does not have is not valid.
func Resolve(controls change.Controls, gaps []change.Gap, known []string) Resolution {
	gap, at := "", Path
	for _, g := range gaps {
		if g.Fact == "settings" {
			gap, at = g.Reason, cmp.Or(g.Path, at)
			break
		}
	}
	l, problems := layersOf(controls, known)
	if len(problems) > 0 {
		return undecided(problems, fmt.Sprintf("the organisation's file %s is not valid (%s)", problems[0].File,
			text.Count(len(problems), "error")))
	}
	r := l.resolve(controls, gap, at)
	if controls.Organisation != nil {
		r.Notes = slices.Concat(controls.Organisation.Notes, l.notes)
	}
	if r.Decided() {
		r.Settings, r.Raised = l.raise(r.Settings)
		sorting.By(r.Raised, func(a, b Raised) int { return strings.Compare(a.Key, b.Key) })
	}
	r.Settings.Demoted = r.Settings.demoted(controls.Noisy)
	return r
}

// resolve finds the repository's settings in force, before any floor. gap says what keeps the file at a place from being read.
func (l layers) resolve(controls change.Controls, gap, at string) Resolution {
	file, present := controls.Files[Path]
	name := cmp.Or(file.Path, Path)
	switch {
	case !present && gap != "":
		return undecided(nil, at+" could not be read: "+gap)
	case !present:
		s, problems := l.absent()
		if len(problems) > 0 {
			return undecided(problems, "the organisation's defaults are not valid together")
		}
		return Resolution{Settings: s, Source: Absent}
	case unread(file):
		if gap == "" {
			gap = "its content is missing"
		}
		return undecided(nil, name+" could not be read: "+gap)
	}
	s, _, problems := l.parse(file)
	if len(problems) == 0 {
		return Resolution{Settings: s, Source: FromFile, InForce: file.Blob, Lines: Lines(file.Content)}
	}
	invalid := fmt.Sprintf("%s is not valid (%s)", name, text.Count(len(problems), "error"))
	for _, old := range controls.SettingsHistory {
		if unread(old) && gap == "" {
			gap = "the content of an older version is missing"
		}
		if gap != "" {
			break
		}
		if old.Blob == file.Blob && old.Blob != "" {
			continue
		}
		if s, _, bad := l.parse(old); len(bad) == 0 {
			return Resolution{Settings: s, Source: LastGood, InForce: old.Blob, Errors: problems,
				Reason: fmt.Sprintf("%s; the last valid version (%s) stays in force", invalid, change.Short(old.Blob))}
		}
	}
	switch {
	case gap != "":
		return undecided(problems, invalid+", and its history could not be read: "+gap)
	case controls.HistoryCut:
		return undecided(problems,
			invalid+", and no valid version was found as far back as the history is read; correct the file on the base branch")
	}
	return undecided(problems, invalid+", and there has never been a valid version; correct the file on the base branch")
}

func undecided(problems []document.Problem, reason string) Resolution {
	return Resolution{Settings: Default(), Source: None, Errors: problems, Reason: reason}
}

// Proposal is the settings file that a change would bring.
type Proposal struct {
	// Touched is false when the change leaves the file alone; Removed is true when it deletes it, and then Settings are Default.
	Touched, Removed bool
	// Settings are those of the proposed file. They are meaningful only when there are no Errors.
	Settings Settings
	// Errors are those of the proposed file, sorted by place.
	Errors []document.Problem
}

// Preview reads the settings file at the head of a change, Snapshot.Proposed. It never affects the verdict on that change.
// What is laxer than the organisation's floor is an error: the floor would hold.
func Preview(proposed *change.File, controls change.Controls, known []string) Proposal {
	l, problems := layersOf(controls, known)
	if len(problems) > 0 {
		l = layers{known: known} // the verdict itself says what is wrong with the organisation's file
	}
	switch {
	case proposed == nil:
		return Proposal{}
	case proposed.Blob == "" && proposed.Content == nil:
		s, problems := l.absent()
		if len(problems) == 0 {
			s, _ = l.raise(s)
		}
		return Proposal{Touched: true, Removed: true, Settings: s, Errors: problems}
	case unread(*proposed):
		return Proposal{
			Touched: true,
			Errors:  []document.Problem{{File: Path, Line: 1, Column: 1, Message: "the proposed file could not be read"}},
		}
	}
	s, doc, problems := l.parse(*proposed)
	if len(problems) == 0 {
		problems = l.loosens(doc)
		s, _ = l.raise(s)
	}
	return Proposal{Touched: true, Settings: s, Errors: problems}
}

// unread tells a file whose content is missing from an empty file, and from one that was not read because it is too
// large: that one is simply invalid.
func unread(f change.File) bool { return f.Content == nil && f.Size > 0 && f.Size <= MaxBytes }
