// Package effects keeps what Lintel intends to do on the forge until it is done: effects, their receipts, and the
// findings that inline comments are about, with what people did about them. It alone writes the tables effect, point,
// outcome and release.
//
// Callers may rely on:
//   - an effect is handed out until it has a receipt or was dropped, and each time says whether it was tried before;
//   - drafts of inline comments are not handed out before somebody releases them, and each release is audited;
//   - a dismissed finding stays dismissed, whatever is found again, until the person's act is taken back;
//   - outcomes are only appended to, and learning of one twice keeps it once.
//
// Methods that end in Tx work inside the caller's transaction. Only other rooms of the record call them.
package effects

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/outcomes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct {
	db      *sqldb.DB
	changes *changes.Store
	log     *audit.Store
	// outcomes follow from what people do about inline comments.
	outcomes *outcomes.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, c *changes.Store, log *audit.Store, o *outcomes.Store) *Store {
	return &Store{db: db, changes: c, log: log, outcomes: o}
}

const effectColumns = `key, body, remote, thread, url, found, done_at`

func scanEffects(rows *sql.Rows) ([]effect.Posted, error) {
	defer rows.Close()
	var all []effect.Posted
	for rows.Next() {
		var key, body, url string
		var remote, thread effect.ID
		var found, done int64
		if err := rows.Scan(&key, &body, &remote, &thread, &url, &found, &done); err != nil {
			return nil, fmt.Errorf("read effect: %w", err)
		}
		p := effect.Posted{}
		if err := json.Unmarshal([]byte(body), &p.Effect); err != nil {
			return nil, fmt.Errorf("read effect %s: %w", key, err)
		}
		if done != 0 && remote != "" {
			p.Receipt = &effect.Receipt{Key: key, RemoteID: remote, Thread: thread, URL: url, Found: found != 0, At: sqldb.Time(done)}
		}
		all = append(all, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read effects: %w", err)
	}
	return all, nil
}

// draft is the status of an inline comment that waits for its release: Pending does not hand it out.
const draft = "draft"

// SaveTx stores effects. The check mentions drafts of inline comments and has the button that releases them, and only a
// look writes the check: so one is asked for.
func (s *Store) SaveTx(ctx context.Context, tx *sql.Tx, ref change.Ref, all []effect.Effect, seq int64) (raised []change.Key,
	err error) {
	drafts := false
	for _, e := range all {
		if err := s.storeEffect(ctx, tx, e, seq); err != nil {
			return nil, err
		}
		drafts = drafts || e.Inline != nil && e.Inline.Draft
	}
	if !drafts {
		return nil, nil
	}
	return s.changes.RequestLooksTx(ctx, tx, "",
		delivery.ReviewRequest{
			Ref:        &ref,
			Forge:      ref.Forge,
			RepoID:     ref.RepoID,
			Connection: ref.Connection,
			Lane:       delivery.Interactive,
			Why:        "drafts of comments changed",
		})
}

func (s *Store) storeEffect(ctx context.Context, tx *sql.Tx, e effect.Effect, seq int64) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode effect %s: %w", e.Key, err)
	}
	var name, sha, status, digest string
	switch {
	case e.Check != nil:
		name, sha, status, digest = e.Check.Name, e.Check.SHA, string(e.Check.Status), e.Check.Digest
	case e.Comment != nil:
		digest = e.Comment.Digest
	case e.Inline != nil:
		if err := e.Inline.Check(); err != nil {
			return fmt.Errorf("effect %s: %w", e.Key, err)
		}
		name, sha = e.Inline.Fingerprint, e.Inline.SHA
		if e.Inline.Draft {
			status = draft
		}
		if err := s.storeIntended(ctx, tx, e.Ref.Key, *e.Inline); err != nil {
			return err
		}
	default:
		return fmt.Errorf("effect %s intends nothing", e.Key)
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO effect (key, change_id, forge, repo_id, kind, name, sha, status, digest, body, seq, attempts, error, url, found, created_at, done_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,0,'','',0,$12,0) ON CONFLICT (key) DO NOTHING`,
		e.Key, e.Ref.Key.String(), e.Ref.Forge, e.Ref.RepoID, e.Kind(), name, sha, status, digest, string(body), seq,
		sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("store effect %s: %w", e.Key, err)
	}
	return nil
}
