package server

import (
	"net/http"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/organisationpreview"
	"github.com/lintel-review/lintel/internal/server/gitlabpart"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/web/fleet"
	"github.com/lintel-review/lintel/internal/web/rollouts"
	"github.com/lintel-review/lintel/internal/web/signin"
)

// handlers makes the handlers of the two listeners, of the pages, the health, the metrics and what the parts add.
func (s *Server) handlers() (public, admin http.Handler, err error) {
	preview, err := organisationpreview.New(s.store, s.engine, s.above.Known)
	if err != nil {
		return nil, nil, err
	}
	pages, err := web.NewPages(web.PageOptions{
		Explain:    preview.Explain,
		Record:     s.store,
		Capability: s.links,
		Scores:     s.store,
		Objectives: objectivesOf(s.options, s.config.Objectives, s.store),
		Held:       gitlabpart.Held(s.store),
		Families:   s.engine.Families(),
		Rules:      s.engine.Rules(),
		Gate:       strictest(s.config),
		Limit:      s.options.PageTime,
		Sites:      part.Sites(s.config),
		Version:    build.Read().Version,
		Log:        s.log,
		Now:        s.now,
	})
	if err != nil {
		return nil, nil, err
	}
	figures, err := s.newBoard(pages)
	if err != nil {
		return nil, nil, err
	}
	repositories, err := fleet.New(s.store, pages, s.now)
	if err != nil {
		return nil, nil, err
	}
	overview, err := web.NewOverview(s.store, s.queue.GivenUp, s.metrics.Handler())
	if err != nil {
		return nil, nil, err
	}
	door, err := signin.Open(s.config, s.store, pages.ShowSignIn, s.log, s.now)
	if err != nil {
		return nil, nil, err
	}
	return web.Public(s.log, s.health, pages, func(mux *http.ServeMux) { s.parts.Route(mux, http.NewServeMux()) }),
		web.Admin(s.log, overview, s.health, pages, door, func(mux *http.ServeMux) {
			s.parts.Route(http.NewServeMux(), mux)
			web.RouteProfiles(mux)
			pages.RouteGates(mux, s.store, s.store)
			pages.RouteAudit(mux, s.store)
			pages.RouteEvidence(mux, s.store)
			pages.RouteOrganisations(mux, s.store)
			figures.Route(mux)
			rollouts.Pages{Report: s.rollouts, Shell: pages}.Route(mux)
			repositories.Route(mux)
			s.queuePages(pages).Route(mux)
		}), nil
}
