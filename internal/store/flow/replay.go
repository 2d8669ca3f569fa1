package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Replay derives up to so many stale facts anew and returns how many it did; 0 means that none is stale. It holds the
// writer for one short transaction.
func (s *Store) Replay(ctx context.Context, most int) (int, error) {
	n, version := 0, s.by.Load().version
	err := s.db.Transact(ctx, "derive stale facts", func(tx *sql.Tx) error {
		ids, err := texts(ctx, tx, `SELECT change_id FROM (SELECT change_id FROM flow_fact WHERE def_version < $1 `+
			`ORDER BY def_version LIMIT $2) few UNION ALL SELECT change_id FROM (SELECT change_id FROM flow_fact `+
			`WHERE def_version > $1 ORDER BY def_version LIMIT $2) few LIMIT $2`, version, most)
		if err != nil {
			return err
		}
		n = len(ids)
		var pulls []flow.Pull
		for _, id := range ids {
			p, err := flow.ParsePull(id)
			if err != nil {
				return err
			}
			pulls = append(pulls, p)
		}
		if err := s.derive(ctx, tx, pulls); err != nil {
			return err
		}
		// Those without events keep what is known of them.
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx,
				`UPDATE flow_fact SET def_version = $1 WHERE change_id = $2 AND def_version <> $1`, version, id); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// ReplayStale derives all stale facts anew, a few in each transaction, so that deliveries wait for none of them for long.
func (s *Store) ReplayStale(ctx context.Context) error {
	const most = 20
	for ctx.Err() == nil {
		if n, err := s.Replay(ctx, most); err != nil || n == 0 {
			return err
		}
	}
	return ctx.Err()
}

// EraseActor takes the name of an account away, for good, and returns its number. What it did stays, under that number,
// which is all that the audit log tells. change.ErrNotFound means that no account has that name.
func (s *Store) EraseActor(ctx context.Context, forge, login, by string) (id int64, err error) {
	err = s.db.Transact(ctx, "erase the name of an account", func(tx *sql.Tx) error {
		if id, err = accountNamed(ctx, tx, forge, login); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE actor SET login = '', erased = 1 WHERE forge = $1 AND id = $2`, forge, id); err != nil {
			return fmt.Errorf("erase account %d: %w", id, err)
		}
		return s.log.AppendTx(ctx, tx, audit.Entry{Act: audit.AccountErased, Actor: by, Forge: forge,
			Detail: map[string]string{"account": strconv.FormatInt(id, 10)}})
	})
	return id, err
}

// AccountNamed is the number of the account that has a name on a forge. It is change.ErrNotFound for one that is not
// known, or whose name was erased.
func (s *Store) AccountNamed(ctx context.Context, forge, login string) (int64, error) {
	return accountNamed(ctx, s.db.Reader(), forge, login)
}

func accountNamed(ctx context.Context, q sqldb.Querier, forge, login string) (id int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT id FROM actor WHERE forge = $1 AND LOWER(login) = LOWER($2) AND login <> ''
		AND erased = 0 ORDER BY id LIMIT 1`, forge, login).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, change.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("find the account: %w", err)
	}
	return id, nil
}
