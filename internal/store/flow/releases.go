package flow

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// FirstRelease is when the first release of a repository was made of which the forge told; zero when it told of none.
// Tags that a clone told of are none.
func (s *Store) FirstRelease(ctx context.Context, forge string, repo int64) (time.Time, error) {
	var at sql.NullInt64
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT MIN(finished_at) FROM deployment WHERE forge = $1 AND repo_id = $2 AND source = $3 AND id LIKE '%:release:%'`,
		forge, repo, dora.ByRelease).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the first release: %w", err)
	}
	return sqldb.Time(at.Int64), nil
}
