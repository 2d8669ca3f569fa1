package control

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

const switchColumns = `id, state, forge, installation, repo_id, name, reason, actor, began_at, until, ended_at, ended_by`

// namedSwitches are the same columns with the name of today: a repository or an organisation may be renamed while its
// gate is switched. What no event tells of any more keeps the name that it had.
const namedSwitches = `id, state, forge, installation, repo_id,
	CASE WHEN repo_id <> 0 THEN COALESCE((SELECT r.owner || '/' || r.name FROM repository r
		WHERE r.forge = gate_switch.forge AND r.id = gate_switch.repo_id), name)
	WHEN installation <> 0 AND forge <> 'gitlab' THEN COALESCE((SELECT r.owner FROM repository r
		WHERE r.forge = gate_switch.forge AND r.installation = gate_switch.installation
		ORDER BY r.gone, r.updated_at DESC LIMIT 1), name)
	ELSE name END, reason, actor, began_at, until, ended_at, ended_by`

func readSwitches(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]gateswitch.Switch, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+namedSwitches+` FROM gate_switch `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read gate switches: %w", err)
	}
	defer rows.Close()
	var all []gateswitch.Switch
	for rows.Next() {
		var s gateswitch.Switch
		var at, until, ended int64
		if err := rows.Scan(&s.ID, &s.State, &s.Scope.Forge, &s.Scope.Connection, &s.Scope.RepoID, &s.Scope.Name, &s.Reason, &s.Actor,
			&at, &until, &ended, &s.EndedBy); err != nil {
			return nil, fmt.Errorf("read gate switches: %w", err)
		}
		s.At, s.Until, s.EndedAt = sqldb.Time(at), sqldb.Time(until), sqldb.Time(ended)
		all = append(all, s)
	}
	return all, rows.Err()
}

// standing are the switches that did not end; the clock may have passed the end of some.
const standing = `WHERE ended_at = 0 ORDER BY id`

// GateSwitches returns the switches that stand, oldest first.
func (s *Store) GateSwitches(ctx context.Context) ([]gateswitch.Switch, error) {
	return readSwitches(ctx, s.db.Reader(), standing)
}

// PastGateSwitches returns the newest switches, also those that ended, newest first.
func (s *Store) PastGateSwitches(ctx context.Context, limit int) ([]gateswitch.Switch, error) {
	return readSwitches(ctx, s.db.Reader(), `ORDER BY id DESC LIMIT $1`, limit)
}

// GateScope finds what a request is about. It is change.ErrNotFound for a name that no event ever told of, and
// change.Ambiguous for one that both forges have.
func (s *Store) GateScope(ctx context.Context, r gateswitch.Request) (scope gateswitch.Scope, err error) {
	if r.All {
		return gateswitch.Scope{Name: "all"}, nil
	}
	name := cmp.Or(r.Repo, r.Org)
	_, scope, err = change.OnForge(r.Forge, name, func(forge change.Forge) (gateswitch.Scope, error) { return s.scope(ctx, forge, r) })
	if err != nil {
		return gateswitch.Scope{}, fmt.Errorf("find %s: %w", name, err)
	}
	return scope, nil
}

// below are the owners of a path, and those below it.
const below = `(lower(owner) = $2 OR forge = 'gitlab' AND substr(lower(owner), 1, length(CAST($3 AS TEXT))) = CAST($3 AS TEXT))`

// scope finds what a request is about on one forge. It is change.ErrNotFound for a name that is not there.
func (s *Store) scope(ctx context.Context, forge change.Forge, r gateswitch.Request) (gateswitch.Scope, error) {
	scope := gateswitch.Scope{Forge: forge}
	path := strings.ToLower(r.Org)
	where, args := below, []any{forge, path, path + "/"}
	if r.Repo != "" {
		owner, name, _ := change.SplitName(strings.ToLower(r.Repo))
		where, args = `lower(owner) = $2 AND lower(name) = $3`, []any{forge, owner, name}
	}
	var id int64
	var owner, name string
	err := s.db.Reader().QueryRowContext(ctx, `SELECT installation, id, owner, name FROM repository WHERE forge = $1 AND `+where+
		` ORDER BY gone, updated_at DESC LIMIT 1`, args...).Scan(&scope.Connection, &id, &owner, &name)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if scope.Name = owner; scope.Group() && len(owner) > len(path) {
		scope.Name = owner[:len(path)]
	}
	if r.Repo != "" {
		scope.RepoID, scope.Name = id, owner+"/"+name
	}
	return scope, err
}

