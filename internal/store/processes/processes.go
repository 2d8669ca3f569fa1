// Package processes knows the processes that work on one PostgreSQL database beside each other, and alone writes the
// tables process and judged_by. A process lives as long as it holds the lock of its id, so no clock decides who is over.
//
// Callers may rely on: a process is called over only by one whose own connection has stood long enough for every other
// process to come back after a restart of PostgreSQL. Of processes that judge by different things, those judge whose
// things came to the database last for the first time, for as long as one of them lives. It takes verdicts over from living
// ones only when it has run for a while, and for longer after others like it were killed.
package processes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Process is one process of Lintel.
type Process struct {
	ID      int64
	Host    string
	PID     int
	Version string
	// Roles is what it works on, Policies the digest of what it judges by.
	Roles    []string
	Policies string
	// JudgesBy names all that it judges by; empty for a process that does not judge.
	JudgesBy string
	// BeganAt is when it started, BeatAt when it was last seen.
	BeganAt, BeatAt time.Time
	// Leaves is true when it leaves verdicts to another process: one that judges by what is newer, or by what is older while
	// this one has not run for long enough.
	Leaves bool
	// Living is false when it ended without taking leave.
	Living bool
}

// Store reads which processes there are. It is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db} }

// living holds when a process p holds its lock: PostgreSQL shows a lock's number in two halves.
const living = `EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
	AND l.classid::bigint = ((p.id >> 32) & 4294967295) AND l.objid::bigint = (p.id & 4294967295)
	AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`

// Processes lists the processes of PostgreSQL, the oldest first; on SQLite, where one process serves, none.
func (s *Store) Processes(ctx context.Context) ([]Process, error) {
	if s.db.Engine() != sqldb.Postgres {
		return nil, nil
	}
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT p.id, p.host, p.pid, p.version, p.roles, p.policies, p.began_at, p.beat_at, p.judged_by, `+living+
			` FROM process p ORDER BY p.id`)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	defer rows.Close()
	var all []Process
	var ranks []int64
	newest := int64(0)
	for rows.Next() {
		var p Process
		var roles string
		var began, beat, rank int64
		if err := rows.Scan(&p.ID, &p.Host, &p.PID, &p.Version, &roles, &p.Policies, &began, &beat, &rank, &p.Living); err != nil {
			return nil, fmt.Errorf("list processes: %w", err)
		}
		p.Roles, p.BeganAt, p.BeatAt = strings.Fields(roles), sqldb.Time(began), sqldb.Time(beat)
		all, ranks = append(all, p), append(ranks, rank)
		if p.Living {
			newest = max(newest, rank)
		}
	}
	for i, rank := range ranks {
		all[i].Leaves = all[i].Living && rank < newest && slices.Contains(all[i].Roles, role.Gate)
	}
	return all, rows.Err()
}
