package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/web"
)

// forgeVariables are where programs look for a forge's keys.
var forgeVariables = []string{"GITHUB_TOKEN", "GH_TOKEN", "GITHUB_PAT", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_APP_PRIVATE_KEY", "GITLAB_TOKEN", "GL_TOKEN", "CI_JOB_TOKEN"}

// forgeKey is what a forge's token or a private key begins with.
var forgeKey = regexp.MustCompile(`gh[opsru]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}|glpat-[A-Za-z0-9_-]{20}|-----BEGIN [A-Z ]*PRIVATE KEY-----`)

// forgeKeys lists where a configuration or an environment holds a key of a forge. The keys themselves are not repeated.
func forgeKeys(c Config, environ []string) []string {
	var all []string
	for key, value := range map[string]string{"github.private_key_file": c.GitHub.PrivateKeyFile, "github.webhook_secret_file": c.GitHub.WebhookSecretFile, "github.previous_webhook_secret_file": c.GitHub.PreviousWebhookSecretFile} {
		if value != "" {
			all = append(all, key+" is set: a process that talks to a model must not know where the forge's keys are; give it a file of its own, without the section github")
		}
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if value != "" && (slices.Contains(forgeVariables, name) || forgeKey.MatchString(value)) {
			all = append(all, "environment variable "+name+" holds what looks like a key of a forge: start the worker without it")
		}
	}
	slices.Sort(all)
	return all
}

// LoadWorkerConfig reads the file of a worker. It may say less than a server's: no App is needed, and none of a forge's keys is allowed.
func LoadWorkerConfig(path string, environ []string, overrides map[string]string) (Config, error) {
	c, err := loadConfig(path, environ, overrides, func(c Config) []string {
		problems := slices.DeleteFunc(c.problems(), func(p string) bool { return strings.HasPrefix(p, "github.") || strings.HasPrefix(p, "listen:") })
		problems = append(problems, forgeKeys(c, environ)...)
		if c.Model.Endpoint == "" {
			problems = append(problems, "model.endpoint: it is missing: a worker asks a model, so name one")
		}
		return problems
	})
	return c, unstarted(err)
}

// Work asks models about what a server on the same database prepared, until the context ends. It opens no connection to a forge and could not: it holds no key.
func Work(ctx context.Context, c Config, t terminal.Terminal) error {
	w, err := newWorker(ctx, c, newLog(c.Log, t.Err))
	if err != nil {
		return err
	}
	return w.run(ctx)
}

type worker struct {
	config  Config
	log     *slog.Logger
	store   *store.Store
	queue   *queue.Queue
	askers  *askersLock
	metrics *metrics
}

func newWorker(ctx context.Context, c Config, log *slog.Logger) (w *worker, err error) {
	w = &worker{config: c, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
			w = nil
		}
	}()
	path, err := store.Path(c.Database)
	if err != nil {
		return w, err
	}
	if w.store, err = store.Join(ctx, c.Database, time.Now); err != nil {
		return w, err
	}
	w.metrics = newMetrics(w.store)
	asker, err := newAsker(c, w.store, newSearch(unneeded), w.metrics, time.Now)
	if err != nil {
		return w, err
	}
	var alone bool
	if w.askers, alone, err = lockAskers(path); err != nil {
		return w, err
	}
	w.queue, err = queue.New(ctx, queue.Options{DB: w.store.Writer(), Record: w.store, Log: log, Now: time.Now, Workers: 1, PerInstallation: 1,
		StepsAlone: true, Alone: alone, Askers: c.Advice.Askers, Steps: map[history.Step]queue.Step{history.Ask: asker.Step}})
	if err != nil {
		return w, err
	}
	w.store.Use(w.queue)
	w.store.UseSteps(w.queue)
	return w, nil
}

func (w *worker) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, w.close()) }()
	var servers []*http.Server
	failed := make(chan error, 1)
	if w.config.AdminListen != "" {
		listener, err := net.Listen("tcp", w.config.AdminListen)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", w.config.AdminListen, err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", w.metrics.handler())
		srv := web.NewServer(w.log, mux)
		servers = append(servers, srv)
		go func() { failed <- srv.Serve(listener) }()
	}
	if err := w.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, shutdown(servers))
	}
	if err := w.askers.share(); err != nil {
		return errors.Join(err, shutdown(servers))
	}
	w.log.Info("working", "queue", "advise", "database", w.config.Database, "model", w.config.Model.Name, "askers", w.config.Advice.Askers)
	var stopped error
	select {
	case <-ctx.Done():
	case stopped = <-failed:
	}
	w.log.Info("draining")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), duration(w.config.Workers.DrainTimeout))
	defer cancel()
	err = errors.Join(stopped, shutdown(servers), w.queue.Stop(stop))
	w.log.Info("stopped")
	return err
}

func (w *worker) close() error {
	var errs []error
	if w.store != nil {
		errs = append(errs, w.store.Close())
		w.store = nil
	}
	if w.askers != nil {
		errs = append(errs, w.askers.close())
		w.askers = nil
	}
	return errors.Join(errs...)
}