// SwitchGate carries out a request: it ends the switch of the same scope, begins the new one unless the request is for
// normal, and asks for looks at every change that this concerns, with the audit records, all or nothing. It returns
// what began, or what ended; nil when there was nothing to end.
func (s *Store) SwitchGate(ctx context.Context, r gateswitch.Request) (out *gateswitch.Switch, err error) {
	if what, _ := r.Check(); what != "" {
		return nil, errors.New("switch the gate: " + what)
	}
	scope, err := s.GateScope(ctx, r)
	if err != nil {
		return nil, err
	}
	err = s.db.Transact(ctx, "switch the gate of "+scope.Name, func(tx *sql.Tx) error {
		out = nil
		all, err := readSwitches(ctx, tx, standing)
		if err != nil {
			return err
		}
		for _, old := range all {
			if old.Scope.Same(scope) {
				if err := s.endSwitch(ctx, tx, &old, r.Actor); err != nil {
					return err
				}
				out = &old
			}
		}
		if r.State == gateswitch.Normal {
			return nil
		}
		now := s.db.Now()
		id, err := s.db.NextID(ctx, tx)
		if err != nil {
			return err
		}
		began := gateswitch.Switch{ID: id, State: r.State, Scope: scope, Reason: strings.TrimSpace(r.Reason), Actor: r.Actor,
			At: now, Until: now.Add(r.For)}
		out = &began
		return s.beginSwitch(ctx, tx, began)
	})
	if err == nil && out != nil {
		s.jobs.Ring()
	}
	return out, err
}

func (s *Store) beginSwitch(ctx context.Context, tx *sql.Tx, w gateswitch.Switch) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO gate_switch (`+switchColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,0,'')`,
		w.ID, w.State, w.Scope.Forge, w.Scope.Connection, w.Scope.RepoID, w.Scope.Name, w.Reason, w.Actor, sqldb.Millis(w.At),
		sqldb.Millis(w.Until))
	if err != nil {
		return fmt.Errorf("keep gate switch: %w", err)
	}
	act := audit.GateOpened
	if w.State == gateswitch.Closed {
		act = audit.GateClosed
	}
	if err := s.log.AppendTx(ctx, tx, switched(act, w, w.Actor)); err != nil {
		return err
	}
	return s.requestLooks(ctx, tx, w, fmt.Sprintf("the gate of %s is %s", w.Scope.Name, w.State))
}

// switched is the audit record of a switch.
func switched(act audit.Act, w gateswitch.Switch, actor string) audit.Entry {
	return audit.Entry{Act: act, Actor: actor, Forge: string(w.Scope.Forge), RepoID: w.Scope.RepoID, Detail: map[string]string{
		"switch": fmt.Sprint(w.ID), "state": string(w.State), "of": w.Scope.Name, "reason": w.Reason,
		"until": w.Until.UTC().Format(time.RFC3339)}}
}

// gatePace spreads the looks at the changes of a large organisation.
const gatePace = 100 * time.Millisecond

// requestLooks asks for looks at every open change in the scope of a switch.
func (s *Store) requestLooks(ctx context.Context, tx *sql.Tx, w gateswitch.Switch, why string) error {
	request := delivery.ReviewRequest{Forge: w.Scope.Forge, RepoID: w.Scope.RepoID, Connection: w.Scope.Connection,
		Lane: delivery.Interactive, Pace: gatePace, Why: why, Actor: w.Actor}
	request.Repo, request.All = w.Scope.RepoID != 0, w.Scope.RepoID == 0
	if w.Scope.Group() {
		return s.requestGroup(ctx, tx, w, request)
	}
	if w.Scope.Connection != 0 {
		_, err := s.changes.RequestLooksTx(ctx, tx, "", request)
		return err
	}
	// The reader sees what was committed before this transaction, which is all that a switch concerns: a change that is
	// opened later is looked at for its own sake.
	for _, request.Forge = range change.Forges() {
		connections, err := s.changes.Connections(ctx, request.Forge)
		if err != nil {
			return err
		}
		for _, request.Connection = range connections {
			if _, err := s.changes.RequestLooksTx(ctx, tx, "", request); err != nil {
				return err
			}
		}
	}
	return nil
}

