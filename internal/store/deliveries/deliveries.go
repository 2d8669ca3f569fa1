// Package deliveries stores what comes from the forge: a delivery, everything that follows from it, and the jobs that
// it makes necessary, in one transaction. It alone writes the tables delivery and ci_run.
//
// Callers may rely on:
//   - a delivery is stored whole or not at all; an error means that the forge must send it again;
//   - a delivery id that was stored before changes nothing;
//   - the queue is rung after the commit, never before it.
//
// Methods that end in Tx work inside the caller's transaction. Only other rooms of the record call them.
package deliveries

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	auditlog "github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/control"
	"github.com/lintel-review/lintel/internal/store/effects"
	"github.com/lintel-review/lintel/internal/store/flow"
	"github.com/lintel-review/lintel/internal/store/landings"
	"github.com/lintel-review/lintel/internal/store/outcomes"
	"github.com/lintel-review/lintel/internal/store/responses"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct {
	db      *sqldb.DB
	jobs    changes.Jobs
	changes *changes.Store
	effects *effects.Store
	log     *auditlog.Store
	control *control.Store
	// outcomes follow from how changes end.
	outcomes *outcomes.Store
	// responses begin with what deliveries tell of.
	responses *responses.Store
	// flow is fed with what happened to changes.
	flow *flow.Store
	// landings are what pushes bring to default branches.
	landings *landings.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs changes.Jobs, c *changes.Store, e *effects.Store, log *auditlog.Store,
	o *control.Store, became *outcomes.Store, r *responses.Store, lives *flow.Store,
	l *landings.Store) *Store {
	return &Store{
		db: db, jobs: jobs, changes: c, effects: e, log: log, control: o, outcomes: became, responses: r, flow: lives, landings: l,
	}
}

// Admit stores a delivery, its lines of history and its jobs in one transaction. A delivery id that was stored before
// changes nothing. An error means that nothing was stored: the forge must send it again.
func (s *Store) Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error) {
	var r delivery.Receipt
	ring := false
	err := s.db.TransactIn(ctx, "admit delivery "+a.ID, changes.PartitionOf(a), func(tx *sql.Tx) (err error) {
		r, ring, err = s.AdmitTx(ctx, tx, a)
		return err
	})
	if err != nil {
		return delivery.Receipt{}, err
	}
	if ring {
		s.jobs.Ring()
	}
	return r, nil
}

// AdmitTx is Admit inside the caller's transaction. ring says whether to ring the queue when it is committed.
func (s *Store) AdmitTx(ctx context.Context, tx *sql.Tx, a delivery.Admission) (r delivery.Receipt, ring bool, err error) {
	repeat, err := s.storeDelivery(ctx, tx, a)
	if err != nil || repeat {
		r.Repeat = repeat
		return r, false, err
	}
	if a, err = s.withoutTalk(ctx, tx, a); err != nil {
		return r, false, err
	}
	if err := s.changes.SeenTx(ctx, tx, a); err != nil {
		return r, false, err
	}
	if err := s.responses.HeardTx(ctx, tx, a); err != nil {
		return r, false, err
	}
	if a.Stale != nil {
		if err := s.changes.ForgetTx(ctx, tx, *a.Stale); err != nil {
			return r, false, err
		}
	}
	if err := s.keepFlow(ctx, tx, a); err != nil {
		return r, false, err
	}
	if err := s.landings.LandTx(ctx, tx, a.Forge, a.RepoID, a.ReceivedAt, a.Landed); err != nil {
		return r, false, err
	}
	for _, run := range a.Runs {
		if err := s.storeRun(ctx, tx, run); err != nil {
			return r, false, err
		}
	}
	ended, err := s.changes.EndTx(ctx, tx, a)
	if err != nil {
		return r, false, err
	}
	for _, ref := range a.Ended {
		if err := s.outcomes.EndTx(ctx, tx, ref.Key, a.EndState); err != nil {
			return r, false, err
		}
	}
	for _, t := range append(slices.Clone(a.Requests), ended...) {
		keys, err := s.changes.RequestLooksTx(ctx, tx, a.ID, t)
		if err != nil {
			return r, false, err
		}
		for _, key := range keys {
			if !slices.Contains(r.Changes, key) {
				r.Changes = append(r.Changes, key)
			}
		}
		if err := s.auditRecheck(ctx, tx, t, keys); err != nil {
			return r, false, err
		}
	}
	if err := s.effects.RecordFeedbackTx(ctx, tx, a.Forge, a.RepoID, a.Feedback, ""); err != nil {
		return r, false, err
	}
	if a.Release != nil {
		if err := s.effects.AskReleaseTx(ctx, tx, r.Changes, *a.Release); err != nil {
			return r, false, err
		}
	}
	if a.Chat != nil {
		if err := s.keepCommands(ctx, tx, a, r.Changes); err != nil {
			return r, false, err
		}
	}
	scans := a.Scans
	if len(r.Changes) == 0 {
		scans = append(slices.Clone(scans), a.Otherwise...)
	}
	for _, scan := range scans {
		if err := s.insertScan(ctx, tx, scan); err != nil {
			return r, false, fmt.Errorf("queue scan: %w", err)
		}
	}
	return r, len(r.Changes)+len(a.Scans)+len(a.Otherwise) > 0, nil
}

