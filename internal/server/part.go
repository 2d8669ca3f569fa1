package server

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/web"
)

// part is what one capability brings to the server. Every field but Name may be empty.
type part struct {
	Name string
	// Routes mounts what the capability answers on the two listeners.
	Routes func(public, admin *http.ServeMux)
	// Jobs are the kinds of jobs that it works on, Sweeps its works of the clock.
	Jobs    []queue.Kind
	Sweeps  []queue.Sweep
	Checks  []web.Check
	Metrics []prometheus.Collector
	// Started is called once, as soon as the queue works.
	Started func(ctx context.Context) error
	// Close gives back what the part holds; it is called after the database was closed.
	Close func() error
}

// parts are the capabilities of a server, in the order in which they were made.
type parts []part

func (all parts) jobs() (kinds []queue.Kind) {
	for _, p := range all {
		kinds = append(kinds, p.Jobs...)
	}
	return kinds
}

func (all parts) sweeps() (sweeps []queue.Sweep) {
	for _, p := range all {
		sweeps = append(sweeps, p.Sweeps...)
	}
	return sweeps
}

func (all parts) checks() (checks []web.Check) {
	for _, p := range all {
		checks = append(checks, p.Checks...)
	}
	return checks
}

func (all parts) metrics() (collectors []prometheus.Collector) {
	for _, p := range all {
		collectors = append(collectors, p.Metrics...)
	}
	return collectors
}

// public and admin mount the routes of one listener; what a part mounts on the other is dropped.
func (all parts) public(mux *http.ServeMux) {
	for _, p := range all {
		if p.Routes != nil {
			p.Routes(mux, http.NewServeMux())
		}
	}
}

func (all parts) admin(mux *http.ServeMux) {
	for _, p := range all {
		if p.Routes != nil {
			p.Routes(http.NewServeMux(), mux)
		}
	}
}

func (all parts) started(ctx context.Context) error {
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
