package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/processmemory"
	"github.com/lintel-review/lintel/internal/web"
)

// Run listens and works until the context ends, then drains: it lets running looks end within workers.drain_timeout,
// stops listening, and closes the database. Meanwhile /readyz says that it stops, and a delivery that still comes is
// stored. Work that was not finished is taken up by the next start.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.config.Gate != "enforce" {
		s.log.Warn("the gate is switched to warn: nothing blocks until gate is set to enforce again")
	}
	listeners := []struct {
		address string
		handler http.Handler
	}{{s.config.Listen, s.public}}
	if s.config.AdminListen != "" {
		listeners = append(listeners, struct {
			address string
			handler http.Handler
		}{s.config.AdminListen, s.admin})
	}
	var servers []*http.Server
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		// Listen before anything starts, so that a taken port is an error and not a log line.
		listener, err := s.options.Listen(l.address)
		if err != nil {
			return errors.Join(fmt.Errorf("listen on %s: %w", l.address, err), shutdown(servers))
		}
		srv := web.NewServer(s.log, l.handler)
		servers = append(servers, srv)
		go func() { failed <- srv.Serve(listener) }()
	}
	if err := s.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, shutdown(servers))
	}
	if err := s.parts.started(ctx); err != nil {
		return errors.Join(err, shutdown(servers))
	}
	// Compiling the policies leaves much behind that is not needed again. It goes back to the system now, not bit by
	// bit over the next minutes.
	if err := processmemory.Release(); err != nil {
		s.log.Warn("could not release the memory of the start; it is released when the system needs it", "error", err.Error())
	}
	s.log.Info("serving", "listen", s.config.Listen, "admin_listen", s.config.AdminListen, "database", s.config.Database, "policies",
		s.engine.Digest())
	// A wrong key or address is said now, not when the first load balancer asks.
	// Run returns after it, so that nothing asks the database or writes to the log of a server that has stopped.
	defer func() { <-s.checked }()
	go func() {
		defer close(s.checked)
		// What fails is logged with its remedy by health itself.
		_ = s.health.Check(ctx)
	}()
	var stopped error
	select {
	case <-ctx.Done():
	case stopped = <-failed:
	}
	s.health.Drain()
	s.log.Info("draining")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Workers.DrainTimeout.Span())
	defer cancel()
	err = errors.Join(stopped, s.queue.Stop(stop), shutdown(servers))
	s.log.Info("stopped")
	return err
}

func shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		errs = append(errs, srv.Shutdown(ctx))
	}
	return errors.Join(errs...)
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
