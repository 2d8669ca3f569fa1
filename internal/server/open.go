package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/organisationjobs"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/ratelimit"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/server/githubpart"
	"github.com/lintel-review/lintel/internal/server/gitlabpart"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/worker"
)

// base is what New opens once and hands to the parts: the log, the database, the jobs, the policies and the forge.
type base struct {
	config  config.Config
	options Options
	log     *slog.Logger
	now     func() time.Time
	// place is this process's at the database, member it among others; member is nil on SQLite, where there are none.
	place  *store.Attendance
	member *processes.Member
	jobs   *queue.Jobs
	store  *store.Store
	engine *policy.Engine
	// above gives what holds above a repository. It asks no forge.
	above *organisationjobs.Above
	// hub is GitHub and lab GitLab; each is zero where it is not served. forges are those that are.
	hub    githubpart.Served
	lab    gitlabpart.Served
	forges forge.Set
	// limits keeps requests within the forges' limits; peers is how many processes share them.
	limits  *ratelimit.Limits
	peers   atomic.Int64
	outbox  *outbox.Outbox
	metrics *metrics.Metrics
	traces  *otlp.Traces
	links   web.Capability
	// organisation is the settings file that holds for all repositories; nil when there is none.
	organisation *change.File
}

// open opens everything in order: nearly every step needs what an earlier one made. With an error it returns what is
// open so far.
func open(ctx context.Context, c config.Config, o Options) (*base, error) {
	shared := o.Now == nil
	o = o.withDefaults()
	b := &base{config: c, options: o, log: o.Log, now: o.Now}
	if err := b.readSecrets(); err != nil {
		return b, err
	}
	var err error
	if b.engine = o.Engine; b.engine == nil {
		if b.engine, err = builtin.Engine(ctx); err != nil {
			return b, err
		}
	}
	if err := b.engine.Prepare(); err != nil {
		return b, err
	}
	b.organisation, err = settingsfile.Organisation(ctx, "organisation.settings_file", c.Organisation.SettingsFile, b.engine.Configurable())
	if err != nil {
		return b, err
	}
	if err := b.openStore(ctx, shared); err != nil {
		return b, err
	}
	if b.links, err = web.ReadCapability(ctx, b.store); err != nil {
		return b, err
	}
	b.metrics = metrics.New(b.store.Backlog)
	b.metrics.Register(metrics.Roles(b.config.EachRole()...))
	b.above = organisationjobs.NewAbove(b.store, b.organisation)
	return b, b.openForges()
}

// readSecrets reads the keys and secrets of the forges, so that a start without one of them ends before anything is opened.
func (b *base) readSecrets() (err error) {
	if b.config.GitHub.On() {
		err = b.hub.Read(b.config.GitHub)
	}
	if err == nil && b.config.GitLab.On() {
		err = b.lab.Read(b.config.GitLab)
	}
	for _, open := range []string{b.config.GitHub.Exposed(), b.config.GitLab.Exposed()} {
		if open != "" {
			b.log.Warn("other users of this machine can read a secret", "file", open,
				"remedy", "chmod 640, or 600 when Lintel's user owns it; then make a new key or secret, as the old one may be known")
		}
	}
	return err
}

// clocksDiffer is how far this machine's clock may be off before it is said.
const clocksDiffer = 5 * time.Second

// openStore takes a place at the database and opens it. With shared the time is the database's, which all processes
// share.
func (b *base) openStore(ctx context.Context, shared bool) (err error) {
	if b.place, err = store.Attend(ctx, b.config.Database, b.options.Machine); err != nil {
		return err
	}
	if now := b.place.Now(); shared && now != nil {
		b.now, b.options.Now = now, now
		if ahead := b.place.Ahead(); ahead.Abs() > clocksDiffer {
			b.log.WarnContext(ctx, "this machine's clock differs from the database's, which is used instead where Lintel can choose",
				"difference", ahead.String(), "remedy", "set the clock of this machine (NTP)")
		}
	}
	if b.jobs, err = queue.NewJobsFor(b.config.Database, b.now); err != nil {
		return err
	}
	var later []fs.FS
	if b.options.Later != nil {
		later = append(later, b.options.Later)
	}
	if b.store, err = store.Open(ctx, b.config.Database, b.now, b.jobs, later...); err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this machine: %w", err)
	}
	self := processes.Process{
		Host: host, PID: os.Getpid(), Version: build.Read().Version, Policies: b.engine.Digest(),
		Roles: b.config.EachRole(),
	}
	if b.config.Has(role.Gate) {
		self.JudgesBy = b.config.Gate + " " + b.judgesBy()
	}
	b.member, err = b.place.Enter(ctx, b.store, self, b.log)
	if err != nil {
		return err
	}
	if b.member != nil && b.options.Proof != nil {
		b.member.Proof = b.options.Proof
	}
	b.traces, err = worker.Traces(b.config, b.log)
	return err
}

