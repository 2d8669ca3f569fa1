// Package flow keeps what happened to changes, and the facts that follow from it. It alone writes the tables
// flow_event, flow_fact, actor, deployment and incident.
//
// Callers may rely on:
//   - an event is kept once, however often and by whomever it is told;
//   - a change's facts are derived anew in the transaction that brings an event of it;
//   - facts of another version of the definitions are stale, and Replay derives them anew from the events;
//   - the facts of a change stay when its events are past their retention.
//
// Methods that end in Tx work inside the caller's transaction. Only other rooms of the record call them.
package flow

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// EventsKept is how long the events of a change are kept after its last one.
const EventsKept = 2 * 366 * 24 * time.Hour

// Store is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *audit.Store
	by  atomic.Pointer[definition]
}

// definition is what facts are derived by. Its version tells facts that were derived by another one.
type definition struct {
	flow.Given
	version int64
}

// New makes the room on a database whose schema is up to date. Facts are derived without a business clock until DeriveBy
// gives one.
func New(db *sqldb.DB, log *audit.Store) *Store {
	s := &Store{db: db, log: log}
	s.DeriveBy(nil, "", nil)
	return s
}

// DeriveBy sets the business clock, what tells it from other ones, and the labels by which people say that a program wrote
// a change. Facts that were derived by others are stale from now on.
func (s *Store) DeriveBy(clock flow.Clock, name string, aiLabels []string) {
	digest := crc32.ChecksumIEEE([]byte(name + "\n" + strings.Join(aiLabels, "\n")))
	s.by.Store(&definition{
		Given:   flow.Given{Clock: clock, AILabels: aiLabels},
		version: flow.Version<<32 | int64(digest),
	})
}

// AppendEvents keeps events and derives the facts of their changes. It returns how many were new.
func (s *Store) AppendEvents(ctx context.Context, events []flow.Event, source string) (added int, err error) {
	err = s.db.Transact(ctx, "append events of changes", func(tx *sql.Tx) error {
		added, err = s.AppendEventsTx(ctx, tx, events, source)
		return err
	})
	return added, err
}

// AppendEventsTx is AppendEvents inside the caller's transaction.
func (s *Store) AppendEventsTx(ctx context.Context, tx *sql.Tx, events []flow.Event, source string) (added int, err error) {
	if err := s.keepActors(ctx, tx, events); err != nil {
		return 0, err
	}
	var changed []flow.Event
	for some := range distinct(events) {
		keys, err := s.keep(ctx, tx, some, source)
		if err != nil {
			return added, err
		}
		added += len(keys)
		for _, e := range some {
			if slices.Contains(keys, e.Key) {
				changed = append(changed, e)
			}
		}
	}
	pulls, err := s.touched(ctx, tx, changed)
	if err != nil {
		return added, err
	}
	if err := s.derive(ctx, tx, pulls); err != nil {
		return added, err
	}
	for _, e := range changed {
		if e.Kind == flow.Landed {
			if err := s.placeAll(ctx, tx, e.Pull, e.SHA); err != nil {
				return added, err
			}
		}
	}
	return added, nil
}

// LookTx keeps what a look read of one change, inside the look's transaction. Most looks read what is known already:
// they cost one query here.
func (s *Store) LookTx(ctx context.Context, tx *sql.Tx, events []flow.Event) error {
	if len(events) == 0 {
		return nil
	}
	known, err := texts(ctx, tx, `SELECT event_key FROM flow_event WHERE change_id = $1 AND kind IN ('commit', 'measured')`,
		events[0].Pull.String())
	if err != nil {
		return fmt.Errorf("read what is known of %s: %w", events[0].Pull, err)
	}
	fresh := slices.DeleteFunc(slices.Clone(events), func(e flow.Event) bool { return slices.Contains(known, e.Key) })
	if len(fresh) == 0 {
		return nil
	}
	_, err = s.AppendEventsTx(ctx, tx, fresh, "look")
	return err
}

