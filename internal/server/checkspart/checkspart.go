// Package checkspart is the server's part that runs the checks which repositories name.
//
// Callers may rely on: without a sandbox no check runs, and the Wanter still says which ones changes want.
package checkspart

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/mirrors"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/tooljobs"
	"github.com/lintel-review/lintel/internal/tree"
)

// Checks is the part, and what says which checks a look wants.
type Checks struct {
	part.Part
	Wanter *tooljobs.Wanter
}

// unrunAfter is how long a check may stand still before its job is queued again.
const unrunAfter = 5 * time.Minute

// New makes what says which checks looks want and, where the file names a sandbox, what runs them.
func New(ctx context.Context, log *slog.Logger, now func() time.Time, c config.Config, st *store.Store, forge mirrors.Forge) (
	p Checks, err error) {
	p.Part = part.Part{Name: "checks"}
	if p.Wanter, err = tooljobs.NewWanter(st, c.Checks.Permissions()); err != nil {
		return p, err
	}
	if c.Checks.Backend == "off" {
		return p, nil
	}
	host, err := checkhost.Open(ctx, c.Checks, now)
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
		Now:       now,
	})
	if err != nil {
		return p, err
	}
	p.Close = kept.Close
	trees := mirrors.New(kept, forge)
	observe := func(e tooljobs.Ended) {
		log.Info("a check ended", "change", e.Run.Ref.String(), "check", e.Run.Check, "head", e.Run.Head, "outcome", e.Outcome,
			"took", e.Took.Round(time.Millisecond).String())
	}
	prepare, err := tooljobs.NewPreparer(tooljobs.PrepareOptions{Store: st, Trees: trees, Digest: host.Digest, Observe: observe})
	if err != nil {
		return p, err
	}
	runner, err := tooljobs.NewRunner(tooljobs.RunOptions{
		Store: st, Trees: trees, Backend: host.Backend, Places: host.Places, Digest: host.Digest, Limits: host.Limits,
		Secrets: &redact.Detector{}, Parallel: c.Checks.Parallel, Now: now, Observe: observe,
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
		_, err := st.Unrun(ctx, now().Add(-unrunAfter), 100)
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