// judgesBy names the policies and the file above them: another floor in the server's own file judges otherwise, too.
func (b *base) judgesBy() string {
	name := b.engine.Digest()
	if b.organisation != nil {
		name += " under " + b.organisation.Blob
	}
	return name
}

// openForges makes the forges that are served, and the outbox that writes to them.
func (b *base) openForges() (err error) {
	b.forges = forge.Set{}
	if err := b.openLimits(); err != nil {
		return err
	}
	if b.config.GitHub.On() {
		err = b.hub.Open(b.config, github.Options{
			Transport:     otlp.Transport(b.metrics.Transport(b.options.Transport)),
			Kept:          b.store,
			Owners:        ownership.Names,
			MemberAge:     b.options.MemberAge,
			ValidSettings: review.ValidSettings(b.engine),
			Organisation:  b.above.Of,
			Limits: func(installation int64, next http.RoundTripper) http.RoundTripper {
				return b.limits.Transport(change.GitHub, installation, next)
			},
			Wants:       b.engine.Wants(nil),
			WantsReview: b.engine.WantsReview(nil),
			ReadChecks:  b.engine.ReadsFact("checks"),
			Now:         b.now,
			Log:         b.log,
		})
		if err != nil {
			return err
		}
		b.forges[change.GitHub] = b.hub.Forge
	}
	if b.config.GitLab.On() {
		err = b.lab.Open(b.config.GitLab, b.config.PublicURL, gitlab.Options{
			Transport: otlp.Transport(b.metrics.Transport(b.options.Transport)),
			Limits: func(next http.RoundTripper) http.RoundTripper {
				return b.limits.Transport(change.GitLab, gitlabpart.Connection, next)
			},
			Now:           b.now,
			Owners:        ownership.NamesOnGitLab,
			ValidSettings: review.ValidSettings(b.engine),
			Organisation:  b.above.Within,
			Wants:         b.engine.Wants(nil),
			GateNotes:     b.store,

			OrganisationRepository: b.config.GitLab.SettingsProject, OrganisationPath: b.config.Organisation.Path,
		}, b.log)
		if err != nil {
			return err
		}
		b.forges[change.GitLab] = b.lab.Forge
	}
	o := outbox.Options{Publisher: b.forges, Journal: b.store, Log: b.log, Sent: b.metrics.Sent}
	if b.member != nil {
		o.Exclude = b.member.Exclude
	}
	b.outbox, err = outbox.New(o)
	return err
}

// openLimits makes what keeps the requests of all processes together within the forges' limits.
func (b *base) openLimits() (err error) {
	o := ratelimit.Options{Record: b.store, Log: b.log, Now: b.now}
	if b.member != nil {
		o.Peers = func() int { return int(b.peers.Load()) }
	}
	if b.limits, err = ratelimit.New(o); err != nil || b.member == nil {
		return err
	}
	b.member.Looked = func(ctx context.Context, serving int) error {
		b.peers.Store(int64(serving))
		return b.limits.Refresh(ctx)
	}
	return nil
}

// page is the public address of the page about a change, with the capability that opens it.
func (b *base) page(r change.Ref) string { return b.links.URL(b.config.PublicURL, r) }

// strictest is the mode that no rule may exceed on this server; empty when the gate enforces.
func strictest(c config.Config) finding.Mode {
	if c.Gate == string(finding.Warn) {
		return finding.Warn
	}
	return ""
}
