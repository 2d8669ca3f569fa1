// Package server is the wiring of what serve and worker run, and nothing else: it opens the log, the database, the forge and the policies, and makes of them
// the parts that answer webhooks, look at changes, take reports in and give advice.
//
// Callers may rely on: nothing runs and nothing listens before Run; Run ends with its context, lets running work end in time, and closes what New opened.
package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web"
)

// Options are what the server needs beside its file. Log is needed; the rest has defaults.
type Options struct {
	Log *slog.Logger
	Now func() time.Time
	// Listen opens the listener of an address (nil: net.Listen).
	Listen func(address string) (net.Listener, error)
	// Transport is the network to the forge.
	Transport http.RoundTripper
	// Engine holds the policies (nil: the built-in ones).
	Engine *policy.Engine
	// TeamAge, MemberAge, GroupDeadline, SweepRepositories and ExplainFrom are for tests; zero takes the default.
	TeamAge           time.Duration
	MemberAge         time.Duration
	GroupDeadline     time.Duration
	SweepRepositories int
	ExplainFrom       int
	// Pace is the first wait before a failed look is tried again, for tests; zero takes the default.
	Pace time.Duration
	// Poll is how often the queue looks for jobs that became due by the clock, for tests; zero takes the default.
	Poll time.Duration
	// WaitSweep is how often heads that wait for reports are looked through; for tests.
	WaitSweep time.Duration
	// AdviceTries is how often a model is asked that may answer later, for tests; zero takes the default.
	AdviceTries int
	// NoSweeps leaves out the works of the clock, for measurements that must see no calls but those that they cause.
	NoSweeps bool
	// Observe is told of every look that ended (nil: nobody).
	Observe func(lookjobs.Ended)
}

// groupDeadline is how long a merge group may stay without a verdict. GitHub's queue waits for an hour unless its owner chose less, and then says nothing.
// https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
const groupDeadline = 3 * time.Minute

// Server is everything that serve runs. Fields are set once by New.
type Server struct {
	config   config.Config
	options  Options
	log      *slog.Logger
	lock     *os.File
	askers   *askersLock
	store    *store.Store
	engine   *policy.Engine
	forge    *github.Forge
	jobs     *queue.Jobs
	queue    *queue.Queue
	reviewer *review.Reviewer
	intake   *intake.Intake
	decoder  *github.Decoder
	recovery *recovery.Recovery
	metrics  *metrics
	reports  *ingest.Receiver
	fetcher  *ingest.Fetcher
	caps     web.Capability
	health   *web.Health
}

