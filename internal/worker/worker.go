// Package worker is the wiring of lintel worker, a process that asks a language model about what a server on the same
// database prepared. A server that asks the model itself makes its asker here, too, and other processes beside a server
// run as a Process.
//
// Callers may rely on: nothing here imports a forge, so no credential of one is within reach.
package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/place"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/secretscan"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web"
)

// Run asks the model until the context ends.
func Run(ctx context.Context, c config.Config, log io.Writer) error {
	w, err := newWorker(ctx, c, slog.New(otlp.Handler(c.Log.Logger(log).Handler())))
	if err != nil {
		return err
	}
	return w.run(ctx)
}

type worker struct {
	config  config.Config
	log     *slog.Logger
	store   *store.Store
	queue   *queue.Queue
	askers  store.Askers
	metrics *metrics.Metrics
	place   *place.Place
	traces  *otlp.Traces
}

func newWorker(ctx context.Context, c config.Config, log *slog.Logger) (w *worker, err error) {
	w = &worker{config: c, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
			w = nil
		}
	}()
	if w.place, err = place.Take(ctx, c.Database); err != nil {
		return w, err
	}
	jobs, err := queue.NewJobsFor(c.Database, w.place.Now)
	if err != nil {
		return w, err
	}
	if w.store, err = store.Join(ctx, c.Database, w.place.Now, jobs); err != nil {
		return w, err
	}
	client, err := w.place.Enter(ctx, w.store, role.Asks, log)
	if err != nil {
		return w, err
	}
	w.metrics = metrics.New(w.store.Backlog)
	w.metrics.Register(w.metrics.Advice(), w.metrics.Uploads(), metrics.Roles(role.Asks))
	asker, err := NewAsker(c, w.store, secretscan.New(secretscan.IdleTimeout), w.metrics, w.place.Now, 0)
	if err != nil {
		return w, err
	}
	var alone bool
	if w.askers, alone, err = store.ClaimAsking(c.Database); err != nil {
		return w, err
	}
	if w.traces, err = Traces(c, log); err != nil {
		return w, err
	}
	w.queue, err = queue.New(ctx, queue.Options{
		Traces: w.traces, Measure: w.metrics.Job,
		Jobs:   jobs,
		DB:     w.store.Writer(),
		Log:    log,
		Now:    w.place.Now,
		Client: client,
		Clock:  w.place.Now,
		Kinds:  []queue.Kind{AskKind(asker.Step, c.Advice.Askers, alone, log)},
		Beside: true,
	})
	return w, err
}

func (w *worker) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, w.close()) }()
	return Process{Config: w.config, Log: w.log, Queue: w.queue, Metrics: w.metrics, Place: w.place, Started: func() error {
		w.log.InfoContext(ctx, "working", "queue", "advise", "database", store.DisplayName(w.config.Database),
			"model", w.config.Model.Name, "askers", w.config.Advice.Askers)
		return w.askers.Share()
	}}.Run(ctx)
}

// Process is a process beside a server, which works on jobs of the server's database. Every field is needed.
type Process struct {
	Config  config.Config
	Log     *slog.Logger
	Queue   *queue.Queue
	Metrics *metrics.Metrics
	Place   *place.Place
	// Started is called as soon as the queue runs.
	Started func() error
}

// Run works, and answers on the operators' listener, until the context ends; then it lets what runs end in time.
func (p Process) Run(ctx context.Context) error {
	p.Metrics.Register(metrics.Queues(job.Queues(), p.Queue.Ages))
	var servers []*http.Server
	failed := make(chan error, 1)
	if p.Config.AdminListen != "" {
		listener, err := net.Listen("tcp", p.Config.AdminListen)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", p.Config.AdminListen, err)
		}
		srv := web.NewServer(p.Log, routes(p.Metrics))
		servers = append(servers, srv)
		go func() { failed <- srv.Serve(listener) }()
	}
	if err := p.Queue.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, web.Shutdown(servers))
	}
	p.Place.Watch(ctx, p.Queue)
	stopped := p.Started()
	if stopped == nil {
		select {
		case <-ctx.Done():
		case stopped = <-failed:
		}
	}
	p.Log.InfoContext(ctx, "draining")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.Config.Workers.DrainTimeout.Span())
	defer cancel()
	drained := p.Queue.Stop(stop)
	if drained == nil {
		drained = p.Place.Leave(stop)
	}
	err := errors.Join(stopped, web.Shutdown(servers), drained)
	p.Log.InfoContext(ctx, "stopped")
	return err
}

// routes are what the worker's listener answers. It lives as long as it answers; a restart for more would cut questions off.
func routes(m *metrics.Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	return mux
}

func (w *worker) close() error {
	errs := []error{w.place.Close(), w.traces.Close()}
	if w.store != nil {
		errs = append(errs, w.store.Close())
		w.store = nil
	}
	if w.askers != nil {
		errs = append(errs, w.askers.Close())
		w.askers = nil
	}
	return errors.Join(errs...)
}
