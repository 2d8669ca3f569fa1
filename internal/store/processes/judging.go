package processes

import (
	"context"
	"database/sql"
	"fmt"
	"time"
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
	// Proves: this one judges by what is newer than what a living process judges by, and has not run for long enough to take
	// verdicts over from it: a process that dies again and again must not win and lose in turns.
	Proves
)

// proof is how long a process runs before it takes verdicts over from a living one that judges by what is older: after no,
// one, and more processes with the same that were killed while they judged and are still known (rowsKept).
var proof = []time.Duration{time.Minute, 10 * time.Minute, rowsKept}

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
	standing, err := m.stands(ctx)
	if err == nil {
		m.leaves.Store(standing == Leaves || standing == Proves)
	}
	return standing, err
}

func (m *Member) stands(ctx context.Context) (Standing, error) {
	var lives, known bool
	err := m.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(BOOL_OR(`+living+`), FALSE), COUNT(*) > 0 FROM process p
		WHERE p.judged_by > $1`, m.rank).Scan(&lives, &known)
	if err != nil {
		return 0, fmt.Errorf("look who judges: %w", err)
	}
	settling := m.session.Settled() < m.Settle // the other one may be connecting again, too
	if lives || known && settling {
		return Leaves, nil
	}
	if !m.judges.Load() && m.rank > 0 {
		if proves, err := m.proves(ctx, settling); err != nil || proves {
			return Proves, err
		}
		if err := m.take(ctx); err != nil {
			return 0, err
		}
	}
	if known {
		return StandsIn, nil
	}
	return Judges, nil
}

// proves reports whether a living process judges by what is older and this one must run on before it takes verdicts over. Where
// another one with the same judges, the cluster has changed over already.
func (m *Member) proves(ctx context.Context, settling bool) (bool, error) {
	var same, older, olderKnown bool
	var killed int
	err := m.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(BOOL_OR(same AND lives), FALSE),
		COALESCE(BOOL_OR(lives AND NOT same), FALSE), COALESCE(BOOL_OR(NOT same), FALSE),
		COALESCE(SUM(CASE WHEN same AND NOT lives THEN 1 ELSE 0 END), 0)
		FROM (SELECT p.judged_by = $1 AS same, `+living+` AS lives FROM process p WHERE p.judged_by BETWEEN 1 AND $1 AND p.id <> $2) o`,
		m.rank, m.self.ID).Scan(&same, &older, &olderKnown, &killed)
	if err != nil {
		return false, fmt.Errorf("look who judges by what is older: %w", err)
	}
	return !same && (older || olderKnown && settling) && time.Since(m.entered) < m.Proof[min(killed, len(m.Proof)-1)], nil
}

// take lets the others know that this process judges from now on, so that those with what is older leave verdicts to it.
func (m *Member) take(ctx context.Context) error {
	if m.retired.Load() {
		return nil
	}
	if _, err := m.db.Writer().ExecContext(ctx, `UPDATE process SET judged_by = $1 WHERE id = $2`, m.rank, m.self.ID); err != nil {
		return fmt.Errorf("take verdicts over: %w", err)
	}
	m.judges.Store(true)
	if m.retired.Load() { // meanwhile
		return m.Retire(ctx)
	}
	return nil
}

// Retire lets others judge from now on: this process drains, which may take minutes. What it looks at now it ends.
func (m *Member) Retire(ctx context.Context) error {
	m.retired.Store(true)
	m.judges.Store(false)
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
