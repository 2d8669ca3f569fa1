// Package checkspart is the server's part that runs the checks which repositories name, or hands their files to the workers
// that do.
//
// Callers may rely on: without a sandbox no check runs, and the Wanter still says which ones changes want.
package checkspart

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkworker"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/mirrors"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/tooljobs"
	"github.com/lintel-review/lintel/internal/treehttp"
)

// Checks is the part, and what says which checks a look wants.
type Checks struct {
	part.Part
	Wanter *tooljobs.Wanter
}

// unrunAfter is how long a check may stand still before its job is queued again.
const unrunAfter = 5 * time.Minute

// New makes what says which checks looks want and, where the file names a sandbox, what runs them.
func New(ctx context.Context, log *slog.Logger, now func() time.Time, c config.Config, st *store.Store,
	forges map[change.Forge]mirrors.Forge) (p Checks, err error) {
	p.Part = part.Part{Name: "checks"}
	wanter := tooljobs.WanterOptions{Results: st, By: c.Checks.Permissions()}
	if c.Checks.Backend == "off" {
		p.Wanter, err = tooljobs.NewWanter(wanter)
		return p, err
	}
	kept, err := checkworker.OpenTrees(c, "lintel-trees", now)
	if err != nil {
		return p, err
	}
	p.Close = kept.Close
	trees := mirrors.New(kept, forges)
	observe, counted := checkworker.Observer(log, kept)
	p.Metrics = append(p.Metrics, counted)
	var digest func(ctx context.Context, tool, image string) (string, error)
	if c.Checks.Run == "worker" {
		digest = checkworker.Announced(st, now)
		err = p.open(ctx, log, now, st, trees)
	} else {
		var machine checkworker.Machine
		c.Checks.Folder = kept.Folder()
		machine, err = checkworker.NewMachine(ctx, c.Checks, st, trees, observe, log, now)
		p.Jobs = append(p.Jobs, machine.Kind)
		if err == nil {
			digest = machine.Host.Digest
			p.Close = func() error { return errors.Join(machine.Host.Close(), kept.Close()) }
		}
	}
	if err != nil {
		return p, err
	}
	wanter.Keys, wanter.Digest, wanter.Observe = st, digest, observe
	if p.Wanter, err = tooljobs.NewWanter(wanter); err != nil {
		return p, err
	}
	prepare, err := tooljobs.NewPreparer(tooljobs.PrepareOptions{Store: st, Keys: st, Trees: trees, Digest: digest, Observe: observe})
	if err != nil {
		return p, err
	}
	p.Jobs = append(
		p.Jobs,
		queue.Do(job.PrepareCheck{}.Queue(), 4, func(ctx context.Context, args job.PrepareCheck, run *queue.Run) error {
			return prepare.Prepare(ctx, args, run.Attempt())
		}),
	)
	p.Sweeps = []queue.Sweep{{Name: "unrun", Every: time.Minute, Run: func(ctx context.Context) error {
		_, err := st.Unrun(ctx, now().Add(-unrunAfter), 100)
		return err
	}}}
	return p, nil
}

// open lets workers fetch the files of the checks that wait for them.
func (p *Checks) open(ctx context.Context, log *slog.Logger, now func() time.Time, st *store.Store, trees mirrors.Mirrors) error {
	key, err := treehttp.MakeKey(ctx, st)
	if err != nil {
		return err
	}
	door, err := treehttp.NewDoor(treehttp.DoorOptions{
		Key: key, Run: st.QueuedRun, Commit: tooljobs.Commit, Serve: trees.Serve, Now: now, Log: log,
	})
	if err != nil {
		return err
	}
	p.Routes = func(public, _ *http.ServeMux) { door.Route(public) }
	return nil
}
