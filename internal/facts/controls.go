package facts

import (
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/settings"
)

// Given is the source of settings that were named by whoever runs Lintel ("check --settings"), beside the sources of package settings.
const Given settings.Source = "given"

// Controls says which files rule the change, and what is wrong with them.
type Controls struct {
	Source settings.Source `json:"source" jsonschema:"enum=file,enum=absent,enum=last_good,enum=none,enum=given"`
	// Path is that of the settings file; Ref and SHA are the branch and commit that all controls were read from.
	Path string `json:"path"`
	Ref  string `json:"ref"`
	SHA  string `json:"sha"`
	// InForce is the blob id of the settings file in force; empty when there is none.
	InForce string `json:"in_force"`
	// Reason says why the newest settings are not in force, for last_good and none.
	Reason string `json:"reason"`
	// Substituted says why the controls were not read from the base branch; empty when they were.
	Substituted string `json:"substituted"`
	// Errors are those of the newest settings file, at most 100.
	Errors []SettingsError `json:"errors"`
	// Lines are where the settings file sets the mode of a family or a rule, by its name, counted from 1.
	Lines map[string]int `json:"lines,omitempty"`
	// Experiments are the modes that hold in a part of the repositories or for some days, with what that comes to here and
	// at the moment of the snapshot. What they come to is in the facts, so that the verdict can be derived again.
	Experiments []settings.Experiment `json:"experiments,omitempty"`
	// Noisy are the rules of which so much is unwanted in the repository that they should not block.
	Noisy []Noisy `json:"noisy,omitempty"`
	// Organisation is the organisation's file, where there is one, and what its floor asks for.
	Organisation *Organisation `json:"organisation,omitempty"`
	// ProposedOrganisation is what the change would make of the organisation's file, where it touches that.
	ProposedOrganisation *change.OrganisationPreview `json:"proposed_organisation,omitempty"`
	// Proposed is null unless the change touches the settings file.
	Proposed *Proposed `json:"proposed"`
}

// Noisy is a rule that people do not want: how many of its decided findings were unwanted in 28 days. Demoted is true
// when the settings in force let it warn and no longer block because of that.
type Noisy struct {
	Rule     string `json:"rule"`
	Decided  int64  `json:"decided"`
	Unwanted int64  `json:"unwanted"`
	Demoted  bool   `json:"demoted"`
}

// noisyOf are the noisy rules that the settings want to hear of.
func noisyOf(s *change.Snapshot, set settings.Settings) (all []Noisy) {
	for _, n := range s.Controls.Noisy {
		if set.Proposes(n.Rule) {
			all = append(all, Noisy{n.Rule, n.Decided, n.Unwanted, slices.Contains(set.Demoted, n.Rule)})
		}
	}
	return all
}

// Organisation is the organisation's file that holds for the repository.
type Organisation struct {
	File string `json:"file"`
	Blob string `json:"blob"`
	// Server and ServerBlob are the file of the server itself, where it holds beside the organisation's own.
	Server     string `json:"server,omitempty"`
	ServerBlob string `json:"server_blob,omitempty"`
	// Notes say why an older version holds, how far a new one has come, and which targets could not be decided.
	Notes []string `json:"notes,omitempty"`
	// Raised are the values that hold because the floor asks for them, by key, at most 100; RaisedMore counts the rest.
	Raised     []Raised `json:"raised"`
	RaisedMore int      `json:"raised_more"`
}

// Raised is one value that a floor holds. Value is JSON; Line counts from 1; File is empty for the organisation's own.
type Raised struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Line  int    `json:"line"`
	File  string `json:"file,omitempty"`
}

// SettingsError is one problem of a settings file. Line and Column count from 1; 0 is the whole file.
type SettingsError struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Proposed is what the change would make of the settings.
type Proposed struct {
	// Removed is true when the change deletes the file.
	Removed bool `json:"removed"`
	// Errors are those of the file at the head, at most 100; with any, the file would not come into force.
	Errors []SettingsError `json:"errors"`
	// Changes are how the verdict on this change itself would differ under the proposed settings, at most 100; ChangesMore counts the rest.
	Changes     []Difference `json:"changes"`
	ChangesMore int          `json:"changes_more"`
	// Moves are the rules that would block under the proposed settings and do not under those in force, at most 100, each
	// with what it would have blocked so far. They are known only where verdicts are stored.
	Moves []Move `json:"moves,omitempty"`
}