// requestGroup asks for looks at every open change in the projects of a group.
func (s *Store) requestGroup(ctx context.Context, tx *sql.Tx, w gateswitch.Switch, request delivery.ReviewRequest) error {
	path := strings.ToLower(w.Scope.Name)
	rows, err := tx.QueryContext(ctx, `SELECT id FROM repository WHERE forge = $1 AND installation = $4 AND `+below+` ORDER BY id`,
		w.Scope.Forge, path, path+"/", w.Scope.Connection)
	if err != nil {
		return fmt.Errorf("list projects of %s: %w", w.Scope.Name, err)
	}
	defer rows.Close()
	request.Repo, request.All = true, false
	var all []delivery.ReviewRequest
	for rows.Next() {
		if err := rows.Scan(&request.RepoID); err != nil {
			return fmt.Errorf("list projects of %s: %w", w.Scope.Name, err)
		}
		all = append(all, request)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("list projects of %s: %w", w.Scope.Name, err)
	}
	for _, request := range all {
		if _, err := s.changes.RequestLooksTx(ctx, tx, "", request); err != nil {
			return err
		}
	}
	return nil
}

// maxTurned bounds how many changes one end of a switch has looked at again; a sweep of the forge finds the others.
const maxTurned = 100_000

// endSwitch ends a switch, with its audit record, and asks for looks at the changes whose verdict it turned.
func (s *Store) endSwitch(ctx context.Context, tx *sql.Tx, w *gateswitch.Switch, by string) error {
	w.EndedAt, w.EndedBy = s.db.Now(), by
	res, err := tx.ExecContext(ctx, `UPDATE gate_switch SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at = 0`,
		sqldb.Millis(w.EndedAt), by, w.ID)
	if err != nil {
		return fmt.Errorf("end gate switch: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.log.AppendTx(ctx, tx, switched(audit.GateEnded, *w, by)); err != nil {
		return err
	}
	turned, err := s.turned(ctx, tx, w.ID, maxTurned)
	if err != nil {
		return err
	}
	seen := map[change.Key]bool{}
	for i, v := range turned {
		if seen[v.Ref.Key] {
			continue
		}
		seen[v.Ref.Key] = true
		request := delivery.ReviewRequest{Ref: &v.Ref, Lane: delivery.Interactive, After: time.Duration(max(0, i-20)) * gatePace,
			Why: "the gate of " + w.Scope.Name + " is no longer " + string(w.State)}
		if _, err := s.changes.RequestLooksTx(ctx, tx, "", request); err != nil {
			return err
		}
	}
	return nil
}

// ExpireGateSwitches ends the switches whose time is over, and returns them.
func (s *Store) ExpireGateSwitches(ctx context.Context, now time.Time) (ended []gateswitch.Switch, err error) {
	all, err := s.GateSwitches(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	// The caller's time may be from before a switch that began meanwhile: such a switch was not given by a clock ahead.
	now = s.latest(now)
	err = s.db.Transact(ctx, "end gate switches whose time is over", func(tx *sql.Tx) error {
		ended = nil
		for _, w := range all {
			w, err := s.correctSwitch(ctx, tx, w, now)
			if err != nil {
				return err
			}
			if now.Before(w.Until) {
				continue
			}
			if err := s.endSwitch(ctx, tx, &w, "clock"); err != nil {
				return err
			}
			ended = append(ended, w)
		}
		return nil
	})
	if err == nil {
		s.jobs.Ring()
	}
	return ended, err
}

// latest is a time, or the record's own when that is later.
func (s *Store) latest(t time.Time) time.Time {
	if own := s.db.Now(); own.After(t) {
		return own
	}
	return t
}

// correctSwitch brings the end of a switch nearer that began by a clock that was set back since. The checks that name the
// end are judged anew.
func (s *Store) correctSwitch(ctx context.Context, tx *sql.Tx, w gateswitch.Switch, now time.Time) (gateswitch.Switch, error) {
	w, ahead := w.Corrected(now)
	if !ahead {
		return w, nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE gate_switch SET began_at = $1, until = $2 WHERE id = $3 AND ended_at = 0`,
		sqldb.Millis(w.At), sqldb.Millis(w.Until), w.ID); err != nil {
		return w, fmt.Errorf("correct the end of a gate switch: %w", err)
	}
	return w, s.requestLooks(ctx, tx, w, "the clock was set back: the gate of "+w.Scope.Name+" is "+string(w.State)+" for a shorter time")
}

// TurnedTx records that a switch turned a verdict, once for each commit, with an audit record for one that passed.
func (s *Store) TurnedTx(ctx context.Context, tx *sql.Tx, v gateswitch.Turned) error {
	ref, err := json.Marshal(v.Ref)
	if err != nil {
		return fmt.Errorf("encode change: %w", err)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO gate_verdict (switch_id, change_id, sha, ref, passed, problems, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (switch_id, change_id, sha) DO NOTHING`,
		v.Switch, v.Ref.Key.String(), v.SHA, string(ref), sqldb.Flag(v.Passed), v.Problems, sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("keep what the gate turned: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 || !v.Passed {
		return err
	}
	return s.log.AppendTx(ctx, tx, audit.Entry{Act: audit.GatePassed, Actor: "switch " + fmt.Sprint(v.Switch), Forge: string(v.Ref.Forge),
		RepoID: v.Ref.RepoID, Change: v.Ref.Key.String(), SHA: v.SHA,
		Detail: map[string]string{"switch": fmt.Sprint(v.Switch), "problems": fmt.Sprint(v.Problems)}})
}

// GateTurned returns the verdicts that a switch turned, oldest first.
func (s *Store) GateTurned(ctx context.Context, id int64, limit int) ([]gateswitch.Turned, error) {
	return s.turned(ctx, s.db.Reader(), id, limit)
}

func (s *Store) turned(ctx context.Context, q sqldb.Querier, id int64, limit int) ([]gateswitch.Turned, error) {
	rows, err := q.QueryContext(ctx,
		`SELECT sha, ref, passed, problems, at FROM gate_verdict WHERE switch_id = $1 ORDER BY at, change_id LIMIT $2`, id, limit)
	if err != nil {
		return nil, fmt.Errorf("read what the gate turned: %w", err)
	}
	defer rows.Close()
	var all []gateswitch.Turned
	for rows.Next() {
		v := gateswitch.Turned{Switch: id}
		var ref string
		var passed, at int64
		if err := rows.Scan(&v.SHA, &ref, &passed, &v.Problems, &at); err != nil {
			return nil, fmt.Errorf("read what the gate turned: %w", err)
		}
		if err := json.Unmarshal([]byte(ref), &v.Ref); err != nil {
			return nil, fmt.Errorf("read what the gate turned: %w", err)
		}
		v.Passed, v.At = passed != 0, sqldb.Time(at)
		all = append(all, v)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read what the gate turned: %w", err)
	}
	return all, rename(ctx, q, all)
}

// rename gives the repositories of verdicts the names that they have today. One that nothing tells of keeps its name.
func rename(ctx context.Context, q sqldb.Querier, all []gateswitch.Turned) error {
	type repository struct {
		forge change.Forge
		id    int64
	}
	names := map[repository][2]string{}
	for i := range all {
		ref := &all[i].Ref
		key := repository{ref.Forge, ref.RepoID}
		name, known := names[key]
		if !known {
			name = [2]string{ref.Owner, ref.Name}
			err := q.QueryRowContext(ctx, `SELECT owner, name FROM repository WHERE forge = $1 AND id = $2`, key.forge, key.id).
				Scan(&name[0], &name[1])
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("read the name of repository %d: %w", key.id, err)
			}
			names[key] = name
		}
		ref.Owner, ref.Name = name[0], name[1]
	}
	return nil
}
