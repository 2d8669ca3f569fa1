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
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/place"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/tree"
	"github.com/lintel-review/lintel/internal/treehttp"
	"github.com/lintel-review/lintel/internal/worker"
)

// Run runs checks that a server on the same database prepared, until the context ends.
func Run(ctx context.Context, c config.Config, log io.Writer) error {
	p := &process{config: c, log: slog.New(otlp.Handler(c.Log.Logger(log).Handler())), announced: map[string]string{}}
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
	// announced are the digests that were announced last, by tool.
	announced map[string]string
	place     *place.Place
	traces    *otlp.Traces
}

func (p *process) open(ctx context.Context) error {
	var err error
	if p.place, err = place.Take(ctx, p.config.Database); err != nil {
		return err
	}
	now := p.place.Now
	jobs, err := queue.NewJobsFor(p.config.Database, now)
	if err != nil {
		return err
	}
	if p.store, err = store.Join(ctx, p.config.Database, now, jobs); err != nil {
		return err
	}
	client, err := p.place.Enter(ctx, p.store, role.Checks, p.log)
	if err != nil {
		return err
	}
	key, err := treehttp.ReadKey(ctx, p.store)
	if err != nil {
		return err
	}
	if p.trees, err = OpenTrees(p.config, "lintel-worker-trees", time.Now); err != nil {
		return err
	}
	p.config.Checks.Folder = p.trees.Folder()
	p.metrics = metrics.New(p.store.Backlog)
	trees := treehttp.Trees{Store: p.trees, Server: p.config.Checks.Server, Key: key, Now: now}
	observe, set := Observer(p.log, p.trees)
	p.metrics.Register(set, metrics.Roles(role.Checks))
	if p.machine, err = NewMachine(ctx, p.config.Checks, p.store, trees, observe, p.log, now); err != nil {
		return err
	}
	if err := p.announce(ctx); err != nil {
		return err
	}
	if p.traces, err = worker.Traces(p.config, p.log); err != nil {
		return err
	}
	p.queue, err = queue.New(ctx, queue.Options{
		Traces: p.traces, Measure: p.metrics.Job,
		Jobs: jobs, DB: p.store.Writer(), Log: p.log, Now: now, Client: client, Clock: now,
		Kinds: []queue.Kind{p.machine.Kind.Shared()}, Beside: true,
	})
	return err
}

func (p *process) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go p.announcing(ctx)
	return worker.Process{Config: p.config, Log: p.log, Queue: p.queue, Metrics: p.metrics, Place: p.place, Started: func() error {
		p.log.InfoContext(ctx, "working", "queue", "checks", "database", store.DisplayName(p.config.Database),
			"sandbox", p.config.Checks.Backend, "tools", slices.Sorted(maps.Keys(p.machine.Host.Places)),
			"parallel", p.config.Checks.Parallel)
		return nil
	}}.Run(ctx)
}

func (p *process) close() error {
	errs := []error{p.place.Close(), p.traces.Close()}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	if p.machine.Host != nil {
		errs = append(errs, p.machine.Host.Close())
	}
	if p.trees != nil {
		errs = append(errs, p.trees.Close())
	}
	return errors.Join(errs...)
}
