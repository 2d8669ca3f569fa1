// Package part is what one capability adds to the server: routes, jobs, sweeps, checks and metrics, as plain values.
//
// Callers may rely on: a Part does nothing by itself; the server mounts, registers and runs what is in it.
package part

import (
	"context"
	"net/http"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/web"
)

// Part is what one capability adds to the server. Every field but Name may be empty.
type Part struct {
	Name string
	// Routes adds the capability's paths to the two listeners.
	Routes func(public, admin *http.ServeMux)
	// Jobs are the kinds of jobs that it runs, Sweeps what it runs by the clock.
	Jobs    []queue.Kind
	Sweeps  []queue.Sweep
	Checks  []web.Check
	Metrics []metrics.Set
	// Started is called once, as soon as the queue runs.
	Started func(ctx context.Context) error
	// Close releases what the part holds. It is called after the database was closed.
	Close func() error
}

// All are the capabilities of a server, in the order in which New made them.
type All []Part

// Collect joins the jobs, sweeps, checks and metrics of all parts.
func (all All) Collect() (whole Part) {
	for _, p := range all {
		whole.Jobs = append(whole.Jobs, p.Jobs...)
		whole.Sweeps = append(whole.Sweeps, p.Sweeps...)
		whole.Checks = append(whole.Checks, p.Checks...)
		whole.Metrics = append(whole.Metrics, p.Metrics...)
	}
	return whole
}

// Route adds the paths of all parts to the two listeners.
func (all All) Route(public, admin *http.ServeMux) {
	for _, p := range all {
		if p.Routes != nil {
			p.Routes(public, admin)
		}
	}
}

// Begin calls what each part wants to be called when the queue runs.
func (all All) Begin(ctx context.Context) error {
	for _, p := range all {
		if p.Started == nil {
			continue
		}
		if err := p.Started(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Sites are where people see the forges that are served.
func Sites(c config.Config) change.Sites {
	sites := change.Sites{}
	if c.GitHub.On() {
		sites[change.GitHub] = c.GitHub.WebURL
	}
	if c.GitLab.On() {
		sites[change.GitLab] = c.GitLab.URL
	}
	return sites
}
