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
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/toolcall"
)

// Results has what checks came to.
type Results interface {
	HeadRuns(ctx context.Context, key change.Key, head string) ([]checkrun.Answer, error)
	// Reusable gives the newest results that may be taken, with their ids, by their keys.
	Reusable(ctx context.Context, keys []string) (map[string]checkrun.Result, error)
}

// WanterOptions are what a Wanter needs: Results, and the others where a result that is known is to be judged by at once.
type WanterOptions struct {
	Results Results
	// By is what the operator allows.
	By checkplan.Permissions
	// Keys has what a Preparer wrote down.
	Keys FileStore
	// Digest is as in PrepareOptions.
	Digest func(ctx context.Context, tool, image string) (string, error)
	// Observe is called for each result that was known.
	Observe func(context.Context, Ended)
}

// Wanter says which checks a look wants, and adds those that were run to its snapshot.
type Wanter struct{ o WanterOptions }

// NewWanter makes a Wanter.
func NewWanter(o WanterOptions) (*Wanter, error) {
	return &Wanter{o}, check("wanter", need{"Results", o.Results != nil})
}

// request is a check that a look wants, with its report where there is one.
type request struct {
	want checkrun.Want
	item checkplan.Item
	spec spec
	// open is true while nothing runs for it and nothing ran.
	open   bool
	report *report.Report
}

// Add adds the results of the checks on the head to the snapshot, and says which checks are to be run on it; nil where the
// settings name none. A result that another change has brought is taken at once, where the change tells its key. A merge
// group has the results of its change's head. Let says that somebody let checks run on this head of a fork, beside those
// who approved it.
func (w *Wanter) Add(ctx context.Context, r change.Record, snap *change.Snapshot, set settings.Settings, let bool) (
	[]checkrun.Want, error) {
	if len(set.Checks) == 0 || snap.Head.SHA == "" {
		return nil, nil
	}
	key := r.Key
	if snap.Group != nil {
		key = change.Key{Forge: r.Forge, RepoID: r.RepoID, Number: snap.Group.Number}
	}
	ran, err := w.o.Results.HeadRuns(ctx, key, snap.Head.SHA)
	if err != nil {
		return nil, err
	}
	var all []*request
	of := about(snap)
	of.Approved = of.Approved || let
	for _, item := range checkplan.Plan(set.Checks, of, w.o.By) {
		x := &request{item: item, report: toolcall.NotRun(item)}
		all = append(all, x)
		if item.State == checkplan.Awaiting {
			snap.Unapproved = append(snap.Unapproved, item.Check.Name)
		}
		if item.State != checkplan.Run {
			continue
		}
		if x.want, x.spec, err = wanted(item, snap); err != nil {
			return nil, err
		}
		x.want.Again = r.Forced > r.Evaluated
		x.take(ran, snap.Group != nil)
	}
	if snap.Group == nil {
		if err := w.known(ctx, r, all); err != nil {
			return nil, err
		}
	}
	wants := []checkrun.Want{}
	for _, x := range all {
		if x.report != nil {
			snap.Reports = append(snap.Reports, *x.report)
		}
		if x.item.State == checkplan.Run {
			wants = append(wants, x.want)
		}
	}
	if snap.Group != nil {
		return nil, nil
	}
	return wants, nil
}

// take takes what a check came to on the head.
func (x *request) take(ran []checkrun.Answer, group bool) {
	// A merge has another base in a group than on its change, and nothing runs for a group.
	merged := group && x.item.Check.Inputs == settings.InputsMerged
	i := slices.IndexFunc(
		ran,
		func(a checkrun.Answer) bool { return a.Check == x.want.Check && (a.Scope == x.want.Scope || merged) },
	)
	if i < 0 || ran[i].Result != nil && x.want.Again && !ran[i].Result.Reusable {
		x.open = true
		return
	}
	if ran[i].Result != nil {
		x.answer(ran[i].Result.Report, ran[i].Cached)
	}
}

func (x *request) answer(got report.Report, cached bool) {
	got.Check, got.Flag, got.Source = x.want.Check, x.want.Check, "check "+x.want.Check
	got.Cached = cached
	x.report = &got
}

// known takes the results of open checks that are known already. Where the record cannot say, the files are listed.
func (w *Wanter) known(ctx context.Context, r change.Record, all []*request) error {
	if w.o.Keys == nil || w.o.Digest == nil {
		return nil
	}
	keys, aliases := map[*request]string{}, map[*request]string{}
	for _, x := range all {
		if !x.open || x.spec.From.MergeBase == "" {
			continue
		}
		digest, err := w.o.Digest(ctx, x.item.Check.Tool, x.item.Image)
		if err != nil {
			continue // the run says what is wrong with the tool: a verdict does not fail for it
		}
		keys[x], aliases[x] = checkplan.Foretell(x.item, digest, x.spec.From, x.spec.Change)
	}
	if named := present(aliases); len(named) > 0 {
		found, err := w.o.Keys.KeptAll(ctx, keyKind, named)
		if err != nil {
			return err
		}
		for x, alias := range aliases {
			if key, ok := found[alias]; ok {
				keys[x] = string(key)
			}
		}
	}
	asked := present(keys)
	if len(asked) == 0 {
		return nil
	}
	results, err := w.o.Results.Reusable(ctx, asked)
	if err != nil {
		return err
	}
	for x, key := range keys {
		result, ok := results[key]
		if !ok {
			continue
		}
		x.want.Result, x.want.Key = result.ID, key
		x.answer(result.Report, true)
		if w.o.Observe != nil {
			w.o.Observe(ctx, Ended{Run: checkrun.Run{Ref: r.Ref, Head: x.spec.Commit.Head, Check: x.want.Check}, Outcome: "cached"})
		}
	}
	return nil
}

// present are the texts that are not empty, sorted.
func present(of map[*request]string) (out []string) {
	for _, one := range of {
		if one != "" {
			out = append(out, one)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// wanted is a check as the record keeps it.
func wanted(item checkplan.Item, snap *change.Snapshot) (checkrun.Want, spec, error) {
	s := spec{
		Version: version,
		Check:   item.Check,
		Image:   item.Image,
		Change:  about(snap),
		Commit:  checkrun.Commit{Head: snap.Head.SHA},
	}
	s.Change.Fork, s.Change.Approved = false, false // it may run
	if item.Check.Inputs == settings.InputsMerged {
		s.Commit.Base, s.Commit.MergeBase = snap.Base.SHA, snap.MergeBase
	}
	scope := s
	// What is said of the verdict alone runs nothing anew.
	scope.Check.Mode, scope.Check.Required = "", false
	if !snap.FilesUnpinned { // such files may be those of another head
		s.From = checkplan.Origin{MergeBase: snap.MergeBase, Base: s.Commit.Base}
	}
	body, err := json.Marshal(s)
	if err != nil {
		return checkrun.Want{}, s, fmt.Errorf("write down check %s: %w", item.Check.Name, err)
	}
	return checkrun.Want{Check: item.Check.Name, Scope: text.DigestJSON(scope), Spec: body}, s, nil
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
