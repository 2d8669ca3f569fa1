// Package clone reads from a clone of a repository what a forge does not tell, or tells at a price: which commits take
// back others, when the commits of merged branches were written, and how young the lines were that a change replaced.
//
// Callers may rely on: it runs git alone, hardened against the repository, and fetches nothing; what it reads is bounded.
package clone

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/survey"
)

const (
	// maxCommits bounds the commits of a branch that are read, maxBrought those of one merged branch.
	maxCommits = 50_000
	maxBrought = 250
)

// Past is what the commits of a branch tell.
type Past struct {
	Events []flow.Event
	// Landings are the changes that carry the number of a change, the newest first.
	Landings []Landing
	// Commits is how many commits of the branch were read, Reverts how many of them take back another.
	Commits, Reverts int
}

// Landing is a change on the branch.
type Landing struct {
	Number     int
	Base, Head string
	At         time.Time
}

// made is a commit with its times.
type made struct {
	survey.Commit
	authored, committed time.Time
}

// Read reads the commits of a branch since a time; the zero time is all of them. The repository is the forge's, by its id.
func Read(ctx context.Context, repo *git.Repo, tip, branch string, of flow.Pull, since time.Time) (Past, error) {
	id, err := repo.Resolve(ctx, tip)
	if err != nil {
		return Past{}, err
	}
	line, err := log(ctx, repo, maxCommits, since, "--first-parent", "--end-of-options", id)
	if err != nil {
		return Past{}, err
	}
	r := &reading{repo: repo, of: of, past: Past{Commits: len(line)}}
	at := map[string]made{}
	var commits []survey.Commit
	for _, c := range line {
		at[c.ID] = c
		commits = append(commits, c.Commit)
		r.reverts(c, branch)
	}
	for _, c := range survey.Changes(commits) {
		if c.Number == 0 {
			continue
		}
		r.past.Landings = append(r.past.Landings, Landing{Number: c.Number, Base: c.Base, Head: c.Head, At: at[c.Commit].committed})
		if len(at[c.Commit].Parents) > 1 {
			if err := r.brought(ctx, c); err != nil {
				return r.past, err
			}
		}
	}
	return r.past, nil
}

type reading struct {
	repo *git.Repo
	of   flow.Pull
	past Past
}

func (r *reading) add(e flow.Event) {
	e.Actor = flow.NewActor(0, "", "")
	e.Key = flow.Key(e)
	r.past.Events = append(r.past.Events, e)
}

// reverts tells which commits one takes back, as a push to the branch would.
func (r *reading) reverts(c made, branch string) {
	all := flow.RevertedCommits(c.Message)
	for _, sha := range all {
		r.add(flow.Event{Pull: flow.Pull{Forge: r.of.Forge, RepoID: r.of.RepoID}, Kind: flow.Reverted, At: c.committed, SHA: sha,
			Detail: flow.Detail{Before: c.ID, Base: branch}})
	}
	if len(all) > 0 {
		r.past.Reverts++
	}
}

// brought tells of the commits that a merge brought in.
func (r *reading) brought(ctx context.Context, c survey.Change) error {
	all, err := log(ctx, r.repo, maxBrought, time.Time{}, "--end-of-options", c.Head, "^"+c.Base)
	if err != nil {
		return err
	}
	for _, b := range all {
		at := b.committed
		r.add(flow.Event{Pull: flow.Pull{Forge: r.of.Forge, RepoID: r.of.RepoID, Number: c.Number}, Kind: flow.Commit, At: b.authored,
			SHA: b.ID, Detail: flow.Detail{CommittedAt: &at, Merge: len(b.Parents) > 1}})
	}
	return nil
}

// log reads commits with their times, the newest first.
func log(ctx context.Context, repo *git.Repo, limit int, since time.Time, which ...string) ([]made, error) {
	args := []string{"log", "-z", "--encoding=UTF-8", "--no-color", "--no-notes", "--no-mailmap", "--no-patch",
		"--max-count=" + strconv.Itoa(limit), "--format=%H%x00%P%x00%ae%x00%at%x00%ct%x00%B"}
	if !since.IsZero() {
		args = append(args, "--since="+strconv.FormatInt(since.Unix(), 10))
	}
	out, err := repo.Run(ctx, nil, append(append(args, which...), "--")...)
	if err != nil {
		return nil, fmt.Errorf("read the commits of the clone: %w", err)
	}
	if len(out) == 0 {
		return nil, nil
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(fields)%6 != 0 {
		return nil, fmt.Errorf("read the commits of the clone: unexpected output of git log")
	}
	var all []made
	for f := fields; len(f) > 0; f = f[6:] {
		c := made{Commit: survey.Commit{ID: f[0], Parents: strings.Fields(f[1]), Email: f[2], Message: f[5]}}
		for i, at := range []*time.Time{&c.authored, &c.committed} {
			seconds, err := strconv.ParseInt(f[3+i], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read the commits of the clone: unexpected output of git log: %w", err)
			}
			*at = time.Unix(seconds, 0).UTC()
		}
		all = append(all, c)
	}
	return all, nil
}
