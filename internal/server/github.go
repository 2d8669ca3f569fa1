package server

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// hub is the GitHub that is served: its App's key, its door and its forge.
type hub struct {
	*github.Forge
	key     []byte
	decoder *github.Decoder
}

// read reads the secrets.
func (h *hub) read(c config.GitHub) error {
	secrets, err := c.WebhookSecrets()
	if err != nil {
		return err
	}
	if h.decoder, err = github.NewDecoder(secrets...); err != nil {
		return fmt.Errorf("github.webhook_secret_file: %w", err)
	}
	if h.key, err = os.ReadFile(c.PrivateKeyFile); err != nil {
		return fmt.Errorf("github.private_key_file: %w", err)
	}
	return nil
}

// open makes the forge.
func (h *hub) open(b *base) (err error) {
	c, o := b.config.GitHub, b.config.Organisation
	h.Forge, err = github.New(github.Options{
		AppID:           c.AppID,
		PrivateKey:      h.key,
		APIURL:          c.APIURL,
		REST:            !c.GraphQL,
		Transport:       b.metrics.Transport(b.options.Transport),
		Kept:            b.store,
		Owners:          ownership.Names,
		MemberAge:       b.options.MemberAge,
		ValidSettings:   review.ValidSettings(b.engine),
		Organisation:    b.above,
		Wants:           b.engine.Wants(nil),
		WantsReview:     b.engine.WantsReview(nil),
		ReadChecks:      b.engine.ReadsFact("checks"),
		TrustedBranches: c.TrustedBranches,
		Now:             b.now,
		Log:             b.log,

		OrganisationRepository: o.Repository,
		OrganisationPath:       o.Path,
	})
	return err
}

// part takes webhooks, and checks that GitHub knows the App.
func (h *hub) part(o inbound.HookOptions, in *intake.Intake) (part, error) {
	o.Decoder, o.Intake, o.Path = h.decoder, in, "/hooks/github"
	o.Unsigned = func(err error) bool { return errors.Is(err, github.ErrSignature) }
	o.SignatureHeader = "X-Hub-Signature-256"
	hooks, err := inbound.NewHooks(o)
	if err != nil {
		return part{}, err
	}
	return part{
		Name:   "github",
		Routes: func(public, _ *http.ServeMux) { hooks.Route(public) },
		Checks: []web.Check{{
			Name:    "forge",
			Run:     h.Ready,
			Remedy:  "run lintel doctor github",
			Timeout: 5 * time.Second,
			Keep:    30 * time.Second,
		}},
	}, nil
}
