package processes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

const (
	// beatEvery is how often a process looks after its lock and at the others.
	beatEvery = 2 * time.Second
	// settleFor is how long a process has been connected before it calls another one over: longer than any process
	// takes to connect again after PostgreSQL was restarted.
	settleFor = 5 * time.Second
	// rowsKept is how long a process that is over is still shown, and its jobs are looked for.
	rowsKept = time.Hour
)

// Member is this process among the others. It is safe for concurrent use.
type Member struct {
	db      *sqldb.DB
	session *sqldb.Session
	self    Process
	log     *slog.Logger
	stop    context.CancelFunc
	done    chan struct{}
	// rank is the number of what this process judges by, 0 when it does not; judges is true once others leave verdicts to it,
	// leaves while another one judges, retired when this one drains.
	rank                    int64
	judges, leaves, retired atomic.Bool
	stood                   Standing
	entered                 time.Time
	// Judging is called by Watch with each new standing, and at each look with Judges (nil: nothing is): another process
	// may have stood in for this one while its connection was lost. The server sets it before.
	Judging func(ctx context.Context, s Standing) error
	// Looked is called by Watch with how many processes serve, this one included (nil: nothing is). The server sets it before.
	Looked func(ctx context.Context, serving int) error
	// Every, Settle and Proof are beatEvery, settleFor and proof; tests shorten them before Watch.
	Every, Settle time.Duration
	Proof         []time.Duration
}