// withoutTalk leaves out of a delivery what people say to each other: words without a command ask for something only as
// an answer to a comment of ours. Its first request is the look that they would have asked for.
func (s *Store) withoutTalk(ctx context.Context, tx *sql.Tx, a delivery.Admission) (delivery.Admission, error) {
	if a.Chat == nil || !a.Chat.Plain || len(a.Requests) == 0 || a.Requests[0].Ref == nil {
		return a, nil
	}
	ours, err := s.effects.OursTx(ctx, tx, a.Requests[0].Ref.Key, a.Chat.Thread)
	if err == nil && !ours {
		a.Chat, a.Requests = nil, a.Requests[1:]
	}
	return a, err
}

// keepFlow keeps what happened to changes and in production.
func (s *Store) keepFlow(ctx context.Context, tx *sql.Tx, a delivery.Admission) error {
	if len(a.Flow) > 0 {
		if _, err := s.flow.AppendEventsTx(ctx, tx, a.Flow, "webhook"); err != nil {
			return err
		}
	}
	if len(a.Deployments)+len(a.Incidents) == 0 {
		return nil
	}
	return s.flow.KeepDeploymentsTx(ctx, tx, a.Deployments, a.Incidents)
}

// keepCommands keeps what a comment asks of its change, or a button of those with the commit of its check.
func (s *Store) keepCommands(ctx context.Context, tx *sql.Tx, a delivery.Admission, selected []change.Key) error {
	if len(a.Requests) > 0 && a.Requests[0].Ref != nil {
		selected = []change.Key{a.Requests[0].Ref.Key}
	}
	for _, key := range selected {
		if key.Group != "" {
			continue // nobody reads comments there
		}
		if err := s.control.KeepCommandsTx(ctx, tx, key, a.Sender, *a.Chat); err != nil {
			return err
		}
	}
	return nil
}

// auditRecheck notes that somebody asked for a verdict to be published again.
func (s *Store) auditRecheck(ctx context.Context, tx *sql.Tx, t delivery.ReviewRequest, keys []change.Key) error {
	if !t.Force || t.Actor == "" {
		return nil
	}
	for _, key := range keys {
		entry := audit.Entry{
			Act:    audit.Rechecked,
			Actor:  t.Actor,
			Forge:  string(key.Forge),
			RepoID: key.RepoID,
			Change: key.String(),
			SHA:    t.Commit,
			Detail: map[string]string{"why": t.Why},
		}
		if err := s.log.AppendTx(ctx, tx, entry); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) insertScan(ctx context.Context, tx *sql.Tx, a delivery.Scan) error {
	args := job.Scan{Forge: string(a.Forge), Connection: a.Connection, RepoID: a.RepoID, Branch: a.Branch, Why: a.Why}
	return s.jobs.InsertTx(ctx, tx, args, job.When{Lane: delivery.Busy})
}

func (s *Store) storeDelivery(ctx context.Context, tx *sql.Tx, a delivery.Admission) (repeat bool, err error) {
	if a.ID == "" {
		return false, nil
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO delivery (id, forge, name, action, installation, repo_id, sender, outcome, reason, received_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (id) DO NOTHING`,
		a.ID, a.Forge, a.Name, a.Action, a.Connection, a.RepoID, a.Sender, a.Outcome, a.Reason, sqldb.Millis(a.ReceivedAt))
	if err != nil {
		return false, fmt.Errorf("store delivery: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 0, err
}

// Moved asks for a look at a change that has another head than the one on record. Without a difference nothing is
// asked: that look is under way.
func (s *Store) Moved(ctx context.Context, ref change.Ref, head string) error {
	r, err := s.changes.Record(ctx, ref.Key)
	if err != nil || r.Head.SHA == head {
		return err
	}
	request := delivery.ReviewRequest{
		Ref:  &ref,
		Head: change.Rev{SHA: head},
		Lane: delivery.Interactive,
		Why:  "its head moved while advice was made",
	}
	_, err = s.Admit(ctx,
		delivery.Admission{
			Delivery: delivery.Delivery{Forge: ref.Forge, ReceivedAt: s.db.Now()},
			Outcome:  delivery.Accepted,
			Requests: []delivery.ReviewRequest{request},
		})
	return err
}
