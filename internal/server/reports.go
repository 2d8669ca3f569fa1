package server

import (
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/oidc"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// reportsPart receives the reports that CI uploads, fetches those that a fork's CI left as artifacts, and adds both to
// snapshots.
type reportsPart struct {
	part.Part
	receiver *ingest.Receiver
	fetcher  *ingest.Fetcher
	joiner   *ingest.Joiner
}

func newReports(
	o Options, c config.Config, st *store.Store, forges forge.Set, engine *policy.Engine, m *metrics.Metrics,
) (p reportsPart, err error) {
	limits := c.Reports
	receiver, err := ingest.New(ingest.Options{
		Verifier:  oidc.New(limits.Issuers, c.Audience(), o.Transport, o.Now).BelieveGitLab(strings.TrimRight(c.GitLab.URL, "/")),
		Store:     st,
		Tokens:    st,
		Forge:     forges,
		Trees:     forges,
		Parser:    formats.Parser{},
		Observer:  m,
		Reads:     engine.ReadsFact,
		Now:       o.Now,
		Log:       o.Log,
		MaxPacked: int64(limits.MaxMegabytes) << 20,
		MaxPlain:  int64(limits.MaxUnpackedMegabytes) << 20,
		KeepRaw:   limits.KeepRaw,
		AtOnce:    limits.AtOnce,
	})
	if err != nil {
		return p, err
	}
	p.receiver = receiver
	if p.fetcher, err = ingest.NewFetcher(receiver, st, forges); err != nil {
		return p, err
	}
	if p.joiner, err = ingest.NewJoiner(st, forges, forges); err != nil {
		return p, err
	}
	api, err := inbound.NewReports(receiver, o.Log)
	if err != nil {
		return p, err
	}
	p.Part = part.Part{
		Name:    "reports",
		Routes:  func(public, _ *http.ServeMux) { api.Route(public) },
		Metrics: []metrics.Set{m.Uploads()},
	}
	return p, nil
}