// Enter makes this process known and gives it an id, whose lock the session holds from now on.
func (s *Store) Enter(ctx context.Context, session *sqldb.Session, self Process, log *slog.Logger) (*Member, error) {
	m := &Member{db: s.db, session: session, self: self, log: log, Every: beatEvery, Settle: settleFor,
		Proof: proof, entered: time.Now()}
	err := s.db.TransactIn(ctx, "enter the list of processes", "processes", func(tx *sql.Tx) (err error) {
		if m.self.ID, err = s.db.NextID(ctx, tx); err != nil || self.JudgesBy == "" {
			return err
		}
		m.rank, err = s.rank(ctx, tx, self.JudgesBy, sqldb.Millis(session.Now()))
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := session.Own(ctx, m.self.ID); err != nil {
		return nil, fmt.Errorf("enter the list of processes: %w", err)
	}
	return m, m.beat(ctx)
}

// Client is the name that the queue notes a process's jobs under.
func Client(id int64) string { return fmt.Sprintf("lintel-%d", id) }

// Client is this process's.
func (m *Member) Client() string { return Client(m.self.ID) }

// beat says that this process lives. The row is made again when others took it away.
func (m *Member) beat(ctx context.Context) error {
	now, judgedBy := sqldb.Millis(m.session.Now()), int64(0)
	if m.judges.Load() {
		judgedBy = m.rank
	}
	_, err := m.db.Writer().ExecContext(ctx,
		`INSERT INTO process (id, host, pid, version, roles, policies, began_at, beat_at, judged_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at`,
		m.self.ID, m.self.Host, m.self.PID, m.self.Version, strings.Join(m.self.Roles, " "), m.self.Policies, now, judgedBy)
	if err != nil {
		return fmt.Errorf("note that this process lives: %w", err)
	}
	return nil
}

// Watch looks after this process's lock until Leave or Halt, and calls over with the clients of processes that ended
// without taking leave. It is called with the same ones again, and by several processes at once.
func (m *Member) Watch(ctx context.Context, over func(ctx context.Context, clients []string) error) {
	ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	m.done = make(chan struct{})
	go func() {
		defer close(m.done)
		failed := false
		for {
			err := m.look(ctx, over)
			if trouble := err != nil && ctx.Err() == nil; trouble != failed {
				failed = trouble
				if failed {
					m.log.WarnContext(ctx, "this process cannot look after its lock on the database; it tries again",
						"error", err.Error())
				} else {
					m.log.InfoContext(ctx, "this process holds its lock on the database again")
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(m.Every + rand.N(m.Every/4+1)):
			}
		}
	}()
}

func (m *Member) look(ctx context.Context, over func(ctx context.Context, clients []string) error) error {
	if err := m.session.Revive(ctx); err != nil {
		return err
	}
	if err := m.beat(ctx); err != nil {
		return err
	}
	// Jobs of killed processes must come back even where the looks that a new standing asks for cannot be stored.
	return errors.Join(m.judging(ctx), m.takeBack(ctx, over), m.count(ctx))
}

// count tells how many processes serve.
func (m *Member) count(ctx context.Context) error {
	if m.Looked == nil {
		return nil
	}
	var serving int
	err := m.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM process p WHERE p.roles NOT IN ($1, $2) AND `+living,
		role.Asks, role.Checks).Scan(&serving)
	if err != nil {
		return fmt.Errorf("count processes: %w", err)
	}
	return m.Looked(ctx, serving)
}

// takeBack hands over the jobs of processes that are no more.
func (m *Member) takeBack(ctx context.Context, over func(ctx context.Context, clients []string) error) error {
	if m.session.Settled() < m.Settle {
		return nil
	}
	clients, err := m.over(ctx)
	if err != nil || len(clients) == 0 {
		return err
	}
	if err := over(ctx, clients); err != nil {
		return err
	}
	_, err = m.db.Writer().ExecContext(ctx, `DELETE FROM process p WHERE p.beat_at < $1 AND NOT `+living,
		sqldb.Millis(m.session.Now().Add(-rowsKept)))
	return err
}

// over lists the clients of processes that hold no lock.
func (m *Member) over(ctx context.Context) (clients []string, err error) {
	rows, err := m.db.Reader().QueryContext(ctx, `SELECT p.id FROM process p WHERE p.id <> $1 AND NOT `+living, m.self.ID)
	if err != nil {
		return nil, fmt.Errorf("look for processes that are over: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look for processes that are over: %w", err)
		}
		clients = append(clients, Client(id))
	}
	return clients, rows.Err()
}

// tryEvery is how often a lock is tried that another process holds.
const tryEvery = 20 * time.Millisecond

// Exclude makes this process the only one that holds a name, waiting for another one that does. Within the process the
// caller excludes others first.
func (m *Member) Exclude(ctx context.Context, name string) (free func(), err error) {
	for {
		taken, err := m.session.Try(ctx, name)
		if err != nil {
			if revived := m.session.Revive(ctx); revived != nil {
				return nil, errors.Join(err, revived)
			}
			if taken, err = m.session.Try(ctx, name); err != nil {
				return nil, err
			}
		}
		if taken {
			// A lock that cannot be given back is gone with the connection.
			return func() { _ = m.session.Free(context.WithoutCancel(ctx), name) }, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(tryEvery + rand.N(tryEvery)):
		}
	}
}

// Alone reports whether no other process serves.
func (m *Member) Alone(ctx context.Context) (alone bool, err error) {
	const none = `SELECT NOT EXISTS (SELECT 1 FROM process p WHERE p.id <> $1 AND p.roles NOT IN ($2, $3) AND ` + living + `)`
	err = m.db.Reader().QueryRowContext(ctx, none, m.self.ID, role.Asks, role.Checks).Scan(&alone)
	if err != nil {
		return false, fmt.Errorf("look for other processes: %w", err)
	}
	return alone, nil
}

// Leave takes this process off the list, when none of its jobs runs.
func (m *Member) Leave(ctx context.Context) error {
	m.Halt()
	if _, err := m.db.Writer().ExecContext(ctx, `DELETE FROM process WHERE id = $1`, m.self.ID); err != nil {
		return fmt.Errorf("leave the list of processes: %w", err)
	}
	return nil
}

// Halt ends Watch. The locks are the session's.
func (m *Member) Halt() {
	if m.stop != nil {
		m.stop()
		<-m.done
		m.stop = nil
	}
}
