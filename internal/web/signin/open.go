package signin

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/identity"
	"github.com/lintel-review/lintel/internal/oidc"
	"github.com/lintel-review/lintel/internal/web"
)

// Record is all that the sign-in needs of the record.
type Record interface {
	Store
	Repositories
}

// Open makes the door that the server's file describes; nil when nobody signs in. It asks no provider.
func Open(c config.Config, record Record, show func(http.ResponseWriter, *http.Request, int, web.SignInView), log *slog.Logger,
	now func() time.Time) (web.Door, error) {
	s := c.SignIn
	if !s.On() {
		if c.AdminListen != "" {
			log.Info("nobody signs in at admin_listen: whoever reaches it is an operator", "admin_listen", c.AdminListen,
				"protected", c.AdminProtected)
		}
		return nil, nil
	}
	secrets, err := s.Secrets()
	if err != nil {
		return nil, err
	}
	at := strings.TrimSuffix(s.URL, "/")
	o := Options{Ways: map[string]Way{}, Store: record, Repositories: record, Rules: s.Rules(), URL: at, Idle: s.Idle.Span(),
		Longest: s.Longest.Span(), MetricsToken: secrets.Metrics, Log: log, Now: now}
	if s.OIDC.Issuer != "" {
		client := identity.Client{ID: s.OIDC.ClientID, Secret: secrets.OIDC, Back: at + "/signin/" + access.ByOIDC + "/callback"}
		o.Ways[access.ByOIDC] = identity.NewOIDC(client, oidc.NewProvider(s.OIDC.Issuer, s.OIDC.ClientID, s.OIDC.GroupsClaim, nil, now))
	}
	if s.GitHub.ClientID != "" {
		client := identity.Client{ID: s.GitHub.ClientID, Secret: secrets.GitHub, Back: at + "/signin/" + access.ByGitHub + "/callback"}
		way := identity.NewGitHub(client, strings.TrimSuffix(c.GitHub.WebURL, "/"), strings.TrimSuffix(c.GitHub.APIURL, "/"))
		o.Ways[access.ByGitHub], o.Reader = way, way
	}
	door, err := New(o, show)
	if err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	return door, nil
}
