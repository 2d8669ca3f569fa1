package server

import (
	"context"
	"database/sql"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/store"
)

// Writer is the database connection that stores deliveries, so that a test can fill its disk.
func (s *Server) Writer() *sql.DB { return s.store.Writer() }

// Outbox is what publishes, so that a test can hold a commit of it.
func (s *Server) Outbox() *outbox.Outbox { return s.outbox }

// Reader is a database connection that reads, so that a test can see the queue's jobs.
func (s *Server) Reader() *sql.DB { return s.store.Reader() }

// Record is the server's record, so that a test can say what advice would want.
func (s *Server) Record() *store.Store { return s.store }

// Accept takes an event in, as the webhook does.
func (s *Server) Accept(ctx context.Context, ev change.Event) (intake.Result, error) {
	return s.intake.Accept(ctx, ev)
}

// Checked is closed when the server has looked at its health for the first time, which asks the forge.
func (s *Server) Checked() <-chan struct{} { return s.checked }

// RefreshOrganisations reads the organisations' files, as the sweep does.
func (s *Server) RefreshOrganisations(ctx context.Context) error { return s.files.Refresh(ctx) }

// AdvanceOrganisations lets the waves go on, as the sweep does.
func (s *Server) AdvanceOrganisations(ctx context.Context) error { return s.files.Advance(ctx) }

// Retarget asks for looks where another target may name a repository, as the sweep does.
func (s *Server) Retarget(ctx context.Context) error { return s.files.Targets.Ask(ctx) }

// Sweep reconciles every repository with the forge now, as the sweep does every five minutes.
func (s *Server) Sweep(ctx context.Context) error { return s.recovery.Reconcile(ctx) }

// SweepGitLab does the same with GitLab.
func (s *Server) SweepGitLab(ctx context.Context) error {
	return s.recovery.sweepGitLab(ctx)
}

// ResendGitLab has GitLab send again what webhooks could not deliver, as the sweeps do that look at webhooks and their logs.
func (s *Server) ResendGitLab(ctx context.Context) error {
	return errors.Join(s.lab.Watch(ctx, s.store, s.lookAgain), s.lab.Resend(ctx, s.store))
}

// PastPulls reads a page of the past of pull requests.
func (s *Server) PastPulls(ctx context.Context, q past.Query) (past.Page, error) {
	return s.hub.PastPulls(ctx, q)
}
