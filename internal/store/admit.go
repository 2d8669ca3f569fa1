package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
)

// An installation with more waiting changes than these sinks to a later lane, so that it cannot hold up the others.
const (
	busyFrom    = 20
	crowdedFrom = 200
	// paceFree changes of one touch are looked at without its pace.
	paceFree = 20
)

// Admit stores a delivery, its lines of history and its jobs in one transaction. A delivery id that was stored before changes nothing.
// An error means that nothing was kept: the forge must be told that it was not taken.
func (s *Store) Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error) {
	var r delivery.Receipt
	ring := false
	err := s.transact(ctx, "admit delivery "+a.ID, func(tx *sql.Tx) (err error) {
		r, ring, err = s.admitTx(ctx, tx, a)
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

// admitTx is Admit inside the caller's transaction. ring says whether to ring the queue when it is committed.
func (s *Store) admitTx(ctx context.Context, tx *sql.Tx, a delivery.Admission) (r delivery.Receipt, ring bool, err error) {
	repeat, err := s.keepDelivery(ctx, tx, a)
	if err != nil || repeat {
		r.Repeat = repeat
		return r, false, err
	}
	if err := s.applySeen(ctx, tx, a); err != nil {
		return r, false, err
	}
	for _, run := range a.Runs {
		if err := s.keepRun(ctx, tx, run); err != nil {
			return r, false, err
		}
	}
	ended, err := s.end(ctx, tx, a)
	if err != nil {
		return r, false, err
	}
	for _, t := range append(slices.Clone(a.Requests), ended...) {
		keys, err := s.requestLooks(ctx, tx, a.ID, t)
		if err != nil {
			return r, false, err
		}
		for _, key := range keys {
			if !slices.Contains(r.Changes, key) {
				r.Changes = append(r.Changes, key)
			}
		}
	}
	if err := s.recordFeedback(ctx, tx, a.Forge, a.RepoID, a.Feedback, ""); err != nil {
		return r, false, err
	}
	if a.Release != nil {
		if err := s.askRelease(ctx, tx, r.Changes, *a.Release); err != nil {
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

func (s *Store) insertScan(ctx context.Context, tx *sql.Tx, a delivery.Scan) error {
	args := job.Scan{Forge: string(a.Forge), Installation: a.Installation, RepoID: a.RepoID, Branch: a.Branch, Why: a.Why}
	return s.jobs.InsertTx(ctx, tx, args, job.When{Lane: delivery.Busy})
}

func (s *Store) keepDelivery(ctx context.Context, tx *sql.Tx, a delivery.Admission) (repeat bool, err error) {
	if a.ID == "" {
		return false, nil
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO delivery (id, forge, name, action, installation, repo_id, sender, outcome, reason, received_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (id) DO NOTHING`,
		a.ID, a.Forge, a.Name, a.Action, a.Installation, a.RepoID, a.Sender, a.Outcome, a.Reason, millis(a.ReceivedAt))
	if err != nil {
		return false, fmt.Errorf("keep delivery: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 0, err
}

func (s *Store) applySeen(ctx context.Context, tx *sql.Tx, a delivery.Admission) error {
	now := millis(s.now())
	for _, seen := range a.Seen {
		r := seen.Repository
		if r.ID == 0 {
			continue
		}
		kept, err := tx.ExecContext(ctx,
			`INSERT INTO repository (forge, id, installation, owner, name, private, default_branch, gone, scanned_at, updated_at, owner_id)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,$9,$10)
			ON CONFLICT (forge, id) DO UPDATE SET installation = excluded.installation, owner = excluded.owner, name = excluded.name, private = excluded.private,
			default_branch = CASE WHEN excluded.default_branch = '' THEN repository.default_branch ELSE excluded.default_branch END, gone = excluded.gone, updated_at = excluded.updated_at,
			owner_id = CASE WHEN excluded.owner_id = 0 THEN repository.owner_id ELSE excluded.owner_id END
			WHERE repository.installation <> excluded.installation OR repository.owner <> excluded.owner OR repository.name <> excluded.name OR repository.private <> excluded.private
			OR repository.gone <> excluded.gone OR (excluded.default_branch <> '' AND repository.default_branch <> excluded.default_branch)
			OR (excluded.owner_id <> 0 AND repository.owner_id <> excluded.owner_id)`,
			seen.Forge, r.ID, seen.Installation, r.Owner, r.Name, flag(r.Private), r.DefaultBranch, flag(seen.Gone), now, r.OwnerID)
		if err != nil {
			return fmt.Errorf("keep repository %s/%s: %w", r.Owner, r.Name, err)
		}
		if err := keepName(ctx, tx, seen, kept, now); err != nil {
			return err
		}
		if seen.Gone {
			if _, err := tx.ExecContext(ctx,
				`UPDATE change SET state = 'closed', evaluated = generation, updated_at = $1 WHERE forge = $2 AND `+
					`repo_id = $3 AND state = 'open'`, now, seen.Forge, r.ID); err != nil {
				return fmt.Errorf("close changes of repository %s/%s: %w", r.Owner, r.Name, err)
			}
		}
	}
	if !a.Uninstalled {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE repository SET gone = 1, updated_at = $1 WHERE forge = $2 AND installation = $3`, now,
		a.Forge, a.Installation); err != nil {
		return fmt.Errorf("forget installation %d: %w", a.Installation, err)
	}
	if _, err := tx.ExecContext(ctx,
		`UPDATE change SET state = 'closed', evaluated = generation, updated_at = $1 WHERE forge = $2 AND installation `+
			`= $3 AND state = 'open'`, now, a.Forge, a.Installation); err != nil {
		return fmt.Errorf("forget installation %d: %w", a.Installation, err)
	}
	return nil
}

// end closes changes and returns touches for those that shared a commit with them: the check on a commit speaks for
// every open pull request that has it.
func (s *Store) end(ctx context.Context, tx *sql.Tx, a delivery.Admission) ([]delivery.ReviewRequest, error) {
	var touches []delivery.ReviewRequest
	for _, ref := range a.Ended {
		var target string
		err := tx.QueryRowContext(ctx,
			`UPDATE change SET state = $1, evaluated = generation, updated_at = $2 WHERE id = $3 RETURNING target`, a.EndState,
			millis(s.now()), ref.Key.String()).Scan(&target)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("end %s: %w", ref, err)
		}
		if err := s.line(ctx, tx,
			history.Line{
				Key:      ref.Key,
				At:       s.now(),
				Kind:     history.Ended,
				Detail:   string(a.EndState),
				Delivery: a.ID,
				SHA:      target,
				Actor:    a.Sender,
			}); err != nil {
			return nil, err
		}
		if target != "" && ref.Group == "" {
			touches = append(touches,
				delivery.ReviewRequest{
					Commit: target,
					Forge:  ref.Forge,
					RepoID: ref.RepoID,
					Lane:   delivery.Interactive,
					Why:    ref.String() + ", which had the same commit, is " + string(a.EndState),
				})
		}
	}
	return touches, nil
}

// requestLooks raises the generation of every change it selects and makes sure that a job waits for each.
// A change that leaves a commit takes those with it that shared the commit: their check spoke for it too.
func (s *Store) requestLooks(ctx context.Context, tx *sql.Tx, delivered string, t delivery.ReviewRequest) ([]change.Key, error) {
	keys, err := s.selected(ctx, tx, t)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	var left *delivery.ReviewRequest
	if t.Ref != nil {
		target := t.Head.SHA
		if t.Group != nil {
			target = t.Group.Head
		}
		if left, err = s.leftBehind(ctx, tx, *t.Ref, true, target); err != nil {
			return nil, err
		}
	}
	now := s.now()
	installations := make([]int64, len(keys))
	for i, key := range keys {
		if installations[i], err = s.bumpGeneration(ctx, tx, key, t, now, now.Add(delay(t, i))); err != nil {
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
		if err := s.line(ctx, tx, line); err != nil {
			return nil, err
		}
	}
	// The lanes are chosen when all are raised, so that a long list sinks as a whole.
	lanes, awake := map[int64]delivery.Lane{}, map[int64]bool{}
	for i, key := range keys {
		installation := installations[i]
		if _, chosen := lanes[installation]; !chosen {
			if lanes[installation], err = s.lane(ctx, tx, key.Forge, installation, t.Lane); err != nil {
				return nil, err
			}
			held, err := s.heldUntil(ctx, tx, key.Forge, installation)
			if err != nil {
				return nil, err
			}
			awake[installation] = !held.After(now)
		}
		lane := lanes[installation]
		when := job.When{Lane: lane, Wake: lane < delivery.Backfill && awake[installation]}
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
	more, err := s.requestLooks(ctx, tx, delivered, *left)
	return append(keys, more...), err
}

// delay is how long the i-th change of a touch is held back.
func delay(t delivery.ReviewRequest, i int) time.Duration {
	return t.After + time.Duration(max(0, i-paceFree))*t.Pace
}

// leftBehind returns a touch for the pull requests that a change shares its remembered commit with, when it is about to leave that commit:
// by a new head, or because it is no longer open. It is nil when it stays, or was on no commit.
func (s *Store) leftBehind(ctx context.Context, tx *sql.Tx, ref change.Ref, stays bool, target string) (*delivery.ReviewRequest, error) {
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

// bumpGeneration lifts the generation of one change, making the row if the touch names the change. An event that tells
// a head is about a change that is open as far as anybody knows: until the look says otherwise it counts as open, so
// that it cannot be lost or fail in silence. due is when its look shall begin: until then it does not wait.
func (s *Store) bumpGeneration(ctx context.Context, tx *sql.Tx, key change.Key, t delivery.ReviewRequest, now,
	due time.Time) (installation int64, err error) {
	if t.Ref == nil {
		err = tx.QueryRowContext(ctx,
			`UPDATE change SET generation = generation + 1, forced = CASE WHEN $1 = 1 THEN generation + 1 ELSE forced END, raised_at = $2, updated_at = $2,
			waiting_since = CASE WHEN generation > evaluated THEN waiting_since ELSE $4 END WHERE id = $3 RETURNING installation`,
			flag(t.Force), millis(now), key.String(), millis(due)).Scan(&installation)
		if err != nil {
			return 0, fmt.Errorf("raise %s: %w", key, err)
		}
		return installation, nil
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
		`INSERT INTO change (id, forge, repo_id, number, installation, state, target, head_sha, head_ref, base_sha, base_ref, merge_group, draft, teams, generation, evaluated, forced, raised_at, updated_at, waiting_since)
		VALUES ($1,$2,$3,$4,$5,'open',$6,$7,$8,$9,$10,$11,$12,'',1,0,$13,$14,$14,$15)
		ON CONFLICT (id) DO UPDATE SET generation = change.generation + 1, forced = CASE WHEN $13 = 1 THEN change.generation + 1 ELSE change.forced END,
		installation = CASE WHEN excluded.installation = 0 THEN change.installation ELSE excluded.installation END,
		head_sha = CASE WHEN excluded.head_sha = '' THEN change.head_sha ELSE excluded.head_sha END,
		target = CASE WHEN excluded.target = '' THEN change.target ELSE excluded.target END,
		base_ref = CASE WHEN excluded.base_ref = '' THEN change.base_ref ELSE excluded.base_ref END,
		state = CASE WHEN excluded.head_sha = '' THEN change.state ELSE 'open' END,
		raised_at = excluded.raised_at, updated_at = excluded.updated_at,
		waiting_since = CASE WHEN change.generation > change.evaluated AND change.state = 'open' THEN change.waiting_since ELSE excluded.waiting_since END
		RETURNING installation`,
		key.String(), key.Forge, key.RepoID, number, t.Ref.Installation, target, t.Head.SHA, t.Head.Ref, t.Base.SHA, t.Base.Ref,
		string(group), flag(t.Draft), flag(t.Force), millis(now), millis(due)).Scan(&installation)
	if err != nil {
		return 0, fmt.Errorf("raise %s: %w", key, err)
	}
	return installation, nil
}

// lane sinks the work of an installation that has much of it waiting.
func (s *Store) lane(ctx context.Context, tx *sql.Tx, forge change.Forge, installation int64, wanted delivery.Lane) (delivery.Lane, error) {
	if wanted >= delivery.Backfill {
		return delivery.Backfill, nil
	}
	var waiting int
	err := tx.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM (SELECT 1 FROM change WHERE forge = $1 AND installation = $2 AND generation > evaluated `+
			`AND state = 'open' LIMIT $3)`, forge, installation, crowdedFrom+1).Scan(&waiting)
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

// selected lists the changes a touch asks for, in id order (the order in which rows are locked everywhere).
func (s *Store) selected(ctx context.Context, tx *sql.Tx, t delivery.ReviewRequest) ([]change.Key, error) {
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
		query, args = query+`installation = $2 AND instr(teams, $3) > 0`, append(args, t.Installation, ","+t.Team+",")
	case t.All:
		query, args = query+`installation = $2`, append(args, t.Installation)
	default:
		return nil, errors.New("a touch selects nothing")
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

func (s *Store) line(ctx context.Context, tx *sql.Tx, l history.Line) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO history (id, change_id, at, kind, detail, delivery, sha, actor) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		s.id(), l.Key.String(), millis(l.At), l.Kind, l.Detail, l.Delivery, l.SHA, l.Actor)
	if err != nil {
		return fmt.Errorf("keep history of %s: %w", l.Key, err)
	}
	return nil
}
