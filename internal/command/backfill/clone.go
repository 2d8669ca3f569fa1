package backfill

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/backfill"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/clone"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// readClone reads a clone of the one repository.
func (c Command) readClone(ctx context.Context, t terminal.Terminal, st *store.Store, since time.Time) error {
	found, err := (&run{Terminal: t, store: st, on: change.Forge(c.Forge)}).known(ctx, "", c.Repo)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return &usage.Error{What: "the server knows no repository " + c.Repo,
			Remedy: "read its past from the forge first: lintel backfill --repo " + c.Repo}
	}
	forge := found[0].Forge
	of := flow.Pull{Forge: string(forge), RepoID: found[0].RepoID}
	repository, _, err := st.Repository(ctx, forge, of.RepoID)
	if err != nil {
		return err
	}
	repo, info, err := git.InspectAsUser(ctx, c.Clone)
	if err != nil {
		return &usage.Error{What: fmt.Sprintf("--clone %q: %v", c.Clone, err), Remedy: "name the folder of a clone of " + c.Repo, Err: err}
	}
	tip := "origin/" + repository.DefaultBranch
	if _, err := repo.Resolve(ctx, tip); err != nil || repository.DefaultBranch == "" {
		tip = "HEAD" // a bare clone, or one without a remote
	}
	read, err := clone.Read(ctx, repo, tip, repository.DefaultBranch, of, since)
	if err != nil {
		return err
	}
	added, err := st.AppendEvents(ctx, read.Events, backfill.Source)
	if err != nil {
		return err
	}
	r := cloneResult{
		Repository: c.Repo,
		Tip:        tip,
		Commits:    read.Commits,
		Reverts:    read.Reverts,
		Events:     len(read.Events),
		NewEvents:  added,
	}
	if r.FileHistory, err = land(ctx, st, repo, info, tip, forge, of.RepoID); err != nil {
		return err
	}
	if r.Releases, err = c.releases(ctx, st, of, repo, tip); err == nil {
		r.Rewritten, err = measure(ctx, t, st, of, repo, info, read.Landings)
	}
	if c.JSON() && err == nil {
		return t.WriteJSON(r)
	}
	if !c.JSON() {
		r.print(t)
	}
	return err
}

// releases keeps the tags that are releases, up to the first release of which the forge told: of one release there are
// not two deployments.
func (c Command) releases(ctx context.Context, st *store.Store, of flow.Pull, repo *git.Repo, tip string) (*releases, error) {
	if c.Tags == "" {
		return nil, nil
	}
	names, err := regexp.Compile(c.Tags)
	if err != nil {
		return nil, &usage.Error{
			What:   fmt.Sprintf("--tags %q: %v", c.Tags, err),
			Remedy: `write a regular expression, such as '^v\d'`,
			Err:    err,
		}
	}
	all, err := clone.Releases(ctx, repo, tip, of, names)
	if err != nil {
		return nil, err
	}
	first, err := st.FirstRelease(ctx, of.Forge, of.RepoID)
	if err != nil {
		return nil, err
	}
	found := len(all)
	if !first.IsZero() {
		all = slices.DeleteFunc(all, func(d dora.Deployment) bool { return !d.FinishedAt.Before(first) })
	}
	if err := st.KeepDeployments(ctx, all, nil); err != nil {
		return nil, err
	}
	return &releases{Tags: found, Kept: len(all)}, nil
}

// linesBack is how many commits are read of the history of files: what churn looks at before the oldest open pull request.
const linesBack = 3 * churn.MaxCommits

// land keeps which files the newest commits of the branch touched, so that their history counts in the risk at once.
func land(
	ctx context.Context, st *store.Store, repo *git.Repo, info git.Info, tip string, forge change.Forge, repoID int64,
) (commits *int, err error) {
	line, err := repo.Touched(ctx, tip, linesBack)
	if info.Shallow || errors.Is(err, git.ErrMissing) || errors.Is(err, git.ErrTooMuch) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := st.Land(ctx, forge, repoID, line); err != nil {
		return nil, err
	}
	n := len(line)
	return &n, nil
}

// measure counts the rewritten lines of the merged pull requests of which nobody did.
func measure(
	ctx context.Context, t terminal.Terminal, st *store.Store, of flow.Pull, repo *git.Repo, info git.Info, landings []clone.Landing,
) (*rewritings, error) {
	open, err := st.Unmeasured(ctx, of.Forge, of.RepoID)
	if err != nil {
		return nil, err
	}
	var mine []clone.Landing
	for _, l := range landings {
		if open[l.Number] {
			mine = append(mine, l)
			delete(open, l.Number) // one that landed twice counts by its newest commit
		}
	}
	var mu sync.Mutex
	done, unread, sum := 0, 0, clone.Rewritten{}
	progress := t.Progress("changes measured", len(mine))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, l := range mine {
		group.Go(func() error {
			lines, err := l.Rewritten(ctx, repo, info)
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done)
			if err != nil {
				unread++
				return ctx.Err()
			}
			sum.Lines, sum.Within21, sum.Within30 = sum.Lines+lines.Lines, sum.Within21+lines.Within21, sum.Within30+lines.Within30
			p := flow.Pull{Forge: of.Forge, RepoID: of.RepoID, Number: l.Number}
			return st.SaveRewritten(ctx, p, lines.Lines, lines.Within21, lines.Within30)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return &rewritings{
		Pulls:      done - unread,
		Unmeasured: len(open) + unread,
		Lines:      sum.Lines,
		Within21:   sum.Within21,
		Within30:   sum.Within30,
	}, nil
}