// Move is a rule that gains the power to block.
type Move struct {
	Rule    string       `json:"rule"`
	Was     finding.Mode `json:"was" jsonschema:"enum=off,enum=shadow,enum=warn"`
	WouldBe finding.Mode `json:"would_be" jsonschema:"enum=enforce"`
	// Evidence is what the rule made of the last changes of the repository, and Summary says it.
	Evidence rollout.Evidence `json:"evidence"`
	Summary  string           `json:"summary"`
}

// Weight is how much a finding would weigh.
type Weight string

// The weights of a finding: not there, recorded only, shown, shown and in the way.
const (
	WeightNone   Weight = "none"
	WeightShadow Weight = "shadow"
	WeightWarn   Weight = "warn"
	WeightBlock  Weight = "block"
)

// Difference is one finding that the proposed settings would add, take away or weigh otherwise.
type Difference struct {
	Rule    string `json:"rule"`
	Path    string `json:"path"`
	Was     Weight `json:"was" jsonschema:"enum=none,enum=shadow,enum=warn,enum=block"`
	WouldBe Weight `json:"would_be" jsonschema:"enum=none,enum=shadow,enum=warn,enum=block"`
	Message string `json:"message"`
}

// maxProblems bounds the lists about the settings file.
const maxProblems = 100

// Propose gives the facts with what the change would make of the settings: the file's errors, how the verdict would
// differ, and which rules would gain the power to block.
// The given facts are not changed.
func (f Facts) Propose(p settings.Proposal, changes []Difference, moves ...Move) Facts {
	if !p.Touched {
		return f
	}
	out := Proposed{Removed: p.Removed, Errors: errorsOf(p.Errors), Changes: []Difference{}}
	n := min(len(changes), maxProblems)
	out.Changes = append(out.Changes, changes[:n]...)
	out.ChangesMore = len(changes) - n
	out.Moves = moves[:min(len(moves), maxProblems)]
	f.Controls.Proposed = &out
	return f
}

func controlsOf(s *change.Snapshot, r settings.Resolution) Controls {
	organisation := organisationOf(s.Controls.Organisation, r)
	return Controls{
		Organisation: organisation, ProposedOrganisation: s.OrganisationPreview,
		Experiments: r.Settings.Experiments(s.Ref.RepoID, s.TakenAt),
		Noisy:       noisyOf(s, r.Settings),
		Source:      r.Source, Path: settings.PathOf(s), Ref: s.Controls.Ref, SHA: s.Controls.SHA, InForce: r.InForce, Reason: r.Reason,
		Substituted: s.Controls.Substituted, Errors: errorsOf(r.Errors), Lines: r.Lines,
	}
}

// organisationOf is what the files above the repository ask for; nil when there is none and nothing to say.
func organisationOf(o *change.Organisation, r settings.Resolution) *Organisation {
	files := o.Files()
	if len(files) == 0 && len(r.Notes) == 0 {
		return nil
	}
	out := &Organisation{Raised: []Raised{}}
	for _, note := range r.Notes[:min(len(r.Notes), maxProblems)] {
		out.Notes = append(out.Notes, clipped(note))
	}
	if len(files) > 0 {
		last := files[len(files)-1]
		out.File, out.Blob = last.Path, last.Blob
	}
	if len(files) > 1 {
		out.Server, out.ServerBlob = files[0].Path, files[0].Blob
	}
	n := min(len(r.Raised), maxProblems)
	for _, x := range r.Raised[:n] {
		raised := Raised{Key: x.Key, Value: clipped(x.Value), Line: x.Line}
		if x.File != out.File {
			raised.File = x.File
		}
		out.Raised = append(out.Raised, raised)
	}
	out.RaisedMore = len(r.Raised) - n
	return out
}

func errorsOf(problems []document.Problem) []SettingsError {
	out := []SettingsError{}
	for _, p := range problems[:min(len(problems), maxProblems)] {
		out = append(out, SettingsError{Line: p.Line, Column: p.Column, Message: clipped(p.Message)})
	}
	return out
}
