package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/organisationjobs"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web"
)

// base is what New opens once and hands to the parts: the log, the database, the jobs, the policies and the forge.
type base struct {
	config  config.Config
	options Options
	log     *slog.Logger
	now     func() time.Time
	// lock keeps other servers from the database.
	lock    io.Closer
	jobs    *queue.Jobs
	store   *store.Store
	engine  *policy.Engine
	decoder *github.Decoder
	forge   *github.Forge
	// forges are all that are connected, GitHub among them.
	forges  forge.Set
	outbox  *outbox.Outbox
	metrics *metrics.Metrics
	links   web.Capability
	// organisation is the settings file that holds for all repositories; nil when there is none.
	organisation *change.File
}

// open opens everything in order: nearly every step needs what an earlier one made. With an error it returns what is
// open so far.
func open(ctx context.Context, c config.Config, o Options) (*base, error) {
	o = o.withDefaults()
	b := &base{config: c, options: o, log: o.Log, now: o.Now}
	secrets, err := c.GitHub.WebhookSecrets()
	if err != nil {
		return b, err
	}
	if b.decoder, err = github.NewDecoder(secrets...); err != nil {
		return b, fmt.Errorf("github.webhook_secret_file: %w", err)
	}
	key, err := os.ReadFile(c.GitHub.PrivateKeyFile)
	if err != nil {
		return b, fmt.Errorf("github.private_key_file: %w", err)
	}
	if open := c.GitHub.Exposed(); open != "" {
		o.Log.Warn("other users of this machine can read a secret", "file", open,
			"remedy", "chmod 640, or 600 when Lintel's user owns it; then make a new key or secret, as the old one may be known")
	}
	if b.engine = o.Engine; b.engine == nil {
		if b.engine, err = builtin.Engine(ctx); err != nil {
			return b, err
		}
	}
	if err := b.engine.Prepare(); err != nil {
		return b, err
	}
	if err := b.openStore(ctx); err != nil {
		return b, err
	}
	if b.links, err = web.ReadCapability(ctx, b.store); err != nil {
		return b, err
	}
	b.metrics = metrics.New(b.store.Backlog)
	b.organisation, err = settingsfile.Organisation(ctx, "organisation.settings_file", c.Organisation.SettingsFile, b.engine.Configurable())
	if err != nil {
		return b, err
	}
	return b, b.openForge(key)
}

// openStore takes the database's lock and opens it.
func (b *base) openStore(ctx context.Context) (err error) {
	if b.lock, err = store.Claim(ctx, b.config.Database, b.log); err != nil {
		return err
	}
	if b.jobs, err = queue.NewJobsFor(b.config.Database, b.now); err != nil {
		return err
	}
	b.store, err = store.Open(ctx, b.config.Database, b.now, b.jobs)
	return err
}

// openForge makes the forge and the outbox that writes to it.
func (b *base) openForge(key []byte) (err error) {
	c, o := b.config.GitHub, b.config.Organisation
	b.forge, err = github.New(github.Options{
		AppID:           c.AppID,
		PrivateKey:      key,
		APIURL:          c.APIURL,
		REST:            !c.GraphQL,
		Transport:       b.metrics.Transport(b.options.Transport),
		Kept:            b.store,
		Owners:          ownership.Names,
		MemberAge:       b.options.MemberAge,
		ValidSettings:   review.ValidSettings(b.engine),
		Organisation:    organisationjobs.NewAbove(b.store, b.organisation).Of,
		Wants:           b.engine.Wants(nil),
		WantsReview:     b.engine.WantsReview(nil),
		ReadChecks:      b.engine.ReadsFact("checks"),
		TrustedBranches: c.TrustedBranches,
		Now:             b.now,
		Log:             b.log,

		OrganisationRepository: o.Repository,
		OrganisationPath:       o.Path,
	})
	if err == nil {
		b.forges = forge.Set{change.GitHub: b.forge}
		b.outbox, err = outbox.New(outbox.Options{Publisher: b.forges, Journal: b.store, Log: b.log, Sent: b.metrics.Sent})
	}
	return err
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