// keepActors keeps all accounts of events in one order, so that two transactions that name the same ones wait for each
// other instead of standing in each other's way.
func (s *Store) keepActors(ctx context.Context, tx *sql.Tx, events []flow.Event) error {
	type named struct {
		forge string
		flow.Actor
	}
	var all []named
	for _, e := range events {
		all = append(all, named{e.Pull.Forge, e.Actor})
		if e.Detail.Reviewer != nil {
			all = append(all, named{e.Pull.Forge, *e.Detail.Reviewer})
		}
	}
	sorting.StableBy(all, func(a, b named) int { return cmp.Or(cmp.Compare(a.forge, b.forge), cmp.Compare(a.ID, b.ID)) })
	for _, a := range slices.Compact(all) {
		if err := s.keepActor(ctx, tx, a.forge, a.Actor); err != nil {
			return err
		}
	}
	return nil
}

// keepActor remembers what an account is called. A name that was erased never comes back, and what an administrator or
// the forge said of its kind is not replaced by a guess. A row that says so already is only read: PostgreSQL locks a row
// that ON CONFLICT finds, also one that it then leaves, and a program acts in every repository.
func (s *Store) keepActor(ctx context.Context, tx *sql.Tx, forge string, a flow.Actor) error {
	if a.ID == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO actor (forge, id, login, kind, kind_source, erased)
		SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), 0
		WHERE NOT EXISTS (SELECT 1 FROM actor known WHERE known.forge = $1 AND known.id = $2 AND (known.erased <> 0 OR
		known.kind_source = 'admin' OR known.kind_source = 'api' AND $5 = 'default' OR
		known.login = $3 AND known.kind = $4 AND known.kind_source = $5))
		ON CONFLICT (forge, id) DO UPDATE SET login = excluded.login, kind = excluded.kind, kind_source = excluded.kind_source
		WHERE actor.erased = 0 AND actor.kind_source <> 'admin' AND NOT (actor.kind_source = 'api' AND excluded.kind_source = 'default')
		AND (actor.login <> excluded.login OR actor.kind <> excluded.kind OR actor.kind_source <> excluded.kind_source)`,
		forge, a.ID, a.Login, a.Kind, a.Source)
	if err != nil {
		return fmt.Errorf("keep account %d: %w", a.ID, err)
	}
	return nil
}

// keptAtOnce is how many events one statement keeps. Each number is a text of its own that connections compile.
const keptAtOnce = 8

// distinct cuts events into runs of at most keptAtOnce with no key twice, in their order: PostgreSQL changes no row twice in
// one statement.
func distinct(events []flow.Event) iter.Seq[[]flow.Event] {
	return func(yield func([]flow.Event) bool) {
		for start, i := 0, 0; start < len(events); i++ {
			again := i < len(events) && slices.ContainsFunc(events[start:i], func(e flow.Event) bool { return e.Key == events[i].Key })
			if i < len(events) && i-start < keptAtOnce && !again {
				continue
			}
			if !yield(events[start:i]) {
				return
			}
			start = i
		}
	}
}

// keep inserts events of different keys, and returns the keys of those that were not known; a newer state takes the
// place of the older one, and a commit with its lines that of one without: a look does not read them, a back-fill does.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, events []flow.Event, source string) (keys []string, err error) {
	args, marks := []any{sqldb.Millis(s.db.Now()), source}, make([]string, len(events))
	for i, e := range events {
		id := ""
		if e.Pull.Number > 0 {
			id = e.Pull.String()
		}
		if e.Detail.Reviewer != nil {
			e.Detail.Reviewer = &flow.Actor{ID: e.Detail.Reviewer.ID} // the name is the account's
		}
		n := len(args)
		marks[i] = fmt.Sprintf("($%d,$%d,$%d,$%d,$%d,$%d,$%d,$1,$2,$%d,$%d)", n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8, n+9)
		args = append(args, e.Key, id, e.Pull.Forge, e.Pull.RepoID, e.Kind, e.Actor.ID, sqldb.Millis(e.At), e.SHA, e.Detail.Encode())
	}
	keys, err = texts(ctx, tx, `INSERT INTO flow_event
		(event_key, change_id, forge, repo_id, kind, actor_id, at, received_at, source, sha, detail)
		VALUES `+strings.Join(marks, ",")+` ON CONFLICT (event_key) DO UPDATE SET actor_id = excluded.actor_id,
		at = excluded.at, received_at = excluded.received_at, source = excluded.source, sha = excluded.sha, detail = excluded.detail
		WHERE excluded.kind = 'state' AND (excluded.at > flow_event.at OR excluded.at = flow_event.at AND
		(excluded.sha > flow_event.sha OR excluded.sha = flow_event.sha AND excluded.detail > flow_event.detail)) OR
		excluded.kind = 'commit' AND excluded.detail LIKE '%"lines":%' AND flow_event.detail NOT LIKE '%"lines":%' RETURNING event_key`,
		args...)
	if err != nil {
		return nil, fmt.Errorf("keep %d events, the first %s: %w", len(events), events[0].Key, err)
	}
	return keys, nil
}

// touched are the changes whose facts events may change. An event about a commit touches those with that head or
// merge commit.
func (s *Store) touched(ctx context.Context, tx *sql.Tx, events []flow.Event) ([]flow.Pull, error) {
	var pulls []flow.Pull
	note := func(p flow.Pull) {
		if !slices.Contains(pulls, p) {
			pulls = append(pulls, p)
		}
	}
	for _, e := range events {
		if e.Pull.Number > 0 {
			note(e.Pull)
			continue
		}
		ids, err := texts(ctx, tx, `SELECT DISTINCT change_id FROM flow_event WHERE forge = $1 AND repo_id = $2 AND sha = $3
			AND sha <> '' AND change_id <> '' AND kind IN ('pushed', 'state', 'merged')`, e.Pull.Forge, e.Pull.RepoID, e.SHA)
		if err != nil {
			return nil, fmt.Errorf("find changes of commit %s: %w", e.SHA, err)
		}
		for _, id := range ids {
			p, err := flow.ParsePull(id)
			if err != nil {
				return nil, err
			}
			note(p)
		}
	}
	return pulls, nil
}

func texts(ctx context.Context, q sqldb.Querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// EventsOf returns what happened to a change, oldest first. It is what its timeline shows.
func (s *Store) EventsOf(ctx context.Context, p flow.Pull) ([]flow.Event, error) {
	return eventsOf(ctx, s.db.Reader(), p)
}

const eventColumns = `e.event_key, e.change_id, e.kind, e.actor_id, COALESCE(a.login, ''), COALESCE(a.kind, 'ghost'), ` +
	`COALESCE(a.kind_source, 'default'), e.at, e.sha, e.detail`

// eventsOf reads the events of a change, and those of its heads and of the commit by which it landed.
func eventsOf(ctx context.Context, q sqldb.Querier, p flow.Pull) ([]flow.Event, error) {
	rows, err := q.QueryContext(ctx,
		`SELECT `+eventColumns+` FROM flow_event e LEFT JOIN actor a ON a.forge = e.forge AND a.id = e.actor_id WHERE e.change_id = $1
		UNION ALL
		SELECT `+eventColumns+` FROM flow_event h JOIN flow_event e ON e.forge = h.forge AND e.repo_id = h.repo_id AND e.sha = h.sha
		AND e.sha <> '' AND e.change_id = '' LEFT JOIN actor a ON a.forge = e.forge AND a.id = e.actor_id
		WHERE h.change_id = $1 AND h.kind IN ('pushed', 'state', 'merged') AND h.sha <> '' ORDER BY 8, 1`, p.String())
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", p, err)
	}
	defer rows.Close()
	var all []flow.Event
	for rows.Next() {
		e := flow.Event{Pull: p}
		var id, detail string
		var at int64
		err := rows.Scan(&e.Key, &id, &e.Kind, &e.Actor.ID, &e.Actor.Login, &e.Actor.Kind, &e.Actor.Source, &at, &e.SHA, &detail)
		if err != nil {
			return nil, fmt.Errorf("read events of %s: %w", p, err)
		}
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return nil, fmt.Errorf("read event %s: %w", e.Key, err)
		}
		e.At = sqldb.Time(at)
		all = append(all, e)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}
