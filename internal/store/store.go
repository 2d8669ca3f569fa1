// Package store is the record: the database with its schema, and every room of it. It opens the database, brings its
// schema up to date, and deletes what is past its retention; what the rooms keep they write themselves.
//
// Each room is a package below this one and alone writes its tables: changes (what is remembered of changes and
// repositories, and the looks that they ask for), deliveries, verdicts (with evidence and plans), effects (with
// receipts and findings), outcomes (of findings), responses (how quickly Lintel answers), flow (events and facts of pull
// requests), trends (figures of pull requests), pasts (how far their past was read), reports, tokens, consults (advice),
// spending, control (commands), audit, organisations (their settings files). A room may read other rooms' tables in a join;
// only Prune deletes from them. One transaction can span rooms: a delivery, its history and its job are committed
// together. The queue beside the record holds nothing that cannot be made again from here.
//
// A write transaction excludes every other one, and the rooms rely on that. A database with several writers needs a
// lock for each of these instead:
//   - a change, by its key: its generation is compared and raised (changes);
//   - a commit, by repository and SHA: plans for it are composed one after the other (verdicts);
//   - a change's consults: of two requests for advice the newer one wins (consults);
//   - what was spent: the caps are checked and the reservation is made as one (spending);
//   - the end of the audit log, to which each record is sealed (audit).
//
// Today a plan takes the commit first and may then raise changes, while a delivery raises changes first: with row
// locks one of them has to take its locks in the other's order.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/consults"
	"github.com/lintel-review/lintel/internal/store/control"
	"github.com/lintel-review/lintel/internal/store/deliveries"
	"github.com/lintel-review/lintel/internal/store/effects"
	"github.com/lintel-review/lintel/internal/store/flow"
	"github.com/lintel-review/lintel/internal/store/organisations"
	"github.com/lintel-review/lintel/internal/store/outcomes"
	"github.com/lintel-review/lintel/internal/store/pasts"
	"github.com/lintel-review/lintel/internal/store/reports"
	"github.com/lintel-review/lintel/internal/store/responses"
	"github.com/lintel-review/lintel/internal/store/spending"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/tokens"
	"github.com/lintel-review/lintel/internal/store/trends"
	"github.com/lintel-review/lintel/internal/store/verdicts"
)

// Jobs is the queue as the record sees it: jobs are inserted inside the record's transactions.
type Jobs = changes.Jobs

// Lag is how long the change that waits longest has waited, and how many wait.
type Lag = changes.Lag

// The rooms. Their methods are the record's.
type (
	inChanges    = changes.Store
	inDeliveries = deliveries.Store
	inVerdicts   = verdicts.Store
	inEffects    = effects.Store
	inReports    = reports.Store
	inTokens     = tokens.Store
	inConsults   = consults.Store
	inSpending   = spending.Store
	inAudit      = audit.Store
	inControl    = control.Store
	inOutcomes   = outcomes.Store
	inResponses  = responses.Store
	inPasts      = pasts.Store
	inTrends     = trends.Store
	inFlow       = flow.Store

	inOrganisations = organisations.Store
)

// Store is the whole record. It is safe for concurrent use.
type Store struct {
	*inChanges
	*inDeliveries
	*inVerdicts
	*inEffects
	*inReports
	*inTokens
	*inConsults
	*inSpending
	*inAudit
	*inControl
	*inOutcomes
	*inResponses
	*inPasts
	*inTrends
	*inFlow
	*inOrganisations
	db *sqldb.DB
}

// Open opens the database at an address, as sqldb.Create does, and brings its schema up to date. A schema newer than
// this program is an error: roll forward, or restore the backup.
func Open(ctx context.Context, address string, now func() time.Time, jobs Jobs) (*Store, error) {
	if jobs == nil {
		return nil, errors.New("open the database: no jobs")
	}
	db, err := sqldb.Create(address, now, func(db *sqldb.DB) error {
		if err := migrate(ctx, db); err != nil {
			return err
		}
		return startIDs(ctx, db)
	})
	if err != nil {
		return nil, err
	}
	return assemble(db, jobs), nil
}

// Join opens a database beside the server that it belongs to. It makes nothing and changes no schema: a database that
// does not exist, or whose schema is not exactly this program's, is an error that says what to do.
func Join(ctx context.Context, address string, now func() time.Time, jobs Jobs) (*Store, error) {
	if jobs == nil {
		return nil, errors.New("open the database: no jobs")
	}
	db, err := sqldb.Existing(address, now, func(db *sqldb.DB) error {
		if err := current(ctx, db); err != nil {
			return err
		}
		return startIDs(ctx, db)
	})
	if err != nil {
		return nil, err
	}
	return assemble(db, jobs), nil
}

func assemble(db *sqldb.DB, jobs Jobs) *Store {
	a := audit.New(db)
	c := changes.New(db, jobs)
	became := outcomes.New(db, a)
	e := effects.New(db, c, a, became)
	o := control.New(db, jobs, c, a, became)
	answered := responses.New(db)
	lives := flow.New(db)
	d := deliveries.New(db, jobs, c, e, a, o, became, answered, lives)
	v := verdicts.New(db, jobs, c, e, o, became)
	return &Store{
		inChanges:    c,
		inDeliveries: d,
		inVerdicts:   v,
		inEffects:    e,
		inReports:    reports.New(db, jobs, d),
		inTokens:     tokens.New(db, a),
		inConsults:   consults.New(db, jobs, c, e, v),
		inSpending:   spending.New(db),
		inAudit:      a,
		inControl:    o,
		inOutcomes:   became,
		inResponses:  answered,
		inPasts:      pasts.New(db, jobs),
		inTrends:     trends.New(db),
		inFlow:       lives,

		inOrganisations: organisations.New(db, a),

		db: db,
	}
}

// startIDs makes ids begin above every id that was used.
func startIDs(ctx context.Context, db *sqldb.DB) error {
	var used int64
	err := db.Reader().QueryRowContext(ctx,
		`SELECT COALESCE(MAX(n), 0) FROM (SELECT MAX(id) AS n FROM history UNION ALL SELECT MAX(id) FROM verdict UNION `+
			`ALL SELECT MAX(seq) FROM effect UNION ALL SELECT MAX(id) FROM spend UNION ALL SELECT MAX(id) FROM consult UNION `+
			`ALL SELECT MAX(id) FROM command UNION ALL SELECT MAX(id) FROM override UNION ALL SELECT MAX(id) FROM gate_switch `+
			`UNION ALL SELECT MAX(id) FROM mute) used`).Scan(&used)
	if err != nil {
		return fmt.Errorf("read the newest id of %s: %w", db.Path(), err)
	}
	db.StartIDs(used)
	return nil
}

// Path takes the file path out of a database address.
func Path(address string) (string, error) { return sqldb.Path(address) }

// Writer is the one connection that writes, for the queue that shares its transactions. It must never be used inside an
// open transaction.
func (s *Store) Writer() *sql.DB { return s.db.Writer() }

// Reader is the pool that pages and sweeps read with, and the queue counts by.
func (s *Store) Reader() *sql.DB { return s.db.Reader() }

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Backup writes a consistent copy of the database to a new file while the server runs. An existing file is never
// overwritten.
func (s *Store) Backup(ctx context.Context, path string) error { return s.db.Backup(ctx, path) }

// Ping reports whether the database can be written: it takes the write lock and releases it.
func (s *Store) Ping(ctx context.Context) error {
	return s.db.Transact(ctx, "check the database", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO mark (name, value) VALUES ('ping', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			sqldb.Millis(s.db.Now()))
		return err
	})
}
