// Package store is the record: the database with its schema, and every room of it. It opens the database, brings its
// schema up to date, and deletes what is past its retention; what the rooms keep they write themselves.
//
// Each room is a package below this one and alone writes its tables: changes (what is remembered of changes and
// repositories, and the looks that they ask for), deliveries, verdicts (with evidence and plans), effects (with
// receipts and findings), outcomes (of findings), responses (how quickly Lintel answers), flow (events and facts of
// changes), trends (figures of changes), fleet (all repositories at once), pasts (how far their past was read),
// reports, tokens, sessions (who signed in), consults (advice), checkruns (checks that Lintel runs), processes (those
// that work beside each other), spending, control (commands), audit, landings (what commits of default branches
// touched), organisations (their settings files). A room may read other rooms' tables in a join; only Prune deletes
// from them. One transaction can span rooms: a delivery, its history and its job are committed
// together. The queue beside the record holds nothing that cannot be made again from here.
//
// A write transaction excludes every other one, and the rooms rely on that. SQLite has one writer. On PostgreSQL a
// transaction takes an advisory lock first: of one repository (TransactIn), in which changes, commits, plans and receipts
// lie, or of everything (Transact). So it is the only one that
//   - compares and raises the generation of a change (changes);
//   - composes plans for a commit that several changes share (verdicts);
//   - decides which of two requests for advice is the newer one (consults);
//   - checks the caps and reserves what is spent (spending);
//   - seals a record to the end of the audit log, which has a lock of its own, taken last (audit).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/checkruns"
	"github.com/lintel-review/lintel/internal/store/consults"
	"github.com/lintel-review/lintel/internal/store/control"
	"github.com/lintel-review/lintel/internal/store/deliveries"
	"github.com/lintel-review/lintel/internal/store/effects"
	"github.com/lintel-review/lintel/internal/store/fleet"
	"github.com/lintel-review/lintel/internal/store/flow"
	"github.com/lintel-review/lintel/internal/store/landings"
	"github.com/lintel-review/lintel/internal/store/limits"
	"github.com/lintel-review/lintel/internal/store/organisations"
	"github.com/lintel-review/lintel/internal/store/outcomes"
	"github.com/lintel-review/lintel/internal/store/pasts"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/store/reports"
	"github.com/lintel-review/lintel/internal/store/responses"
	"github.com/lintel-review/lintel/internal/store/sessions"
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

// Held is a connection of which the forge answers no more until a time.
type Held = changes.Held

// The rooms. Their methods are the record's.
type (
	inChanges    = changes.Store
	inDeliveries = deliveries.Store
	inVerdicts   = verdicts.Store
	inEffects    = effects.Store
	inReports    = reports.Store
	inTokens     = tokens.Store
	inSessions   = sessions.Store
	inConsults   = consults.Store
	inSpending   = spending.Store
	inAudit      = audit.Store
	inControl    = control.Store
	inOutcomes   = outcomes.Store
	inResponses  = responses.Store
	inPasts      = pasts.Store
	inTrends     = trends.Store
	inFlow       = flow.Store
	inLandings   = landings.Store
	inFleet      = fleet.Store
	inCheckRuns  = checkruns.Store
	inProcesses  = processes.Store
	inLimits     = limits.Store

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
	*inSessions
	*inConsults
	*inSpending
	*inAudit
	*inControl
	*inOutcomes
	*inResponses
	*inPasts
	*inTrends
	*inFlow
	*inLandings
	*inFleet
	*inCheckRuns
	*inProcesses
	*inLimits
	*inOrganisations
	db *sqldb.DB
}

// Open opens the database at an address, as sqldb.Create does, and brings its schema up to date. A newer schema on which
// this program may not run is an error: roll forward, or restore the backup. later are migrations of a later program,
// which tests run beside this one.
func Open(ctx context.Context, address string, now func() time.Time, jobs Jobs, later ...fs.FS) (*Store, error) {
	if jobs == nil {
		return nil, errors.New("open the database: no jobs")
	}
	steps, err := steps(later...)
	if err != nil {
		return nil, err
	}
	db, err := sqldb.Create(ctx, address, now, func(db *sqldb.DB) error {
		if err := migrate(ctx, db, steps); err != nil {
			return err
		}
		if err := whole(ctx, db); err != nil {
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
// does not exist, or on whose schema this program may not work, is an error that says what to do.
func Join(ctx context.Context, address string, now func() time.Time, jobs Jobs) (*Store, error) {
	if jobs == nil {
		return nil, errors.New("open the database: no jobs")
	}
	db, err := sqldb.Existing(ctx, address, now, func(db *sqldb.DB) error {
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
	o := control.New(db, jobs, c, a, became, e)
	answered := responses.New(db)
	lives := flow.New(db, a)
	landed := landings.New(db)
	d := deliveries.New(db, jobs, c, e, a, o, became, answered, lives, landed)
	checks := checkruns.New(db, jobs, c)
	v := verdicts.New(db, jobs, c, e, o, became, lives, checks)
	return &Store{
		inChanges:    c,
		inDeliveries: d,
		inVerdicts:   v,
		inEffects:    e,
		inReports:    reports.New(db, jobs, d),
		inTokens:     tokens.New(db, a),
		inSessions:   sessions.New(db, a),
		inConsults:   consults.New(db, jobs, c, e, v),
		inSpending:   spending.New(db),
		inAudit:      a,
		inControl:    o,
		inOutcomes:   became,
		inResponses:  answered,
		inPasts:      pasts.New(db, jobs),
		inTrends:     trends.New(db),
		inFlow:       lives,
		inLandings:   landed,
		inFleet:      fleet.New(db),
		inCheckRuns:  checks,
		inProcesses:  processes.New(db),
		inLimits:     limits.New(db),

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
			`UNION ALL SELECT MAX(id) FROM mute UNION ALL SELECT MAX(id) FROM check_run UNION ALL SELECT MAX(id) `+
			`FROM check_result UNION ALL SELECT MAX(id) FROM judged_by) used`).Scan(&used)
	if err != nil {
		return fmt.Errorf("read the newest id of %s: %w", db.Name(), err)
	}
	return db.StartIDs(ctx, used)
}

// Path takes the file path out of the address of a SQLite database; it is empty for PostgreSQL's.
func Path(address string) (string, error) {
	a, err := sqldb.ParseAddress(address)
	return a.Path, err
}

// DisplayName is a database's address as logs may call it, without a password; empty when it is no address.
func DisplayName(address string) string {
	a, err := sqldb.ParseAddress(address)
	if err != nil {
		return ""
	}
	return a.String()
}

// Writer is the pool that writes, for the queue that shares its transactions: on SQLite one connection. It must never
// be used inside an open transaction.
func (s *Store) Writer() *sql.DB { return s.db.Writer() }

// Reader is the pool that pages and sweeps read with, and the queue counts by.
func (s *Store) Reader() *sql.DB { return s.db.Reader() }

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Backup writes a consistent copy of the database to a new file while the server runs. An existing file is never
// overwritten.
func (s *Store) Backup(ctx context.Context, path string) error { return s.db.Backup(ctx, path) }

// Now is the record's clock: on PostgreSQL the database's, which all processes share.
func (s *Store) Now() time.Time { return s.db.Now() }

// Ping reports whether the database can be written: it takes the write lock and releases it.
func (s *Store) Ping(ctx context.Context) error {
	return s.db.TransactIn(ctx, "check the database", "ping", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO mark (name, value) VALUES ('ping', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			strconv.FormatInt(sqldb.Millis(s.db.Now()), 10))
		return err
	})
}
