package changes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// A connection with more waiting changes than these sinks to a later lane, so that it cannot hold up the others.
const (
	busyFrom    = 20
	crowdedFrom = 200
	// paceFree changes of one request are looked at without its pace.
	paceFree = 20
)

// RequestLooksTx raises the generation of every change it selects and makes sure that a job waits for each.
// A change that leaves a commit takes those with it that shared the commit: their check spoke for it too.
func (s *Store) RequestLooksTx(ctx context.Context, tx *sql.Tx, delivered string, t delivery.ReviewRequest) ([]change.Key, error) {
	keys, err := s.SelectedTx(ctx, tx, t)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	var left *delivery.ReviewRequest
	if t.Ref != nil {
		target := t.Head.SHA
		if t.Group != nil {
			target = t.Group.Head
		}
		if left, err = s.LeftBehindTx(ctx, tx, *t.Ref, true, target); err != nil {
			return nil, err
		}
	}
	now := s.db.Now()
	connections := make([]int64, len(keys))
	for i, key := range keys {
		if connections[i], err = s.bumpGeneration(ctx, tx, key, t, now, now.Add(delay(t, i))); err != nil {
			return nil, err
		}
		line := history.Line{
			Key:      key,
			At:       now,
			Kind:     history.Delivered,
			Detail:   t.Why,
			Delivery: delivered,
			SHA:      t.Head.SHA,
			Actor:    t.Actor,
		}
		if t.Force {
			line.Kind = history.Rechecked
		}
		if err := s.LineTx(ctx, tx, line); err != nil {
			return nil, err
		}
	}
	// The lanes are chosen when all are raised, so that a long list sinks as a whole.
	lanes, awake := map[int64]delivery.Lane{}, map[int64]bool{}
	for i, key := range keys {
		connection := connections[i]
		if _, chosen := lanes[connection]; !chosen {
			if lanes[connection], err = s.lane(ctx, tx, key.Forge, connection, t.Lane); err != nil {
				return nil, err
			}
			held, err := s.heldUntil(ctx, tx, key.Forge, connection)
			if err != nil {
				return nil, err
			}
			awake[connection] = (&change.Limited{Until: held}).Over(now)
		}
		lane := lanes[connection]
		when := job.When{Lane: lane, Wake: lane < delivery.Backfill && awake[connection]}
		if after := delay(t, i); after > 0 {
			when.At = now.Add(after)
		}
		if err := s.jobs.InsertTx(ctx, tx, job.Look{Key: key.String()}, when); err != nil {
			return nil, fmt.Errorf("queue %s: %w", key, err)
		}
	}
	if left == nil {
		return keys, nil
	}
	more, err := s.RequestLooksTx(ctx, tx, delivered, *left)
	return append(keys, more...), err
}

// delay is how long the i-th change of a request is held back.
func delay(t delivery.ReviewRequest, i int) time.Duration {
	return t.After + time.Duration(max(0, i-paceFree))*t.Pace
}

// LeftBehindTx returns a request for a look at the changes that a change shares its remembered commit with, when
// it is about to leave that commit: by a new head, or because it is no longer open. It is nil when it stays, or was on
// no commit.
func (s *Store) LeftBehindTx(ctx context.Context, tx *sql.Tx, ref change.Ref, stays bool, target string) (*delivery.ReviewRequest, error) {
	var was, state string
	err := tx.QueryRowContext(ctx, `SELECT target, state FROM change WHERE id = $1`, ref.Key.String()).Scan(&was, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read commit of %s: %w", ref, err)
	}
	if ref.Group != "" || was == "" || state != string(change.Open) || stays && (target == "" || target == was) {
		return nil, nil
	}
	return &delivery.ReviewRequest{
		Commit: was,
		Forge:  ref.Forge,
		RepoID: ref.RepoID,
		Lane:   delivery.Interactive,
		Why:    ref.String() + " no longer has the same commit",
	}, nil
}

