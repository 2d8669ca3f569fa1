package server

import (
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/web"
)

func (s *Server) public() http.Handler {
	return web.Public(s.log, s.health, s.pages(), func(mux *http.ServeMux) { s.parts.routes(mux, http.NewServeMux()) })
}

func (s *Server) admin() http.Handler {
	desk := &web.Desk{Board: s.store, GivenUp: s.queue.GivenUp, Metrics: s.metrics.handler()}
	return web.Admin(s.log, desk, s.health, s.pages(), func(mux *http.ServeMux) { s.parts.routes(http.NewServeMux(), mux) })
}

func (s *Server) pages() *web.Pages {
	return &web.Pages{
		Record:     s.store,
		Capability: s.links,
		Families:   s.engine.Families(),
		Rules:      s.engine.Rules(),
		Gate:       s.cap(),
		WebURL:     strings.TrimSuffix(s.config.GitHub.WebURL, "/"),
		Version:    build.Read().Version,
		Log:        s.log,
		Now:        s.now,
	}
}
