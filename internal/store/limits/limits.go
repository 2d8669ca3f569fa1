// Package limits keeps what forges told of their limits on requests, for all processes together. It alone writes the
// table forge_limit.
//
// Callers may rely on: within one span of time the number that is left only falls, by what the forge tells and by what is
// handed out; what was handed out comes back with the next span alone, so that no clock and no end of a process counts.
package limits

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db} }

// one is how far two tellings of one reset may lie apart: forges round it.
const one = 5 * time.Second

// note takes what was told into the row. A later reset begins a new span, an earlier one is of a span that is over.
const note = `INSERT INTO forge_limit AS l (forge, connection, resource, allowed, remaining, reset_at)
	VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (forge, connection, resource) DO UPDATE SET
	allowed = CASE WHEN excluded.reset_at < l.reset_at - $7 THEN l.allowed ELSE excluded.allowed END,
	remaining = CASE WHEN excluded.reset_at < l.reset_at - $7 THEN l.remaining
		WHEN excluded.reset_at <= l.reset_at + $7 AND l.remaining < excluded.remaining THEN l.remaining
		ELSE excluded.remaining END,
	reset_at = CASE WHEN excluded.reset_at < l.reset_at THEN l.reset_at ELSE excluded.reset_at END
	RETURNING allowed, remaining, reset_at`

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func noteIn(ctx context.Context, in queryer, forge change.Forge, connection int64, q change.Quota) (change.Quota, error) {
	var reset int64
	err := in.QueryRowContext(ctx, note, forge, connection, q.Resource, q.Allowed, q.Left, sqldb.Millis(q.Reset),
		one.Milliseconds()).Scan(&q.Allowed, &q.Left, &reset)
	q.Reset = sqldb.Time(reset)
	if err != nil {
		return q, fmt.Errorf("note what is left of a limit: %w", err)
	}
	return q, nil
}

// NoteQuota notes what a forge told and returns what all processes know together.
func (s *Store) NoteQuota(ctx context.Context, forge change.Forge, connection int64, q change.Quota) (change.Quota, error) {
	return noteIn(ctx, s.db.Writer(), forge, connection, q)
}

// The most requests that are handed out at once, and the part of what is left. What a process does not send is lost to
// the others until the limit is reset.
const (
	mostAtOnce = 20
	partAtOnce = 16
)

// inHand is the part of a limit that is never handed out. It covers requests that were under way, without a lease, when
// the last fifth began: a hundred at the most, which is this part of GitHub's smallest limit.
const inHand = 50

// LeaseQuota notes what a forge told and hands out some of the requests that are left, none when none is.
func (s *Store) LeaseQuota(ctx context.Context, forge change.Forge, connection int64, q change.Quota) (
	leased int, left change.Quota, err error,
) {
	err = s.db.TransactIn(ctx, "lease requests", fmt.Sprintf("limit:%s:%d", forge, connection), func(tx *sql.Tx) (err error) {
		leased = 0
		if left, err = noteIn(ctx, tx, forge, connection, q); err != nil || left.Left*inHand <= left.Allowed {
			return err
		}
		leased = min(max((left.Left-left.Allowed/inHand)/partAtOnce, 1), mostAtOnce)
		left.Left -= leased
		_, err = tx.ExecContext(ctx,
			`UPDATE forge_limit SET remaining = $1 WHERE forge = $2 AND connection = $3 AND resource = $4`,
			left.Left, forge, connection, q.Resource)
		return err
	})
	return leased, left, err
}

// everything is the resource of a row that is about the connection as a whole.
const everything = "all"

// PauseRequests notes that the forge takes no request of a connection until a time. An earlier end never replaces a later
// one, unless that is further ahead than any limit lasts; an end so far ahead is not noted.
func (s *Store) PauseRequests(ctx context.Context, forge change.Forge, connection int64, until time.Time) error {
	now := s.db.Now()
	if until.After(now.Add(change.LongestLimit)) {
		return nil
	}
	_, err := s.db.Writer().ExecContext(ctx, `INSERT INTO forge_limit AS l (forge, connection, resource, paused_until)
		VALUES ($1, $2, $3, $4) ON CONFLICT (forge, connection, resource) DO UPDATE SET paused_until =
		CASE WHEN l.paused_until > excluded.paused_until AND l.paused_until <= $5 THEN l.paused_until ELSE excluded.paused_until END`,
		forge, connection, everything, sqldb.Millis(until), sqldb.Millis(now.Add(change.LongestLimit)))
	if err != nil {
		return fmt.Errorf("note that a forge takes no requests: %w", err)
	}
	return nil
}