// bumpGeneration raises the generation of one change, making the row if the request names the change. An event with
// a head is about a change that is open as far as anybody knows: until the look says otherwise it counts as open, so
// that it cannot be lost or fail in silence. due is when its look shall begin: until then it does not wait.
func (s *Store) bumpGeneration(ctx context.Context, tx *sql.Tx, key change.Key, t delivery.ReviewRequest, now,
	due time.Time) (connection int64, err error) {
	if t.Ref == nil {
		err = tx.QueryRowContext(ctx,
			`UPDATE change SET generation = generation + 1, forced = CASE WHEN $1 = 1 THEN generation + 1 ELSE forced END, raised_at = $2, updated_at = $2,
			waiting_since = CASE WHEN generation > evaluated THEN waiting_since ELSE $4 END WHERE id = $3 RETURNING installation`,
			sqldb.Flag(t.Force), sqldb.Millis(now), key.String(), sqldb.Millis(due)).Scan(&connection)
		if err != nil {
			return 0, fmt.Errorf("raise %s: %w", key, err)
		}
		return connection, nil
	}
	group, err := json.Marshal(t.Group)
	if err != nil {
		return 0, fmt.Errorf("encode merge group: %w", err)
	}
	target, number := t.Head.SHA, t.Ref.Number
	if t.Group != nil {
		target, number = t.Group.Head, t.Group.Number
	}
	err = tx.QueryRowContext(ctx,
		`INSERT INTO change (id, forge, repo_id, number, installation, state, target, head_sha, head_ref, base_sha, base_ref, merge_group,
		draft, teams, generation, evaluated, forced, raised_at, updated_at, waiting_since, headed_sha, headed_at)
		VALUES ($1,$2,$3,$4,$5,'open',$6,$7,$8,$9,$10,$11,$12,'',1,0,$13,$14,$14,$15,$7,$16)
		ON CONFLICT (id) DO UPDATE SET generation = change.generation + 1, forced = CASE WHEN $13 = 1 THEN change.generation + 1 ELSE change.forced END,
		installation = CASE WHEN excluded.installation = 0 THEN change.installation ELSE excluded.installation END,
		head_sha = CASE WHEN excluded.head_sha = '' THEN change.head_sha ELSE excluded.head_sha END,
		target = CASE WHEN excluded.target = '' THEN change.target ELSE excluded.target END,
		headed_at = CASE WHEN excluded.head_sha = '' OR excluded.head_sha = change.head_sha AND change.head_sha = change.headed_sha
			AND change.headed_at > 0 THEN change.headed_at ELSE excluded.headed_at END,
		headed_sha = CASE WHEN excluded.head_sha = '' THEN change.headed_sha ELSE excluded.head_sha END,
		base_ref = CASE WHEN excluded.base_ref = '' THEN change.base_ref ELSE excluded.base_ref END,
		state = CASE WHEN excluded.head_sha = '' THEN change.state ELSE 'open' END,
		raised_at = excluded.raised_at, updated_at = excluded.updated_at,
		waiting_since = CASE WHEN change.generation > change.evaluated AND change.state = 'open' THEN change.waiting_since ELSE excluded.waiting_since END
		RETURNING installation`,
		key.String(), key.Forge, key.RepoID, number, t.Ref.Connection, target, t.Head.SHA, t.Head.Ref, t.Base.SHA, t.Base.Ref,
		string(group), sqldb.Flag(t.Draft), sqldb.Flag(t.Force), sqldb.Millis(now), sqldb.Millis(due),
		sqldb.Millis(t.ToldAt)).Scan(&connection)
	if err != nil {
		return 0, fmt.Errorf("raise %s: %w", key, err)
	}
	return connection, nil
}

// lane sinks the work of a connection that has much of it waiting.
func (s *Store) lane(ctx context.Context, tx *sql.Tx, forge change.Forge, connection int64, wanted delivery.Lane) (delivery.Lane, error) {
	if wanted >= delivery.Backfill {
		return delivery.Backfill, nil
	}
	var waiting int
	err := tx.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM (SELECT 1 FROM change WHERE forge = $1 AND installation = $2 AND generation > evaluated `+
			`AND state = 'open' LIMIT $3) counted`, forge, connection, crowdedFrom+1).Scan(&waiting)
	if err != nil {
		return 0, fmt.Errorf("count waiting changes: %w", err)
	}
	switch {
	case waiting > crowdedFrom:
		return delivery.Crowded, nil
	case waiting > busyFrom:
		return max(wanted, delivery.Busy), nil
	}
	return max(wanted, delivery.Interactive), nil
}

// SelectedTx lists the changes that a request is about, in id order (the order in which rows are locked everywhere).
func (s *Store) SelectedTx(ctx context.Context, tx *sql.Tx, t delivery.ReviewRequest) ([]change.Key, error) {
	if t.Ref != nil {
		return []change.Key{t.Ref.Key}, nil
	}
	query, args := `SELECT id FROM change WHERE state = 'open' AND forge = $1 AND `, []any{t.Forge}
	switch {
	case t.Commit != "":
		query, args = query+`repo_id = $2 AND target = $3`, append(args, t.RepoID, t.Commit)
	case t.GroupsOf != 0:
		query, args = query+`repo_id = $2 AND number = $3 AND merge_group <> 'null'`, append(args, t.RepoID, t.GroupsOf)
	case t.MergeBase != "":
		query, args = query+
			`repo_id = $2 AND $3 = (SELECT v.merge_base FROM verdict v WHERE v.change_id = change.id ORDER BY v.id DESC LIMIT 1)`,
			append(args, t.RepoID, t.MergeBase)
	case t.Branch != "":
		query, args = query+`repo_id = $2 AND base_ref = $3`, append(args, t.RepoID, t.Branch)
	case t.Repo:
		query, args = query+`repo_id = $2`, append(args, t.RepoID)
	case t.Team != "":
		query, args = query+`installation = $2 AND replace(teams, $3, '') <> teams`, append(args, t.Connection, ","+t.Team+",")
	case t.All:
		query, args = query+`installation = $2`, append(args, t.Connection)
	default:
		return nil, errors.New("a request selects nothing")
	}
	rows, err := tx.QueryContext(ctx, query+` ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("select changes: %w", err)
	}
	defer rows.Close()
	var keys []change.Key
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read change: %w", err)
		}
		key, err := change.ParseKey(id)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}
