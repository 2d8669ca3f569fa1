package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/survey"
	"github.com/lintel-review/lintel/internal/usage"
)

// PastRequest says which part of a repository's history is looked at.
type PastRequest struct {
	Repo string
	// Branch is empty for origin's default branch, and HEAD without one.
	Branch string
	// Last is how many changes are looked at, Skip how many of the newest are left out.
	Last, Skip int
}

// maxBranchCommits bounds the commits of merged branches that are read for the style.
const maxBranchCommits = 3_000

// past is what git tells of a branch.
type past struct {
	repo    *git.Repo
	root    string
	branch  string
	tip     string
	changes []survey.Change
	line    []survey.Commit
	// branches are the commits that merges brought in.
	branches []survey.Commit
}

func readPast(ctx context.Context, req PastRequest) (past, error) {
	dir := cmp.Or(req.Repo, ".")
	repo := git.Open(dir)
	info, err := repo.Inspect(ctx)
	switch {
	case errors.Is(err, git.ErrNoRepository):
		return past{}, &usage.Error{
			What:   fmt.Sprintf("%q is not in a git repository", dir),
			Remedy: "run this inside one, or name one with --repo",
			Err:    err,
		}
	case errors.Is(err, git.ErrOwner):
		return past{}, &usage.Error{What: fmt.Sprintf("the repository at %q belongs to another user, so git does not trust it", dir),
			Remedy: "if you do, run 'git config --global --add safe.directory DIR' with the repository's absolute path", Err: err}
	case err != nil:
		return past{}, err
	case info.Shallow:
		return past{}, &usage.Error{What: "the repository is a shallow clone: its history is cut, so nothing can be concluded from it",
			Remedy: "run 'git fetch --unshallow'; with actions/checkout set 'fetch-depth: 0'"}
	}
	p := past{repo: repo.At(info.Root), root: info.Root, branch: req.Branch}
	if p.branch == "" {
		if p.branch, err = p.repo.SymbolicRef(ctx, "refs/remotes/origin/HEAD"); err != nil {
			return past{}, err
		}
		p.branch = cmp.Or(p.branch, "HEAD")
	}
	p.tip, err = p.repo.Resolve(ctx, p.branch)
	switch {
	case errors.Is(err, git.ErrNoCommit) && req.Branch == "":
		// A repository that was just made.
		p.branch = strings.TrimPrefix(p.branch, "refs/remotes/")
		return p, nil
	case errors.Is(err, git.ErrNoCommit):
		return past{}, &usage.Error{
			What:   fmt.Sprintf("--branch: %q names no commit", req.Branch),
			Remedy: "name a branch, a tag or a commit of this clone",
			Err:    err,
		}
	case err != nil:
		return past{}, err
	}
	p.branch = strings.TrimPrefix(p.branch, "refs/remotes/")
	line, err := p.repo.FirstParents(ctx, p.tip, req.Skip+req.Last)
	if err != nil {
		return past{}, err
	}
	p.line = commitsOf(line[min(req.Skip, len(line)):])
	p.changes = survey.Changes(p.line)
	if slices.ContainsFunc(p.changes, func(c survey.Change) bool { return c.Landed == survey.Merge }) {
		from := p.changes[len(p.changes)-1].Base
		all, err := p.repo.Log(ctx, from, p.line[0].ID, maxBranchCommits)
		if err != nil {
			return past{}, err
		}
		on := map[string]bool{}
		for _, c := range p.line {
			on[c.ID] = true
		}
		p.branches = commitsOf(slices.DeleteFunc(all, func(c git.Commit) bool { return on[c.ID] }))
	}
	return p, nil
}

func commitsOf(all []git.Commit) []survey.Commit {
	var out []survey.Commit
	for _, c := range all {
		out = append(out, survey.Commit{ID: c.ID, Parents: c.Parents, Email: c.AuthorEmail, Message: c.Message})
	}
	return out
}

// replayed is what the rules say of one change of the past.
type replayed struct {
	change   survey.Change
	lines    int
	refused  bool
	findings []finding.Finding
	took     time.Duration
	// err says why it could not be judged.
	err error
}

// replay judges changes of the past by settings, as many at once as there are processors. Progress is told as often as one ends.
func (p past) replay(ctx context.Context, engine *policy.Engine, r settings.Resolution, progress func(done int)) ([]replayed, error) {
	out := make([]replayed, len(p.changes))
	next, done := make(chan int), 0
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(runtime.GOMAXPROCS(0), max(1, len(p.changes))) {
		wg.Go(func() {
			for i := range next {
				out[i] = p.judge(ctx, engine, r, p.changes[i])
				mu.Lock()
				done++
				progress(done)
				mu.Unlock()
			}
		})
	}
	for i := range p.changes {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return out, ctx.Err()
}

func (p past) judge(ctx context.Context, engine *policy.Engine, r settings.Resolution, c survey.Change) (out replayed) {
	out.change = c
	began := time.Now()
	options := local.Options{Dir: p.root, Base: c.Base, Head: c.Head, Author: c.Author, Now: began}
	// A commit that was pushed has no title of a pull request: it is judged as the commit that it is.
	if c.Title != "" && c.Landed != survey.Direct {
		options.Title, options.Body = &c.Title, &c.Body
	}
	reading, err := local.Read(ctx, options)
	if err != nil {
		out.err = err
		return out
	}
	var f facts.Facts
	var d policy.Decision
	if f, d, err = engine.Judge(ctx, reading.Snapshot, r, policy.Options{}); err != nil {
		out.err = err
		return out
	}
	out.took = time.Since(began)
	out.lines, out.refused, out.findings = f.Size.New.Lines, d.Conclusion == effect.Failure, d.Visible()
	return out
}