// New opens the database, compiles the policies and wires the parts. Nothing runs and nothing listens before Run.
// It is one straight line on purpose: nearly every step needs what an earlier one made.
func New(ctx context.Context, c config.Config, o Options) (s *Server, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Listen == nil {
		o.Listen = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	s = &Server{config: c, options: o, log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	secrets, err := c.GitHub.WebhookSecrets()
	if err != nil {
		return s, err
	}
	if s.decoder, err = github.NewDecoder(secrets...); err != nil {
		return s, fmt.Errorf("github.webhook_secret_file: %w", err)
	}
	key, err := os.ReadFile(c.GitHub.PrivateKeyFile)
	if err != nil {
		return s, fmt.Errorf("github.private_key_file: %w", err)
	}
	if open := c.GitHub.Exposed(); open != "" {
		o.Log.Warn("other users of this machine can read a secret", "file", open, "remedy", "chmod 640, or 600 when Lintel's user owns it; then make a new key or secret, as the old one may be known")
	}
	if s.engine = o.Engine; s.engine == nil {
		if s.engine, err = builtin.Engine(ctx); err != nil {
			return s, err
		}
	}
	path, err := store.Path(c.Database)
	if err != nil {
		return s, err
	}
	if s.lock, err = lockProcess(path + ".lock"); err != nil {
		return s, err
	}
	if s.jobs, err = queue.NewJobs(o.Now); err != nil {
		return s, err
	}
	if s.store, err = store.Open(ctx, c.Database, o.Now, s.jobs); err != nil {
		return s, err
	}
	if s.caps, err = s.capability(ctx); err != nil {
		return s, err
	}
	s.metrics = newMetrics(s.store)
	transport := o.Transport
	if transport == nil {
		transport = github.Transport()
	}
	s.forge, err = github.New(github.Options{AppID: c.GitHub.AppID, PrivateKey: key, APIURL: c.GitHub.APIURL, REST: !c.GitHub.GraphQL, Transport: s.metrics.transport(transport), Kept: s.store,
		Owners: ownership.Names, MemberAge: o.MemberAge, ValidSettings: review.ValidSettings(s.engine), ReadChecks: s.engine.ReadsFact("checks"), TrustedBranches: c.GitHub.TrustedBranches, Now: o.Now, Log: o.Log})
	if err != nil {
		return s, err
	}
	out := &outbox.Outbox{Publisher: s.forge, Journal: s.store, Log: o.Log, Now: o.Now, Sent: s.metrics.sent}
	s.reviewer = &review.Reviewer{Source: s.forge, Drafts: s.store, People: s.forge, Store: s.store, Outbox: out, Engine: s.engine, Log: o.Log, Now: o.Now, Gate: operatorCap(c), Page: s.page, GroupDeadline: cmp.Or(o.GroupDeadline, groupDeadline),
		Slow: 2 * time.Second, ExplainFrom: cmp.Or(o.ExplainFrom, 5), UnreadFrom: 3, Judged: s.metrics.judged}
	s.reviewer.Waits = s.store
	if err := s.takeReports(transport); err != nil {
		return s, err
	}
	if s.recovery, err = s.newRecovery(); err != nil {
		return s, err
	}
	sweeps := s.sweeps(retention(c))
	if o.NoSweeps {
		sweeps = nil
	}
	steps, err := s.steps(c, out)
	if err != nil {
		return s, err
	}
	alone := false
	if steps[advice.Ask] != nil {
		if s.askers, alone, err = lockAskers(path); err != nil {
			return s, err
		}
	}
	kinds, err := s.kinds(steps, alone)
	if err != nil {
		return s, err
	}
	s.queue, err = queue.New(ctx, queue.Options{
		Jobs:   s.jobs,
		DB:     s.store.Writer(),
		Reads:  s.store.Reader(),
		Kinds:  kinds,
		Sweeps: sweeps,
		Log:    o.Log,
		Now:    o.Now,
		Pace:   o.Pace,
		Poll:   o.Poll,
	})
	if err != nil {
		return s, err
	}
	s.metrics.queue(s.queue.GivenUp)
	s.health = s.newHealth()
	s.intake = &intake.Intake{Store: s.store, Reads: s.engine.ReadsFact, Unread: s.unread, App: c.GitHub.AppID, Now: o.Now, Slots: make(chan struct{}, 256), AsksPerMinute: 30}
	return s, nil
}

// capability makes the signer of page links. Its key lives in the database, so links outlive restarts.
func (s *Server) capability(ctx context.Context) (web.Capability, error) {
	const mark = "page-key"
	text, err := s.store.Mark(ctx, mark)
	if err != nil {
		return web.Capability{}, err
	}
	if text == "" {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return web.Capability{}, fmt.Errorf("make the key of page links: %w", err)
		}
		text = hex.EncodeToString(key)
		if err := s.store.SetMark(ctx, mark, text); err != nil {
			return web.Capability{}, err
		}
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return web.Capability{}, fmt.Errorf("read the key of page links: %w", err)
	}
	return web.NewCapability(key)
}

// page is the public address of the page about a change, with the capability that opens it.
func (s *Server) page(r change.Ref) string {
	return s.caps.URL(s.config.PublicURL, r)
}

func operatorCap(c config.Config) finding.Mode {
	if c.Gate == string(finding.Warn) {
		return finding.Warn
	}
	return ""
}

func retention(c config.Config) store.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return store.Retention{Deliveries: days(c.Retention.DeliveryDays), History: days(c.Retention.HistoryDays), Verdicts: days(c.Retention.VerdictDays), Evidence: days(c.Retention.EvidenceDays), Kept: days(30), Advice: days(c.Retention.AdviceDays),
		Reports: days(c.Retention.ReportDays), RawReports: days(c.Retention.RawReportDays), UnseenReports: days(c.Retention.UnseenReportDays)}
}

// fetchTries is how often a look is tried for the reports of forks alone.
const fetchTries = 3

// handler is the server as the queue sees it.
type handler struct{ *Server }

func (h handler) Look(ctx context.Context, r change.Record, a job.Attempt) error {
	var missed error
	if err := h.fetcher.Fetch(ctx, r); err != nil {
		var limited *change.Limited
		if errors.As(err, &limited) || (a.Number < fetchTries && !a.Last) {
			return err
		}
		// A verdict without a fork's reports says that they are missing; none at all would say nothing.
		h.log.Warn("judging without the reports of a fork, which could not be fetched", "change", r.Ref.String(), "error", err.Error())
		missed = fmt.Errorf("the verdict stands without the reports of a fork: %w", err)
	}
	if err := h.reviewer.Look(ctx, r, a.Number, a.Last); err != nil {
		return err
	}
	h.metrics.verdictAfter.Observe(h.options.Now().Sub(r.RaisedAt).Seconds())
	if a.Last {
		return nil
	}
	return missed
}

func (h handler) Scan(ctx context.Context, s delivery.Scan) error { return h.recovery.Scan(ctx, s) }

func (s *Server) ended(e lookjobs.Ended) {
	s.metrics.looks.WithLabelValues(e.Outcome).Observe(e.Took.Seconds())
	s.metrics.waited.Observe(e.Waited.Seconds())
	if s.options.Observe != nil {
		s.options.Observe(e)
	}
}

// Accept takes an event in. What is kept about memberships is dropped first, so that the look which follows reads them anew.
func (s *Server) Accept(ctx context.Context, ev change.Event) (intake.Result, error) {
	if ev.Kind == change.AccessChanged {
		s.forge.Forget(ev.Installation, ev.Subject)
	}
	result, err := s.intake.Accept(ctx, ev)
	outcome := "refused"
	if err == nil {
		outcome = string(result.Outcome)
		if result.Repeat {
			outcome = "repeat"
		}
	}
	s.metrics.deliveries.WithLabelValues(ev.Name, outcome).Inc()
	return result, err
}

// Close lets go of the database. It is safe to call on a server that was made in part.
func (s *Server) Close() error {
	var errs []error
	if s.store != nil {
		errs = append(errs, s.store.Close())
		s.store = nil
	}
	if s.askers != nil {
		errs = append(errs, s.askers.close())
		s.askers = nil
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}
