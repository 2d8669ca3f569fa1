package trends

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Timeline are the events of a change, the oldest first, at most limit.
func (s *Store) Timeline(ctx context.Context, p figure.Pull, limit int) ([]flow.Event, error) {
	pull := flow.Pull{Forge: p.Forge, RepoID: p.RepoID, Number: p.Number}
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT e.event_key, e.kind, e.actor_id, COALESCE(a.login, ''), COALESCE(a.kind, ''), e.at, e.sha, e.detail FROM flow_event e
		LEFT JOIN actor a ON a.forge = e.forge AND a.id = e.actor_id WHERE e.change_id = $1 ORDER BY e.at, e.event_key LIMIT $2`,
		pull.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", pull, err)
	}
	defer rows.Close()
	var all []flow.Event
	for rows.Next() {
		e := flow.Event{Pull: pull}
		var at int64
		var detail string
		if err := rows.Scan(&e.Key, &e.Kind, &e.Actor.ID, &e.Actor.Login, &e.Actor.Kind, &at, &e.SHA, &detail); err != nil {
			return nil, fmt.Errorf("read events of %s: %w", pull, err)
		}
		e.At = sqldb.Time(at)
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return nil, fmt.Errorf("read event %s: %w", e.Key, err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}
