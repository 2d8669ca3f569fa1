package server

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/tooljobs"
	"github.com/lintel-review/lintel/internal/tree"
)

// checksPart runs the checks that repositories name.
type checksPart struct {
	part
	wanter *tooljobs.Wanter
}

// unrunAfter is how long a check may stand still before its job is queued again.
const unrunAfter = 5 * time.Minute

// newChecks makes what says which checks looks want and, where the file names a sandbox, what runs them.
func newChecks(ctx context.Context, o Options, c config.Config, st *store.Store, forge *github.Forge) (p checksPart, err error) {
	p.part = part{Name: "checks"}
	if p.wanter, err = tooljobs.NewWanter(st, c.Checks.Permissions()); err != nil {
		return p, err
	}
	if c.Checks.Backend == "off" {
		return p, nil
	}
	host, err := checkhost.Open(ctx, c.Checks, o.Now)
	if err != nil {
		return p, err
	}
	folder, err := treesFolder(c)
	if err != nil {
		return p, err
	}
	kept, err := tree.Open(tree.Options{
		Folder:    folder,
		Quota:     int64(c.Checks.FolderMegabytes) << 20,
		MaxFiles:  250_000,
		MaxBytes:  int64(c.Checks.Tree) << 20,
		MaxMirror: int64(c.Checks.FolderMegabytes) << 19,
		Now:       o.Now,
	})
	if err != nil {
		return p, err
	}
	p.Close = kept.Close
	trees := clones{kept, forge}
	observe := func(e tooljobs.Ended) {
		o.Log.Info("a check ended", "change", e.Run.Ref.String(), "check", e.Run.Check, "head", e.Run.Head, "outcome", e.Outcome,
			"took", e.Took.Round(time.Millisecond).String())
	}
	prepare, err := tooljobs.NewPreparer(tooljobs.PrepareOptions{Store: st, Trees: trees, Digest: host.Digest, Observe: observe})
	if err != nil {
		return p, err
	}
	runner, err := tooljobs.NewRunner(tooljobs.RunOptions{
		Store: st, Trees: trees, Backend: host.Backend, Places: host.Places, Digest: host.Digest, Limits: host.Limits,
		Secrets: &redact.Detector{}, Parallel: c.Checks.Parallel, Now: o.Now, Observe: observe,
	})
	if err != nil {
		return p, err
	}
	p.Jobs = []queue.Kind{
		queue.Do(job.PrepareCheck{}.Queue(), 4, func(ctx context.Context, args job.PrepareCheck, run *queue.Run) error {
			return prepare.Prepare(ctx, args, run.Attempt())
		}),
		// The queue takes more jobs than may run; the runner decides which of them runs next.
		queue.Do(job.RunCheck{}.Queue(), 4*c.Checks.Parallel, func(ctx context.Context, args job.RunCheck, run *queue.Run) error {
			return runner.Run(ctx, args, run.Attempt())
		}),
	}
	p.Sweeps = []queue.Sweep{{Name: "unrun", Every: time.Minute, Run: func(ctx context.Context) error {
		_, err := st.Unrun(ctx, o.Now().Add(-unrunAfter), 100)
		return err
	}}}
	return p, nil
}

// treesFolder is where trees lie: where the file says so, else beside the database.
func treesFolder(c config.Config) (string, error) {
	if c.Checks.Folder != "" {
		return c.Checks.Folder, nil
	}
	path, err := store.Path(c.Database)
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(path), "lintel-trees"), nil
}

// clones gives the files of commits from mirrors of the forge's repositories.
type clones struct {
	trees *tree.Store
	forge *github.Forge
}

func (c clones) from(ref change.Ref) tree.Repository {
	return tree.Repository{
		Key: string(ref.Forge) + "-" + strconv.FormatInt(ref.RepoID, 10),
		Remote: func(ctx context.Context) (git.Remote, error) {
			if ref.Forge != change.GitHub {
				return git.Remote{}, &checkrun.Refused{Why: "checks run on GitHub's repositories alone"}
			}
			url, user, password, err := c.forge.Clone(ctx, ref)
			return git.Remote{URL: url, User: user, Password: password}, err
		},
	}
}

// List gives all files of a commit.
func (c clones) List(ctx context.Context, ref change.Ref, of checkrun.Commit) ([]checkplan.Input, error) {
	_, files, err := c.trees.List(ctx, c.from(ref), of)
	if err != nil {
		return nil, err
	}
	out := make([]checkplan.Input, 0, len(files))
	for _, f := range files {
		out = append(out, checkplan.Input{Path: f.Name, Blob: f.Mode + " " + f.ID})
	}
	return out, nil
}

// Get gives a folder with files of a commit.
func (c clones) Get(ctx context.Context, ref change.Ref, of checkrun.Commit, names []string) (folder string, release func(), err error) {
	t, err := c.trees.Get(ctx, c.from(ref), of, names)
	if err != nil {
		return "", nil, err
	}
	return t.Path, t.Release, nil
}
