// Package checkworker is the wiring of a machine that runs checks: inside of a server, or in a worker beside one, which
// holds no key of a forge.
//
// Callers may rely on: nothing here imports a forge, so no credential of one is within reach.
package checkworker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/tooljobs"
	"github.com/lintel-review/lintel/internal/tree"
)

// Machine runs checks on this machine.
type Machine struct {
	Host *checkhost.Host
	// Kind are the jobs that run them.
	Kind queue.Kind
}

// NewMachine opens the sandbox of this machine and makes the jobs that run checks in it, on files of trees. What the file
// says of their folder must be where they are.
func NewMachine(ctx context.Context, c config.Checks, st *store.Store, trees tooljobs.Trees, observe func(context.Context, tooljobs.Ended),
	log *slog.Logger, now func() time.Time) (m Machine, err error) {
	if m.Host, err = checkhost.Open(ctx, c, c.Folder, log, now); err != nil {
		return m, err
	}
	runner, err := tooljobs.NewRunner(tooljobs.RunOptions{
		Store: st, Files: st, Trees: trees, Backend: m.Host.Backend, Places: m.Host.Places, Digest: m.Host.Digest, Limits: m.Host.Limits,
		By:      c.Permissions(),
		Secrets: &redact.Detector{}, Parallel: c.Parallel, Now: now, Observe: observe,
	})
	// The queue takes more jobs than may run; the runner decides which of them runs next.
	m.Kind = queue.Do(job.RunCheck{}.Queue(), 4*c.Parallel, func(ctx context.Context, args job.RunCheck, run *queue.Run) error {
		return runner.Run(ctx, args, run.Attempt())
	})
	return m, err
}

// Observer logs and counts how checks end. The set is what it counts.
func Observer(log *slog.Logger, trees *tree.Store) (func(context.Context, tooljobs.Ended), metrics.Set) {
	set, count := metrics.Checks(trees.Bytes)
	return func(ctx context.Context, e tooljobs.Ended) {
		count(e.Outcome, e.Took)
		log.InfoContext(ctx, "a check ended", "change", e.Run.Ref.String(), "check", e.Run.Check, "head", e.Run.Head, "outcome", e.Outcome,
			"took", e.Took.Round(time.Millisecond).String())
	}, set
}

// maxFolders is how many processes of one machine may have folders of one name.
const maxFolders = 9

// OpenTrees opens the folder of trees: where the file says, else of a name beside the database. Where another process of
// this machine has it, as one with other roles by the same file, the next one is taken: NAME-2 to NAME-9.
func OpenTrees(c config.Config, name string, now func() time.Time) (*tree.Store, error) {
	folder := c.Checks.Folder
	if folder == "" {
		path, err := store.Path(c.Database)
		if err != nil {
			return nil, err
		}
		if path == "" {
			return nil, errors.New("checks.folder: with PostgreSQL it must be named: a folder for the files of changes")
		}
		folder = filepath.Join(filepath.Dir(path), name)
	}
	trees, err := openFolder(c, folder, now)
	for n := 2; errors.Is(err, tree.ErrTaken) && n <= maxFolders; n++ {
		trees, err = openFolder(c, fmt.Sprintf("%s-%d", folder, n), now)
	}
	return trees, err
}

func openFolder(c config.Config, folder string, now func() time.Time) (*tree.Store, error) {
	return tree.Open(tree.Options{
		Folder:    folder,
		Quota:     int64(c.Checks.FolderMegabytes) << 20,
		MaxFiles:  250_000,
		MaxBytes:  int64(c.Checks.Tree) << 20,
		MaxMirror: int64(c.Checks.FolderMegabytes) << 19,
		Now:       now,
	})
}
