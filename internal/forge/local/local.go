// Package local reads a change from a git repository on disk, so that the same rules judge it on a laptop and in any CI without a forge.
// It imports words and the git adapter; what it cannot read is a Gap in the snapshot or a *usage.Error, never a guess.
//
// Callers may rely on this:
//   - the diff starts at the merge base, and settings, CODEOWNERS and .gitattributes come from the base commit, never
//     from the head or the work tree;
//   - nothing is written, no program of the repository's choice runs and nothing is fetched;
//   - equal commits and options give equal snapshots, but for TakenAt and the times of the approvals;
//   - bytes of a path that are not UTF-8 are written as \xNN, in the snapshot and so in every report. Folders and ASCII names in it
//     match CODEOWNERS lines as before. Two paths of one change that would then look the same are a *usage.Error.
package local

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/usage"
)

// Options says what to look at. Only Dir is needed.
type Options struct {
	// Dir is any folder of the repository; "." when empty.
	Dir string
	// Base and Head are revisions. When they are empty, Job names them; without one, Head is HEAD, and Base the merge
	// base with the default branch.
	Base, Head string
	// Job is what the CI says of the change, where Title, Body and Author do not; nil takes nothing from a CI.
	Job *ci.Job
	// Settings replaces the settings file of the base commit.
	Settings []byte
	// Organisation is the organisation's file; nil when there is none. Repository is the name that its targets go by,
	// "acme/shop"; empty when it is not known, and then no target holds.
	Organisation *change.File
	Repository   string
	// Title and Body are nil when they are not known.
	Title, Body *string
	// Author is a login, empty when not known. Approvals are logins; they count for Head.
	// Nil Approvals are not known, which is not the same as none.
	Author    string
	Approvals []string
	// Teams is the content of a teams file (see ParseTeams) and TeamsFile its name, for messages.
	Teams     []byte
	TeamsFile string
	// Valid reports whether a settings file can be used. When it refuses the one at the base commit, older versions are
	// read too, until one is accepted. Nil reads no history.
	Valid func([]byte) bool
	// ListTree asks for every path at the head and for its go.mod files: reports name files in ways that only they can explain.
	ListTree bool
	// Wants names the files whose content the analyses need; nil needs none.
	Wants change.WantsFunc
	// Line is the base's line of first parents, for who reads many changes; nil reads what is needed.
	Line *Line
	// Quiet leaves out the note about uncommitted work.
	Quiet bool
	// Now is the snapshot's time; the clock's when zero.
	Now time.Time
}

// Reading is a snapshot and what the person who asked should know about it.
type Reading struct {
	Snapshot *change.Snapshot
	// Head and Base are how people write what is judged and what it is compared with: "HEAD", "origin/main".
	Head, Base string
	// Took says in one line what was taken that nobody named on the command line; empty when nothing was.
	Took string
	// Notes are sentences for the terminal, of things that do not bear on the verdict.
	Notes []string
}

// reader is the work on one snapshot.
type reader struct {
	options Options
	found
	info  git.Info
	blobs *git.Blobs
	s     *change.Snapshot
	notes []string
	// judged and against are how people write the head and what it is compared with.
	judged, against string
	took            []string
	// ahead is true when the head is what is checked out.
	ahead bool
	// touched are the raw paths of the change, old names included; raw has those that the snapshot writes otherwise, by
	// how it writes them.
	touched []string
	raw     map[string]string
	// ownersTree is true when rules about CODEOWNERS need the tree.
	ownersTree bool
	// Answers of git that are awaited where they are needed.
	foreseen
}

