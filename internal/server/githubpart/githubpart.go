// Package githubpart is the server's part for GitHub: it reads the App's secrets, makes the forge, and takes its webhooks.
//
// Callers may rely on: a zero Served serves no GitHub; Read opens nothing and calls nobody.
package githubpart

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// Served is the GitHub that is served: its App's key, its decoder and its forge.
type Served struct {
	*github.Forge
	key     []byte
	decoder *github.Decoder
}

// Read reads the secrets.
func (h *Served) Read(c config.GitHub) error {
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

// Open makes the forge from the server's file, what Read has read, and the needs that o holds already.
func (h *Served) Open(c config.Config, o github.Options) (err error) {
	o.AppID, o.PrivateKey, o.APIURL, o.REST = c.GitHub.AppID, h.key, c.GitHub.APIURL, !c.GitHub.GraphQL
	o.TrustedBranches = c.GitHub.TrustedBranches
	o.OrganisationRepository, o.OrganisationPath = c.Organisation.Repository, c.Organisation.Path
	h.Forge, err = github.New(o)
	return err
}

// Part takes webhooks, and checks that GitHub knows the App.
func (h *Served) Part(o inbound.HookOptions, in inbound.Acceptor) (part.Part, error) {
	o.Decoder, o.Intake, o.Path = h.decoder, in, "/hooks/github"
	o.Unsigned = func(err error) bool { return errors.Is(err, github.ErrSignature) }
	o.SignatureHeader = "X-Hub-Signature-256"
	hooks, err := inbound.NewHooks(o)
	if err != nil {
		return part.Part{}, err
	}
	return part.Part{
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