// wrongBy is how much further ahead than any limit lasts an end is that is taken back: of two right clocks one is a little
// ahead, and a forge may have named the longest limit.
const wrongBy = time.Minute

// Pauses lists the connections that send no request before a time. An end that is further ahead than any limit lasts was
// noted by a clock that was ahead. It is taken back: it would hold requests up once the time has come near to it.
func (s *Store) Pauses(ctx context.Context) ([]change.Pause, error) {
	now := s.db.Now()
	all, err := s.pausesAfter(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("list who sends no requests: %w", err)
	}
	far := now.Add(change.LongestLimit)
	if slices.ContainsFunc(all, func(p change.Pause) bool { return p.Until.After(far.Add(wrongBy)) }) {
		if _, err := s.db.Writer().ExecContext(ctx, `UPDATE forge_limit SET paused_until = 0 WHERE paused_until > $1`,
			sqldb.Millis(far.Add(wrongBy))); err != nil {
			return nil, fmt.Errorf("take back pauses by a wrong clock: %w", err)
		}
	}
	return slices.DeleteFunc(all, func(p change.Pause) bool { return p.Until.After(far) }), nil
}

func (s *Store) pausesAfter(ctx context.Context, now time.Time) (all []change.Pause, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT forge, connection, paused_until FROM forge_limit WHERE paused_until > $1`,
		sqldb.Millis(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p change.Pause
		var until int64
		if err := rows.Scan(&p.Forge, &p.Connection, &until); err != nil {
			return nil, err
		}
		p.Until = sqldb.Time(until)
		all = append(all, p)
	}
	return all, rows.Err()
}

// Shares gives by forge the smallest share of a limit that is left to a connection, and how many connections send no
// request now.
func (s *Store) Shares(ctx context.Context) (left map[change.Forge]float64, paused map[change.Forge]int, err error) {
	all, err := s.Standings(ctx)
	left, paused = map[change.Forge]float64{}, map[change.Forge]int{}
	for _, l := range all {
		if l.Allowed == 0 {
			paused[l.Forge]++
			continue
		}
		share := float64(l.Left) / float64(l.Allowed)
		if least, known := left[l.Forge]; !known || share < least {
			left[l.Forge] = share
		}
	}
	return left, paused, err
}

// Standing is what is left of one limit of one connection.
type Standing struct {
	Forge      change.Forge
	Connection int64
	change.Quota
	// Paused is until when the forge takes no request of the connection; zero for a limit.
	Paused time.Time
}

// Standings lists the limits whose span lasts and the pauses that last, by connection.
func (s *Store) Standings(ctx context.Context) ([]Standing, error) {
	now := s.db.Now()
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT forge, connection, resource, allowed, remaining, reset_at, paused_until
		FROM forge_limit WHERE reset_at > $1 OR paused_until > $1 ORDER BY forge, connection, resource`, sqldb.Millis(now))
	if err != nil {
		return nil, fmt.Errorf("list what is left of limits: %w", err)
	}
	defer rows.Close()
	var all []Standing
	for rows.Next() {
		var l Standing
		var reset, paused int64
		if err := rows.Scan(&l.Forge, &l.Connection, &l.Resource, &l.Allowed, &l.Left, &reset, &paused); err != nil {
			return nil, fmt.Errorf("list what is left of limits: %w", err)
		}
		l.Reset, l.Paused = sqldb.Time(reset), sqldb.Time(paused)
		if l.Current(now) || !(&change.Limited{Until: l.Paused}).Over(now) {
			all = append(all, l)
		}
	}
	return all, rows.Err()
}
