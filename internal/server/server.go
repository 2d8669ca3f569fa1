// Package server is the wiring of what serve and worker run, and nothing else: it opens the log, the database, the
// forge and the policies, and makes the parts that receive webhooks, look at changes, receive reports and give
// advice.
//
// Callers may rely on: nothing runs and nothing listens before Run; Run ends with its context, lets running work end in
// time, and closes what New opened.
package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/mirrors"
	"github.com/lintel-review/lintel/internal/organisationjobs"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/server/checkspart"
	"github.com/lintel-review/lintel/internal/server/organisationpart"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// Server is everything that serve runs. New sets its fields once.
type Server struct {
	*base
	recovery recoveryPart
	intake   *intake.Intake
	files    organisationpart.Organisations
	judge    *lookjobs.Judge
	parts    part.All
	queue    *queue.Queue
	health   *web.Health
	// public and admin answer on the two listeners.
	public, admin http.Handler
	// checked is closed after the first check of the health.
	checked chan struct{}
}

// New opens what the parts need, makes the parts, and makes the queue that runs their jobs. Nothing runs and nothing
// listens before Run.
func New(ctx context.Context, c config.Config, o Options) (s *Server, err error) {
	s = &Server{checked: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if s.base, err = open(ctx, c, o); err != nil {
		return s, err
	}
	if err = s.makeParts(ctx); err != nil {
		return s, err
	}
	return s, s.assemble(ctx)
}

// makeParts makes the parts. Each has its constructor in a file of its own; the parameters are what the part needs.
func (s *Server) makeParts(ctx context.Context) error {
	o, c, st, forges, engine, m := s.options, s.config, s.store, s.forges, s.engine, s.metrics
	reports, err := newReports(o, c, st, forges, engine, m)
	if err != nil {
		return err
	}
	advice, err := newAdvice(o, c, st, forges, s.outbox, engine, s.page, reports.joiner, m)
	// Close must also close what an incomplete advice part holds.
	s.parts = append(s.parts, reports.Part, advice.Part)
	if err != nil {
		return err
	}
	checks, err := checkspart.New(ctx, o.Log, o.Now, c, st, served[mirrors.Forge](s, s.hub, s.lab))
	s.parts = append(s.parts, checks.Part)
	if err != nil {
		return err
	}
	reviewer, err := newReviewer(o, c, st, forges, s.above.Known, s.outbox, engine, s.page, reports.joiner, checks.Wanter,
		advice.requester, m)
	if err != nil {
		return err
	}
	recovered, err := newRecovery(o, st, served[recovery.Forge](s, s.hub, s.lab), reviewer, s.alone)
	if err != nil {
		return err
	}
	files, err := organisationpart.New(o.Log, o.Now, c, st, served[organisationjobs.Forge](s, s.hub, s.lab), engine, s.organisation)
	if err != nil {
		return err
	}
	looks, err := newLooks(o, c.Workers, st, s.jobs, reports.fetcher, reviewer, organisationjobs.NewScanner(files.All, recovered),
		s.mine(s.member), s.stale(), m)
	if err != nil {
		return err
	}
	if s.intake, err = newIntake(o, c.GitHub, st, forges, engine, files, m); err != nil {
		return err
	}
	doors, err := s.doors(recovered)
	if err != nil {
		return err
	}
	backfilled, err := s.newBackfill(o)
	if err != nil {
		return err
	}
	lives, err := newFlow(o, c.Flow, st, reports.receiver)
	if err != nil {
		return err
	}
	told, err := newWeekly(o, c.Flow, part.Sites(c).Words(), st, s.hub.Forge)
	if err != nil {
		return err
	}
	waiting, err := newAwaited(o, reports.receiver, st, s.page)
	if err != nil {
		return err
	}
	s.recovery, s.judge, s.files = recovered, looks.judge, files
	s.parts = append(s.parts, files.Part, newRecord(o, c, st, s.member), looks.Part, recovered.Part,
		backfilled, lives, told, waiting, newScorecards(o, st, engine),
		newObjectives(o, c.Objectives, st), newFlowGauges(o, st))
	s.parts = append(s.parts, doors...)
	return nil
}

// alone reports whether no other process works on the database.
func (s *Server) alone(ctx context.Context) (bool, error) {
	if s.member == nil {
		return true, nil
	}
	return s.member.Alone(ctx)
}

// stale makes looks forget what events that other processes received said is stale; alone, this process knows.
func (s *Server) stale() *lookjobs.Stale {
	if s.member == nil {
		return nil
	}
	return lookjobs.NewStale(s.store.Forgotten, s.forges.Forget)
}

// doors take the webhooks of the forges that are served.
func (s *Server) doors(recovered recoveryPart) (all []part.Part, err error) {
	o := inbound.HookOptions{Log: s.options.Log, Observe: s.metrics.Hook, Traces: s.traces}
	add := func(p part.Part, failed error) {
		all = append(all, p)
		err = errors.Join(err, failed)
	}
	if s.hub.Forge != nil {
		add(s.hub.Part(o, s.intake))
	}
	if s.lab.Forge != nil {
		add(s.lab.Part(o, s.intake, recovered.sweepGitLab, s.store.HoldsMerge, s.store, s.lookAgain))
	}
	return all, err
}

// served are the forges that this server serves, as what somebody needs of them.
func served[F any](s *Server, hub, lab F) map[change.Forge]F {
	all := map[change.Forge]F{}
	if s.hub.Forge != nil {
		all[change.GitHub] = hub
	}
	if s.lab.Forge != nil {
		all[change.GitLab] = lab
	}
	return all
}

// assemble makes the queue, the metrics, the health and the two handlers from what the parts add.
func (s *Server) assemble(ctx context.Context) (err error) {
	s.parts = assign(s.config, s.parts)
	whole := s.parts.Collect()
	if s.options.NoSweeps {
		whole.Sweeps = nil
	}
	client := ""
	var left func(string) bool
	if s.member != nil {
		client = s.member.Client()
		member, looks := s.member, job.Look{}.Queue()
		left = func(name string) bool { return name == looks && member.Left() }
	}
	s.queue, err = queue.New(ctx, queue.Options{
		Client: client,
		Left:   left,
		Clock:  s.place.Now(),
		Rings:  !s.config.Has(role.Sweeps),
		Jobs:   s.jobs,
		DB:     s.store.Writer(),
		Reads:  s.store.Reader(),
		Kinds:  whole.Jobs,
		Sweeps: whole.Sweeps,
		Log:    s.log,
		Now:    s.now,
		Pace:   s.options.Pace,
		Poll:   s.options.Poll,
		Traces: s.traces, Measure: s.metrics.Job,
	})
	if err != nil {
		return err
	}
	s.metrics.JobsGivenUp(s.queue.GivenUp)
	s.metrics.Register(append(whole.Metrics, metrics.Queues(job.Queues(), s.queue.Ages))...)
	if s.health, err = web.NewHealth(s.log, s.now, whole.Checks...); err != nil {
		return err
	}
	s.public, s.admin, err = s.handlers()
	return err
}

// Close closes the database, then the parts, then gives its place at the database back. It also closes a server that New could not finish.
func (s *Server) Close() error {
	var errs []error
	if s.base != nil && s.member != nil {
		s.member.Halt()
		s.member = nil
	}
	if s.base != nil && s.store != nil {
		errs = append(errs, s.limits.Close(context.Background()))
		errs = append(errs, s.store.Close())
		s.store = nil
	}
	for _, p := range s.parts {
		if p.Close != nil {
			errs = append(errs, p.Close())
		}
	}
	s.parts = nil
	if s.base != nil && s.place != nil {
		errs = append(errs, s.place.Close())
		s.place = nil
	}
	if s.base != nil {
		errs = append(errs, s.traces.Close())
	}
	return errors.Join(errs...)
}
