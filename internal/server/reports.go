package server

import (
	"net/http"

	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/oidc"
)

// takeReports wires what takes reports in, and what gives them to snapshots.
func (s *Server) takeReports(transport http.RoundTripper) error {
	c := s.config.Reports
	receiver, err := ingest.New(ingest.Options{
		Verifier:  oidc.New(c.Issuers, s.config.Audience(), transport, s.options.Now),
		Store:     s.store,
		Tokens:    s.store,
		Forge:     s.forge,
		Trees:     s.forge,
		Parser:    formats.Parser{},
		Observer:  s.metrics,
		Reads:     s.engine.ReadsFact,
		Now:       s.options.Now,
		Log:       s.log,
		MaxPacked: int64(c.MaxMegabytes) << 20,
		MaxPlain:  int64(c.MaxUnpackedMegabytes) << 20,
		KeepRaw:   c.KeepRaw,
		AtOnce:    c.AtOnce,
	})
	if err != nil {
		return err
	}
	if s.fetcher, err = ingest.NewFetcher(receiver, s.store, s.forge); err != nil {
		return err
	}
	s.reports = receiver
	s.reviewer.Reports = &ingest.Joiner{Record: s.store, Ancestry: s.forge, Trees: s.forge}
	return nil
}
