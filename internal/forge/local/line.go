package local

import (
	"context"
	"errors"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/git"
)

// Line is a branch's line of first parents, read once for many changes.
type Line struct {
	commits []churn.Commit
	at      map[string]int
	// whole is true when it reaches the first commit of the branch.
	whole bool
	// forge is the one that the remote origin names, empty for none.
	forge change.Forge
	// found is the repository, asked once for all changes.
	found
}

// ReadLine reads the newest commits of a branch, and as many older ones as the churn of the oldest needs.
func ReadLine(ctx context.Context, repo *git.Repo, tip string, newest int) (*Line, error) {
	limit := newest + churn.MaxCommits + 1
	commits, err := repo.Touched(ctx, tip, limit)
	if err != nil {
		return nil, err
	}
	l := &Line{commits: commits, at: map[string]int{}, whole: len(commits) < limit, forge: forgeOf(ctx, repo)}
	for i, c := range commits {
		l.at[c.ID] = i
	}
	if seen, err := repo.Glance(ctx, "", ""); err == nil {
		l.found = found{repo: repo, seen: seen}
		l.foresee(ctx)
	}
	return l, nil
}

// forgeOf is the forge that the remote origin names, empty for none.
func forgeOf(ctx context.Context, repo *git.Repo) change.Forge {
	origin, err := repo.Run(ctx, nil, "config", "--get", "remote.origin.url")
	if err != nil {
		return "" // there is none
	}
	return change.ForgeOf(strings.TrimSpace(string(origin)))
}

// Paths are what a commit of the line changed, by their names in git; ok is false when it is not on the line.
func (l *Line) Paths(commit string) (paths []string, ok bool) {
	i, ok := l.at[commit]
	if !ok {
		return nil, false
	}
	return l.commits[i].Paths, true
}

// before gives a commit of the line and those before it, as far as churn looks; ok is false when it is not on the line
// or too far back.
func (l *Line) before(commit string) (commits []churn.Commit, ok bool) {
	if l == nil {
		return nil, false
	}
	i, ok := l.at[commit]
	if !ok || !l.whole && i+churn.MaxCommits >= len(l.commits) {
		return nil, false
	}
	return l.commits[i:min(len(l.commits), i+churn.MaxCommits+1)], true
}

// churn reads what the history of the merge base tells of the changed files. In a shallow clone, or one that lacks
// trees, the history is cut and tells nothing.
func (r *reader) churn(context.Context) error {
	if r.info.Shallow || len(r.s.Files) == 0 {
		return nil
	}
	commits, err := r.line()
	switch {
	case errors.Is(err, git.ErrMissing), errors.Is(err, git.ErrTooMuch):
		return nil
	case err != nil:
		return err
	}
	var paths []string
	for _, f := range r.s.Files {
		name := f.Path
		if f.OldPath != "" {
			name = f.OldPath
		}
		raw, ok := r.raw[name]
		if !ok {
			raw = name
		}
		paths = append(paths, raw)
	}
	h := churn.Of(commits, paths)
	if h != nil {
		for i := range h.Files {
			h.Files[i].Path = pathText(h.Files[i].Path)
		}
	}
	r.s.Churn = h
	return nil
}
