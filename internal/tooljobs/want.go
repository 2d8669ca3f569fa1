package tooljobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/toolcall"
)

// Results has what checks came to.
type Results interface {
	HeadRuns(ctx context.Context, key change.Key, head string) ([]checkrun.Answer, error)
}

// Wanter says which checks a look wants, and adds those that were run to its snapshot.
type Wanter struct {
	results Results
	by      checkplan.Permissions
}

// NewWanter makes a Wanter for what the operator allows.
func NewWanter(results Results, by checkplan.Permissions) (*Wanter, error) {
	return &Wanter{results, by}, check("wanter", need{"Results", results != nil})
}

// Add adds the results of the checks on the head to the snapshot, and says which checks are to be run on it; nil where the
// settings name none. A merge group has the results of its change's head. Let says that somebody let checks run on
// this head of a fork, beside those who approved it.
func (w *Wanter) Add(ctx context.Context, r change.Record, snap *change.Snapshot, set settings.Settings, let bool) (
	[]checkrun.Want, error) {
	if len(set.Checks) == 0 || snap.Head.SHA == "" {
		return nil, nil
	}
	key := r.Key
	if snap.Group != nil {
		key = change.Key{Forge: r.Forge, RepoID: r.RepoID, Number: snap.Group.Number}
	}
	ran, err := w.results.HeadRuns(ctx, key, snap.Head.SHA)
	if err != nil {
		return nil, err
	}
	wants := []checkrun.Want{}
	of := about(snap)
	of.Approved = of.Approved || let
	for _, item := range checkplan.Plan(set.Checks, of, w.by) {
		if not := toolcall.NotRun(item); not != nil {
			snap.Reports = append(snap.Reports, *not)
		}
		if item.State == checkplan.Awaiting {
			snap.Unapproved = append(snap.Unapproved, item.Check.Name)
		}
		if item.State != checkplan.Run {
			continue
		}
		want, err := wanted(item, snap)
		if err != nil {
			return nil, err
		}
		want.Again = r.Forced > r.Evaluated
		i := slices.IndexFunc(ran, func(a checkrun.Answer) bool { return a.Check == want.Check && a.Result != nil })
		// A merge has another base in a group than on its change, and nothing runs for a group.
		merged := snap.Group != nil && item.Check.Inputs == settings.InputsMerged
		if i >= 0 && (ran[i].Scope == want.Scope || merged) && !(want.Again && !ran[i].Result.Reusable) {
			result := ran[i].Result.Report
			result.Check, result.Flag, result.Source = want.Check, want.Check, "check "+want.Check
			result.Cached = ran[i].Cached
			snap.Reports = append(snap.Reports, result)
		}
		wants = append(wants, want)
	}
	if snap.Group != nil {
		return nil, nil
	}
	return wants, nil
}

// wanted is a check as the record keeps it.
func wanted(item checkplan.Item, snap *change.Snapshot) (checkrun.Want, error) {
	s := spec{Version: version, Check: item.Check, Image: item.Image, Change: about(snap), Commit: checkrun.Commit{Head: snap.Head.SHA}}
	s.Change.Fork, s.Change.Approved = false, false // it may run
	if item.Check.Inputs == settings.InputsMerged {
		s.Commit.Base, s.Commit.MergeBase = snap.Base.SHA, snap.MergeBase
	}
	body, err := json.Marshal(s)
	if err != nil {
		return checkrun.Want{}, fmt.Errorf("write down check %s: %w", item.Check.Name, err)
	}
	// What is said of the verdict alone runs nothing anew.
	s.Check.Mode, s.Check.Required = "", false
	return checkrun.Want{Check: item.Check.Name, Scope: text.DigestJSON(s), Spec: body}, nil
}

// about is what a plan needs to know of a snapshot, without the lines of its files.
func about(snap *change.Snapshot) checkplan.Change {
	c := checkplan.Change{Fork: snap.Fork, Complete: len(snap.Files) == snap.FilesTotal, Approved: approved(snap)}
	for _, g := range snap.Gaps {
		c.Complete = c.Complete && g.Fact != "diff.files"
	}
	for _, f := range snap.Files {
		c.Files = append(c.Files, diff.File{Path: f.Path, OldPath: f.OldPath, Status: f.Status, Mode: f.Mode, Blob: f.Blob})
	}
	return c
}

// approved reports whether somebody who may push approved this very head, and has not said otherwise since.
func approved(snap *change.Snapshot) bool {
	by := map[string]bool{}
	for _, r := range snap.Reviews {
		if r.CanWrite == nil || !*r.CanWrite {
			continue
		}
		switch r.State {
		case change.Approved:
			by[r.Author.Login] = r.Commit == snap.Head.SHA
		case change.ChangesRequested, change.Dismissed:
			delete(by, r.Author.Login)
		case change.Commented:
		}
	}
	for _, yes := range by {
		if yes {
			return true
		}
	}
	return false
}