// Read makes the snapshot. Errors other than *usage.Error and *change.Unrelated, which comes with the two ends, are
// failures of git or of the machine.
func Read(ctx context.Context, o Options) (Reading, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends what was asked ahead and is not needed
	r := &reader{options: o, raw: map[string]string{}}
	if err := r.open(ctx); err != nil {
		return Reading{}, err
	}
	defer r.blobs.Close()
	r.s = newSnapshot(r.info, o)
	for _, step := range []func(context.Context) error{r.people, r.revisions, r.askAhead, r.files, r.commits, r.past, r.churn,
		r.controls, r.tree, r.uncommitted, r.wants} {
		if err := step(ctx); err != nil {
			if unrelated, ok := errors.AsType[*change.Unrelated](err); ok {
				return Reading{Snapshot: r.s, Head: r.judged, Base: r.against, Notes: r.notes}, unrelated
			}
			return Reading{}, explain(err)
		}
	}
	return Reading{Snapshot: r.s, Head: r.judged, Base: r.against, Took: strings.Join(r.took, "; "), Notes: r.notes}, nil
}

// newSnapshot has what the options say of a change, and nothing of what is in the repository.
func newSnapshot(info git.Info, o Options) *change.Snapshot {
	return &change.Snapshot{
		Ref: change.Ref{Key: change.Key{Forge: change.Local}, Name: path.Base(info.Root)}, Kind: change.LocalBranch, State: change.Open,
		Repository: change.Repository{Name: path.Base(info.Root)},
		Title:      o.Title, Body: o.Body, Labels: []string{}, TakenAt: o.Now.UTC(),
	}
}

// gap states that something should have been read and was not.
func (r *reader) gap(fact, about, format string, args ...any) {
	r.s.Gaps = append(r.s.Gaps, change.Gap{Fact: fact, Path: about, Reason: fmt.Sprintf(format, args...)})
}

// explain turns what git says into what a person can do about it. Other errors pass.
func explain(err error) error {
	if _, ok := errors.AsType[*usage.Error](err); ok || !errors.Is(err, git.ErrMissing) {
		return err
	}
	return &usage.Error{What: "the repository lacks objects that the change needs, as a partial clone does; lintel never fetches",
		Remedy: "get everything with 'git fetch --refetch --no-filter', or clone without --filter", Err: err}
}

// commits reads what the head adds to the base.
func (r *reader) commits(ctx context.Context) error {
	commits, err := r.log()
	r.s.CommitsTotal = len(commits)
	if len(commits) == maxCommits || errors.Is(err, git.ErrTooMuch) {
		total, err := r.repo.CountCommits(ctx, r.s.Base.SHA, r.s.Head.SHA)
		if err != nil {
			return err
		}
		r.s.CommitsTotal = total
	}
	if errors.Is(err, git.ErrTooMuch) {
		r.gap("commits", "", "the messages of the %d commits are larger than the limit", r.s.CommitsTotal)
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range commits {
		r.s.Commits = append(r.s.Commits, change.Commit{
			SHA: c.ID, Parents: c.Parents, Message: c.Message,
			Author:    change.Signature{Name: c.AuthorName, Email: c.AuthorEmail},
			Committer: change.Signature{Name: c.CommitterName, Email: c.CommitterEmail},
		})
	}
	if len(commits) < r.s.CommitsTotal {
		r.gap("commits", "", "only the newest %d of %d commits were read", len(commits), r.s.CommitsTotal)
	}
	return nil
}

// past reads in which style the base was written. A history that cannot be read, as in a shallow clone, is a short one.
func (r *reader) past(context.Context) error {
	past, err := r.headers()
	if err != nil {
		return err
	}
	for _, p := range past {
		r.s.History = append(r.s.History, change.NewPast(p.Header, p.Parents))
	}
	return nil
}

// maxCommits bounds the commits that are read.
const maxCommits = 10_000

// uncommitted notes work that is not part of the head, when the head is what is checked out.
func (r *reader) uncommitted(context.Context) error {
	if r.dirty == nil {
		return nil
	}
	n, err := r.dirty()
	switch {
	case err != nil:
		return err
	case n == 1:
		r.notes = append(r.notes, "1 path with uncommitted work is ignored: only commits are checked")
	case n > 1:
		r.notes = append(r.notes, fmt.Sprintf("%d paths with uncommitted work are ignored: only commits are checked", n))
	}
	return nil
}
