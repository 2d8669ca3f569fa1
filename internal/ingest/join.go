// Package ingest is the server's side of the reports of CI: who may upload what, and which reports a snapshot gets.
// It knows no forge, database or format; it declares what it needs of them as interfaces.
//
// Callers may rely on: a report is stored only for a commit for which its sender may write; the base of a comparison is a
// report of the merge base or of one of its nearest first-parent ancestors, or there is none; numbers that the change's
// author could have invented are labelled so.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/upload"
)

// record has the reports of CI.
type record interface {
	// HeadReports returns the reports of a change's head, in a fixed order.
	HeadReports(ctx context.Context, h upload.Head) (upload.Set, error)
	// BaseIndex lists the commits of a repository that have base reports, newest first.
	BaseIndex(ctx context.Context, forge change.Forge, repo int64, limit int) ([]upload.BaseAt, error)
	// BaseReports returns the base reports of one commit, in a fixed order.
	BaseReports(ctx context.Context, forge change.Forge, repo int64, sha string) ([]report.Report, error)
}

// ancestry knows the history of a repository.
type ancestry interface {
	// Ancestors returns a commit and its ancestors by first parents, nearest first, at most so many.
	Ancestors(ctx context.Context, ref change.Ref, sha string, limit int) ([]string, error)
}

const (
	// baseWithin is how many first-parent ancestors of the merge base may stand in with a report. Further back the numbers
	// describe another program.
	baseWithin = 20
	// baseIndexed bounds how many base reports of a repository are considered.
	baseIndexed = 2000
)

// Joiner adds reports to snapshots. It is safe for concurrent use.
type Joiner struct {
	record   record
	ancestry ancestry
	trees    trees
}

// NewJoiner makes a Joiner of three parts: the record of what CI sent, the history in which it finds the reports to
// compare with, and the files that a head has, by which it matches the paths of reports.
func NewJoiner(record record, ancestry ancestry, trees trees) (*Joiner, error) {
	if record == nil || ancestry == nil || trees == nil {
		return nil, errors.New("make the joiner of reports: a part is missing")
	}
	return &Joiner{record: record, ancestry: ancestry, trees: trees}, nil
}

// Join adds the reports of CI to a snapshot: those of the head, and for each kind and flag that of the nearest
// commit at or below the merge base.
func (j *Joiner) Join(ctx context.Context, snap *change.Snapshot) error {
	if snap.Head.SHA == "" {
		return nil
	}
	number := snap.Ref.Number
	if snap.Group != nil {
		number = snap.Group.Number // its snapshot is that of its change
	}
	set, err := j.record.HeadReports(ctx,
		upload.Head{Forge: snap.Ref.Forge, RepoID: snap.Ref.RepoID, SHA: snap.Head.SHA, Number: number, Fork: snap.Fork})
	if err != nil {
		return err
	}
	snap.Arrivals = change.Arrivals{Finalised: set.Finalised, First: set.First, Last: set.Last}
	if len(set.Reports) == 0 {
		return nil
	}
	if snap.Fork {
		for i := range set.Reports {
			set.Reports[i].Trust = report.AuthorTrust // whoever sent it, a fork's own code made the numbers
		}
	}
	if err := j.tree(ctx, snap); err != nil {
		return err
	}
	base, err := j.baseReports(ctx, snap)
	if err != nil {
		return err
	}
	snap.Reports = slices.Concat(snap.Reports, set.Reports, base)
	return nil
}

// tree adds which files the head has.
func (j *Joiner) tree(ctx context.Context, snap *change.Snapshot) error {
	tree, err := j.trees.Tree(ctx, snap.Ref, snap.Head.SHA)
	if err != nil {
		return fmt.Errorf("read the files of the head: %w", err)
	}
	snap.AddTree(tree)
	return nil
}

// baseReports chooses the reports to compare with. For each kind and flag that the repository has base reports of, it
// takes that of the merge base, or else of the nearest of its first-parent ancestors within baseWithin. If there is
// none, there is no base: it takes nothing further away.
func (j *Joiner) baseReports(ctx context.Context, snap *change.Snapshot) ([]report.Report, error) {
	if snap.MergeBase == "" {
		return nil, nil
	}
	index, err := j.record.BaseIndex(ctx, snap.Ref.Forge, snap.Ref.RepoID, baseIndexed)
	if err != nil || len(index) == 0 {
		return nil, err
	}
	chosen := nearest(index, []string{snap.MergeBase})
	if missingSlots(index, chosen) {
		line, err := j.ancestry.Ancestors(ctx, snap.Ref, snap.MergeBase, baseWithin+1)
		if err != nil {
			return nil, fmt.Errorf("read the history below the merge base: %w", err)
		}
		chosen = nearest(index, line)
	}
	commits := map[string]bool{}
	for _, sha := range chosen {
		commits[sha] = true
	}
	var all []report.Report
	for sha := range commits {
		reports, err := j.record.BaseReports(ctx, snap.Ref.Forge, snap.Ref.RepoID, sha)
		if err != nil {
			return nil, err
		}
		for _, r := range reports {
			if chosen[baseSlot{r.Kind, r.Flag}] == sha {
				all = append(all, r)
			}
		}
	}
	sorting.StableBy(all, func(a, b report.Report) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Flag, b.Flag))
	})
	return all, nil
}

type baseSlot struct {
	kind report.Kind
	flag string
}

// nearest gives for each slot the first commit of a line of history that has a report of it.
func nearest(index []upload.BaseAt, line []string) map[baseSlot]string {
	place := map[string]int{}
	for i, sha := range line {
		place[sha] = i
	}
	chosen := map[baseSlot]string{}
	for _, b := range index {
		at, on := place[b.SHA]
		slot := baseSlot{b.Kind, b.Flag}
		if was, ok := chosen[slot]; on && (!ok || at < place[was]) {
			chosen[slot] = b.SHA
		}
	}
	return chosen
}

func missingSlots(index []upload.BaseAt, chosen map[baseSlot]string) bool {
	return slices.ContainsFunc(index, func(b upload.BaseAt) bool { _, ok := chosen[baseSlot{b.Kind, b.Flag}]; return !ok })
}
