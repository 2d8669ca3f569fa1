package server

import (
	"net/http"

	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/oidc"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// reportsPart takes in what CI uploads, fetches what the CI of a fork left behind, and gives both to snapshots.
type reportsPart struct {
	part
	fetcher *ingest.Fetcher
	joiner  *ingest.Joiner
}

func newReports(b *base) (p reportsPart, err error) {
	c := b.config.Reports
	receiver, err := ingest.New(ingest.Options{
		Verifier:  oidc.New(c.Issuers, b.config.Audience(), b.transport, b.now),
		Store:     b.store,
		Tokens:    b.store,
		Forge:     b.forge,
		Trees:     b.forge,
		Parser:    formats.Parser{},
		Observer:  b.metrics,
		Reads:     b.engine.ReadsFact,
		Now:       b.now,
		Log:       b.log,
		MaxPacked: int64(c.MaxMegabytes) << 20,
		MaxPlain:  int64(c.MaxUnpackedMegabytes) << 20,
		KeepRaw:   c.KeepRaw,
		AtOnce:    c.AtOnce,
	})
	if err != nil {
		return p, err
	}
	if p.fetcher, err = ingest.NewFetcher(receiver, b.store, b.forge); err != nil {
		return p, err
	}
	if p.joiner, err = ingest.NewJoiner(b.store, b.forge, b.forge); err != nil {
		return p, err
	}
	api, err := inbound.NewReports(receiver, b.log)
	if err != nil {
		return p, err
	}
	p.part = part{
		Name:    "reports",
		Routes:  func(public, _ *http.ServeMux) { api.Route(public) },
		Metrics: b.metrics.uploading.collectors(),
	}
	return p, nil
}
