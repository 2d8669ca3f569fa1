package server

import (
	"net/http"

	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/oidc"
)

// takeReports wires what takes reports in, and what gives them to snapshots.
func (s *Server) takeReports(transport http.RoundTripper) {
	c := s.config.Reports
	s.fetcher = &ingest.Fetcher{Runs: s.store, Artifacts: s.forge, Receiver: &ingest.Receiver{
		Verifier: oidc.New(c.Issuers, s.config.Audience(), transport, s.options.Now),
		Store:    s.store, Tokens: s.store, Forge: s.forge, Trees: s.forge, Parser: formats.Parser{}, Observer: s.metrics,
		Reads: s.engine.ReadsFact, Now: s.options.Now, Log: s.log,
		MaxPacked: int64(c.MaxMegabytes) << 20, MaxPlain: int64(c.MaxUnpackedMegabytes) << 20, KeepRaw: c.KeepRaw, Slots: make(chan struct{}, c.AtOnce),
	}}
	s.reviewer.Reports = &ingest.Joiner{Record: s.store, Ancestry: s.forge, Trees: s.forge}
}
