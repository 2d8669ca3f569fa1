package checkworker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/tree"
	"github.com/lintel-review/lintel/internal/treehttp"
	"github.com/lintel-review/lintel/internal/worker"
)

// Run runs checks that a server on the same database prepared, until the context ends.
func Run(ctx context.Context, c config.Config, log io.Writer) error {
	p := &process{config: c, log: c.Log.Logger(log)}
	err := p.open(ctx)
	if err == nil {
		err = p.run(ctx)
	}
	return errors.Join(err, p.close())
}

type process struct {
	config  config.Config
	log     *slog.Logger
	store   *store.Store
	trees   *tree.Store
	machine Machine
	queue   *queue.Queue
	metrics *metrics.Metrics
}

func (p *process) open(ctx context.Context) error {
	jobs, err := queue.NewJobsFor(p.config.Database, time.Now)
	if err != nil {
		return err
	}
	if p.store, err = store.Join(ctx, p.config.Database, time.Now, jobs); err != nil {
		return err
	}
	key, err := treehttp.ReadKey(ctx, p.store)
	if err != nil {
		return err
	}
	if p.trees, err = OpenTrees(p.config, "lintel-worker-trees", time.Now); err != nil {
		return err
	}
	p.metrics = metrics.New(p.store.Backlog)
	trees := treehttp.Trees{Store: p.trees, Server: p.config.Checks.Server, Key: key, Now: time.Now}
	observe, set := Observer(p.log, p.trees)
	p.metrics.Register(set)
	if p.machine, err = NewMachine(ctx, p.config.Checks, p.store, trees, observe, time.Now); err != nil {
		return err
	}
	if err := p.announce(ctx); err != nil {
		return err
	}
	p.queue, err = queue.New(ctx, queue.Options{
		Jobs: jobs, DB: p.store.Writer(), Log: p.log, Now: time.Now, Kinds: []queue.Kind{p.machine.Kind.Shared()}, Beside: true,
	})
	return err
}

func (p *process) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go p.announcing(ctx)
	return worker.Process{Config: p.config, Log: p.log, Queue: p.queue, Metrics: p.metrics, Started: func() error {
		p.log.Info("working", "queue", "checks", "database", store.DisplayName(p.config.Database),
			"sandbox", p.config.Checks.Backend, "tools", slices.Sorted(maps.Keys(p.machine.Host.Places)),
			"parallel", p.config.Checks.Parallel)
		return nil
	}}.Run(ctx)
}

// toolMark is the name of the mark with the digest that a worker said of a tool of its machine.
func toolMark(tool string) string { return "checks-tool:" + tool }

// announce writes down the digests of this machine's tools, by which the server finds results of them.
func (p *process) announce(ctx context.Context) error {
	for tool := range p.machine.Host.Places {
		digest, err := p.machine.Host.Digest(ctx, tool, "")
		if err != nil {
			return err
		}
		known, err := p.store.Mark(ctx, toolMark(tool))
		if err == nil && known != digest {
			err = p.store.SetMark(ctx, toolMark(tool), digest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// announcing does so again and again: tools are upgraded while a worker runs.
func (p *process) announcing(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := p.announce(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the digests of tools could not be written down", "error", err.Error())
		}
	}
}

// Announced gives the digest of a tool that workers said, or of the image that it is in. What no worker has is empty: the
// run says that the machine does not have it.
func Announced(record interface {
	Mark(ctx context.Context, name string) (string, error)
},
) func(ctx context.Context, tool, image string) (string, error) {
	return func(ctx context.Context, tool, image string) (string, error) {
		if image != "" {
			return image, nil // it is named by its digest
		}
		return record.Mark(ctx, toolMark(tool))
	}
}

func (p *process) close() error {
	var errs []error
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	if p.trees != nil {
		errs = append(errs, p.trees.Close())
	}
	return errors.Join(errs...)
}
