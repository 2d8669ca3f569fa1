package changes

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

const (
	// candidates is how many changes are looked through for each one that is asked for, where only few are in question.
	candidates = 25
	// walkVerdicts is how many verdicts one step back through all of them reads, and walkSteps how many steps there are:
	// some seconds' work.
	walkVerdicts = 1000
	walkSteps    = 300
)

// newestVerdict is the id of the newest verdict of a change c; NULL when it has none.
const newestVerdict = `(SELECT MAX(n.id) FROM verdict n WHERE n.change_id = c.id)`

// JudgedLast returns the changes with the newest verdicts, newest first, of a repository and of an owner; an id of 0
// is that of all, and so is an empty forge. What it reads does not grow with the record: of a repository it looks through
// the 25 times as many changes with the highest numbers, and of an owner with more changes than that through the newest
// 300,000 verdicts.
func (s *Store) JudgedLast(ctx context.Context, forge change.Forge, repo, owner int64, limit int) ([]change.Record, error) {
	fail := func(err error) ([]change.Record, error) {
		return nil, fmt.Errorf("list the changes judged last: %w", err)
	}
	of, args := `c.merge_group = 'null'`, []any{limit}
	where := func(text string, arg any) {
		args = append(args, arg)
		of += ` AND ` + strings.ReplaceAll(text, "?", fmt.Sprintf("$%d", len(args)))
	}
	if forge != "" {
		where(`c.forge = ?`, forge)
	}
	if owner != 0 {
		where(`(c.forge, c.repo_id) IN (SELECT r.forge, r.id FROM repository r WHERE `+sqldb.OwnedBy("?")+`)`, owner)
	}
	few := fmt.Sprintf(`LIMIT %d * $1`, candidates)
	switch {
	case repo != 0:
		where(`c.repo_id = ?`, repo)
		few = `ORDER BY c.number DESC ` + few
	case owner == 0:
		return s.judgedBack(ctx, of, args, limit)
	default:
		var n int
		if err := s.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM change c WHERE `+of+` `+few+`) few`,
			args...).Scan(&n); err != nil {
			return fail(err)
		}
		if n == candidates*limit {
			return s.judgedBack(ctx, of, args, limit)
		}
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+recordColumns+` FROM (SELECT c.id, `+newestVerdict+` AS newest FROM `+
		`change c WHERE `+of+` `+few+`) few JOIN change c ON c.id = few.id LEFT JOIN repository r ON r.forge = c.forge AND `+
		`r.id = c.repo_id WHERE few.newest IS NOT NULL ORDER BY few.newest DESC LIMIT $1`, args...)
	if err != nil {
		return fail(err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return fail(err)
	}
	return records, nil
}

// judgedBack walks back through the verdicts, until it has met so many changes of a kind.
func (s *Store) judgedBack(ctx context.Context, of string, args []any, limit int) ([]change.Record, error) {
	fail := func(err error) ([]change.Record, error) {
		return nil, fmt.Errorf("list the changes judged last: %w", err)
	}
	// "CROSS JOIN" keeps SQLite to this order.
	text := fmt.Sprintf(`SELECT `+recordColumns+` FROM verdict v CROSS JOIN change c LEFT JOIN repository r ON `+
		`r.forge = c.forge AND r.id = c.repo_id WHERE v.id >= $%d AND v.id < $%d AND c.id = v.change_id AND `+of+` AND v.id = `+
		newestVerdict+` ORDER BY v.id DESC LIMIT $1`, len(args)+1, len(args)+2)
	var all []change.Record
	to := int64(math.MaxInt64)
	for range walkSteps {
		var from int64
		var n int
		if err := s.db.Reader().QueryRowContext(ctx, fmt.Sprintf(`SELECT COALESCE(MIN(id), 0), COUNT(*) FROM (SELECT id FROM verdict `+
			`WHERE id < $1 ORDER BY id DESC LIMIT %d) few`, walkVerdicts), to).Scan(&from, &n); err != nil {
			return fail(err)
		}
		rows, err := s.db.Reader().QueryContext(ctx, text, append(append([]any{}, args...), from, to)...)
		if err != nil {
			return fail(err)
		}
		records, err := scanRecords(rows)
		if err != nil {
			return fail(err)
		}
		all = append(all, records...)
		if len(all) >= limit {
			return all[:limit], nil
		}
		if n < walkVerdicts {
			break
		}
		to = from
	}
	return all, nil
}
