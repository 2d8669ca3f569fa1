package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/processmemory"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/web"
)

// Serve runs the server until the context ends. It writes its log to the writer. Listen opens the listener of an address
// (nil: net.Listen).
func Serve(
	ctx context.Context, c config.Config, log io.Writer, listen func(address string) (net.Listener, error),
) error {
	logger := slog.New(otlp.Handler(c.Log.Logger(log).Handler()))
	processmemory.Limit(logger)
	s, err := New(ctx, c, Options{Log: logger, Listen: listen, Started: func() { settle(logger) }})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// settle makes the process small once it has started. It is for a process that is one server: where many start in one,
// as in tests, each would collect the garbage of all.
func settle(log *slog.Logger) {
	processmemory.CollectLess()
	// Compiling the policies leaves much garbage. Return it to the system now, not bit by bit over the next minutes.
	if err := processmemory.Release(); err != nil {
		log.Warn("could not release the memory of the start; it is released when the system needs it", "error", err.Error())
	}
}

// Run listens and works until the context ends, then drains: it lets running looks end within workers.drain_timeout,
// stops listening, and closes the database. While it drains, /readyz answers that it stops, and it still stores
// deliveries. The next start continues unfinished work.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.config.Gate != "enforce" {
		s.log.WarnContext(ctx, "the gate is switched to warn: nothing blocks until gate is set to enforce again")
	}
	type listening struct {
		name, address string
		handler       http.Handler
	}
	var listeners []listening
	if s.config.Public() {
		listeners = append(listeners, listening{"public", s.config.Listen, s.public})
	}
	if s.config.AdminListen != "" {
		listeners = append(listeners, listening{"admin", s.config.AdminListen, s.admin})
	}
	var servers []*http.Server
	bound := map[string]string{}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		// Listen before anything starts, so that Run returns an error when a port is taken.
		listener, err := s.options.Listen(l.address)
		if err != nil {
			return errors.Join(fmt.Errorf("listen on %s: %w", l.address, err), web.Shutdown(servers))
		}
		// Port 0 is any free one, so the log says which it is.
		bound[l.name] = listener.Addr().String()
		srv := web.NewServer(s.log, l.handler)
		servers = append(servers, srv)
		go func() { failed <- srv.Serve(listener) }()
	}
	if err := s.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, web.Shutdown(servers))
	}
	if s.member != nil {
		s.member.Judging = s.judging
		s.member.Watch(ctx, s.queue.TakeBack)
	}
	if err := s.parts.Begin(ctx); err != nil {
		return errors.Join(err, web.Shutdown(servers))
	}
	if s.member == nil {
		if err := s.judging(ctx, processes.Judges); err != nil {
			s.log.WarnContext(ctx, "could not ask for looks after a change of the gate or the policies", "error", err.Error())
		}
	}
	s.options.Started()
	s.log.InfoContext(ctx, "serving", "listen", bound["public"], "admin_listen", bound["admin"], "database",
		store.DisplayName(s.config.Database), "policies", s.engine.Digest(), "roles", s.config.EachRole())
	// Check the health now, so that a wrong key or address is logged before the first load balancer asks. Run waits for it.
	defer func() { <-s.checked }()
	go func() {
		defer close(s.checked)
		// The health logs each failure with its remedy.
		_ = s.health.Check(ctx)
	}()
	var stopped error
	select {
	case <-ctx.Done():
	case stopped = <-failed:
	}
	s.health.Drain()
	s.log.InfoContext(ctx, "draining")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Workers.DrainTimeout.Span())
	defer cancel()
	if s.member != nil {
		if err := s.member.Retire(stop); err != nil {
			s.log.WarnContext(ctx, "others do not know yet that this process judges no more", "error", err.Error())
		}
	}
	drained := s.queue.Stop(stop)
	if s.member != nil && drained == nil {
		drained = s.member.Leave(stop)
	}
	err = errors.Join(stopped, drained, web.Shutdown(servers))
	s.log.InfoContext(ctx, "stopped")
	return err
}

// WaitIdle returns when no change waits for a look.
func (s *Server) WaitIdle(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		lag, err := s.store.Lag(ctx)
		if err != nil {
			return err
		}
		if lag.Waiting == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d changes still wait: %w", lag.Waiting, ctx.Err())
		}
	}
}
