package changes

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// storeTraits stores what an event says of a repository beside its name. What it does not say stays as it was.
func storeTraits(ctx context.Context, tx *sql.Tx, seen delivery.Seen) error {
	given, id := seen.Repository.Traits, seen.Repository.ID
	if given == nil {
		return nil
	}
	var old string
	err := tx.QueryRowContext(ctx, `SELECT traits FROM repository WHERE forge = $1 AND id = $2`, seen.Forge, id).Scan(&old)
	if err != nil {
		return fmt.Errorf("read traits of repository %d: %w", id, err)
	}
	var t change.Traits
	if old != "" {
		if err := json.Unmarshal([]byte(old), &t); err != nil {
			return fmt.Errorf("read traits of repository %d: %w", id, err)
		}
	}
	if given.Visibility != "" {
		t.Visibility = given.Visibility
	}
	if given.Topics != nil {
		t.Topics = given.Topics
	}
	if given.Properties != nil {
		t.Properties = given.Properties
	}
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode traits of repository %d: %w", id, err)
	}
	if string(body) == old {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE repository SET traits = $1, moved = moved + 1 WHERE forge = $2 AND id = $3`,
		string(body), seen.Forge, id)
	if err != nil {
		return fmt.Errorf("store traits of repository %d: %w", id, err)
	}
	return nil
}

// SettleRetargeted notes that somebody acted on the changes of what targets go by. One that came meanwhile stays to be acted on.
func (s *Store) SettleRetargeted(ctx context.Context, forge change.Forge, repo, times int64) error {
	_, err := s.db.Writer().ExecContext(ctx, `UPDATE repository SET moved = 0 WHERE forge = $1 AND id = $2 AND moved = $3`,
		forge, repo, times)
	if err != nil {
		return fmt.Errorf("settle what changed of repository %d: %w", repo, err)
	}
	return nil
}
