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

// collect gathers what the parts bring to the whole.
func (all parts) collect() (whole part) {
	for _, p := range all {
		whole.Jobs = append(whole.Jobs, p.Jobs...)
		whole.Sweeps = append(whole.Sweeps, p.Sweeps...)
		whole.Checks = append(whole.Checks, p.Checks...)
		whole.Metrics = append(whole.Metrics, p.Metrics...)
	}
	return whole
}

// routes mounts what the parts answer on the two listeners.
func (all parts) routes(public, admin *http.ServeMux) {
	for _, p := range all {
		if p.Routes != nil {
			p.Routes(public, admin)
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
