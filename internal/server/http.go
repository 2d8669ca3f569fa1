package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/web"
)

// maxLag is the queue's age from which the server calls itself not ready.
const maxLag = 5 * time.Minute

func (s *Server) hooks() *web.Hooks {
	return &web.Hooks{Decoder: s.decoder, Unsigned: func(err error) bool { return errors.Is(err, github.ErrSignature) }, SignatureHeader: "X-Hub-Signature-256",
		Intake: s, Log: s.log, Observe: func(outcome string) { s.metrics.hooks.WithLabelValues(outcome).Inc() }}
}

func (s *Server) newHealth() *web.Health {
	return web.NewHealth(s.log, s.options.Now,
		web.Check{Name: "database", Run: s.store.Ping, Remedy: "look at the disk (full, read-only?) and at who else uses the database file"},
		web.Check{Name: "queue", Remedy: "look at the log for failing looks, and at lintel_forge_requests_total for refusals", Run: func(ctx context.Context) error {
			lag, err := s.store.Lag(ctx)
			if err == nil && lag.Oldest > maxLag {
				err = fmt.Errorf("%d pull requests wait, the oldest for %s", lag.Waiting, lag.Oldest.Round(time.Second))
			}
			return err
		}},
		web.Check{Name: "forge", Run: s.forge.Ready, Remedy: "run lintel doctor github", Timeout: 5 * time.Second, Keep: 30 * time.Second})
}

func (s *Server) public() http.Handler {
	return web.Public(s.log, s.hooks(), &web.Reports{Receiver: s.reports, Log: s.log}, s.health, s.pages())
}

func (s *Server) admin() http.Handler { return web.Admin(s.log, s.desk(), s.health, s.pages()) }

func (s *Server) pages() *web.Pages {
	return &web.Pages{Record: s.store, Capability: s.caps, Families: s.engine.Families(), Rules: s.engine.Rules(),
		Gate: operatorCap(s.config), WebURL: strings.TrimSuffix(s.config.GitHub.WebURL, "/"), Version: build.Read().Version, Log: s.log, Now: s.options.Now}
}

func (s *Server) desk() *web.Desk {
	return &web.Desk{Board: s.store, GivenUp: s.queue.GivenUp, Metrics: s.metrics.handler()}
}
