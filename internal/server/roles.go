package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/web"
)

// roleOf is the role that works on a queue. Whatever nobody names belongs to the gate.
func roleOf(name string) string {
	switch name {
	case job.SweepQueue, job.BackfillQueue:
		return role.Sweeps
	case job.StepQueue, job.AskQueue:
		return role.Advise
	}
	return role.Gate
}

// assign leaves to each process the parts of the work that its roles name. A process that lacks a role still queues what
// it asks for. The works of the clock stay: whichever process leads rings them, and one that sweeps does them.
func assign(c config.Config, parts part.All) part.All {
	assigned := slices.Clone(parts)
	for i := range assigned {
		p := &assigned[i]
		p.Jobs = slices.DeleteFunc(slices.Clone(p.Jobs), func(k queue.Kind) bool { return !c.Has(roleOf(k.Queue())) })
		needed := role.Web
		if p.Name == "reports" {
			needed = role.Reports
		}
		if routes := p.Routes; routes != nil && !c.Has(needed) {
			p.Routes = func(_, admin *http.ServeMux) { routes(http.NewServeMux(), admin) }
		}
	}
	return assigned
}

// together checks that each role has a process. Where one has none, this process still does its own part, so it is as
// ready as ever: the work of the others waits in the record.
func together(list func(context.Context) ([]processes.Process, error)) web.Check {
	return web.Check{
		Name:   "processes",
		Remedy: "start a lintel serve that has the role (docs/postgresql.md); nothing is lost meanwhile",
		Run: func(ctx context.Context) error {
			all, err := list(ctx)
			if err != nil || len(all) == 0 {
				return err
			}
			missing := role.Served()
			for _, p := range all {
				if p.Living {
					missing = slices.DeleteFunc(missing, func(name string) bool { return slices.Contains(p.Roles, name) })
				}
			}
			if len(missing) == 0 {
				return nil
			}
			return &web.Degraded{Err: fmt.Errorf("no living process has the role %s", strings.Join(missing, ", "))}
		},
	}
}

// behind says that the work does not keep up. Where another process judges, this one is as ready as ever: a load
// balancer must not take it out. left says that this one leaves verdicts to another one with other policies, which may
// live and yet not judge.
func behind(c config.Config, left bool, err error) error {
	switch {
	case !c.Has(role.Gate):
		return &web.Degraded{Err: err}
	case left:
		return &web.Degraded{Err: fmt.Errorf("%w; a process with other policies lives and does not judge them: repair it, or end it, "+
			"and this process judges", err)}
	}
	return err
}
