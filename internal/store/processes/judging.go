package processes

import (
	"context"
	"database/sql"
	"fmt"
)

// Standing is what a process has to do with verdicts, beside others that judge by something else.
type Standing int

const (
	// Leaves: a living process judges by what is newer. This one leaves changes to it.
	Leaves Standing = iota + 1
	// StandsIn: what is newer was judged by a process that is over and may come back. Until then this one judges.
	StandsIn
	// Judges: nobody judges by anything newer.
	Judges
)

// rank is the number of what a process judges by: it is given once, so what came last for the first time is the newest.
// A number, and no clock, says which is newer.
func (s *Store) rank(ctx context.Context, tx *sql.Tx, name string, at int64) (id int64, err error) {
	if id, err = s.db.NextID(ctx, tx); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO judged_by (id, name, at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
		id, name, at); err != nil {
		return 0, fmt.Errorf("note what this process judges by: %w", err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT id FROM judged_by WHERE name = $1`, name).Scan(&id); err != nil {
		return 0, fmt.Errorf("note what this process judges by: %w", err)
	}
	return id, nil
}

// Standing reads this process's. A nil Member has no others beside it.
func (m *Member) Standing(ctx context.Context) (Standing, error) {
	if m == nil {
		return Judges, nil
	}
	var lives, known bool
	err := m.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(BOOL_OR(`+living+`), FALSE), COUNT(*) > 0 FROM process p
		WHERE p.judged_by > $1`, m.rank).Scan(&lives, &known)
	if err != nil {
		return 0, fmt.Errorf("look who judges: %w", err)
	}
	standing := Judges
	switch {
	case lives:
		standing = Leaves
	case known && m.session.Settled() < m.Settle:
		standing = Leaves // the other one may be connecting again, too
	case known:
		standing = StandsIn
	}
	m.leaves.Store(standing == Leaves)
	return standing, nil
}

// Retire lets others judge from now on: this process drains, which may take minutes. What it looks at now it ends.
func (m *Member) Retire(ctx context.Context) error {
	m.retired.Store(true)
	if _, err := m.db.Writer().ExecContext(ctx, `UPDATE process SET judged_by = 0 WHERE id = $1`, m.self.ID); err != nil {
		return fmt.Errorf("leave verdicts to other processes: %w", err)
	}
	return nil
}

// Left reports whether another process judged when this one last looked. A nil Member has no others beside it.
func (m *Member) Left() bool { return m != nil && m.leaves.Load() }

// judging tells the server of its standing. One that it failed to act on is told again.
func (m *Member) judging(ctx context.Context) error {
	if m.rank == 0 || m.retired.Load() {
		return nil
	}
	standing, err := m.Standing(ctx)
	if err != nil || standing == m.stood && standing != Judges {
		return err
	}
	if m.Judging != nil {
		if err := m.Judging(ctx, standing); err != nil {
			return err
		}
	}
	m.stood = standing
	return nil
}
