package server

import (
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/web"
)

// handlers makes the handlers of the two listeners, of the pages, the health, the metrics and what the parts add.
func (s *Server) handlers() (public, admin http.Handler, err error) {
	pages, err := web.NewPages(web.PageOptions{
		Record:     s.store,
		Capability: s.links,
		Families:   s.engine.Families(),
		Rules:      s.engine.Rules(),
		Gate:       strictest(s.config),
		WebURL:     strings.TrimSuffix(s.config.GitHub.WebURL, "/"),
		Version:    build.Read().Version,
		Log:        s.log,
		Now:        s.now,
	})
	if err != nil {
		return nil, nil, err
	}
	overview, err := web.NewOverview(s.store, s.queue.GivenUp, s.metrics.handler())
	if err != nil {
		return nil, nil, err
	}
	return web.Public(s.log, s.health, pages, func(mux *http.ServeMux) { s.parts.routes(mux, http.NewServeMux()) }),
		web.Admin(s.log, overview, s.health, pages, func(mux *http.ServeMux) { s.parts.routes(http.NewServeMux(), mux) }), nil
}
