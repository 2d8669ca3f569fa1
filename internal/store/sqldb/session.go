package sqldb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// sessionPatience bounds each statement of a session. A statement that is cancelled half-way costs the connection, and
// with it the locks, so no caller's context ends one.
const sessionPatience = 10 * time.Second

// Session is one connection to PostgreSQL for the locks that a process has for as long as it lives: they end with the
// process, however it ends. It is safe for concurrent use.
type Session struct {
	mu       sync.Mutex
	listener *Listener
	standing []standing
	// machine is this machine's clock.
	machine func() time.Time
	// since is when this connection was made.
	since time.Time
	// ahead is how far the server's clock is ahead of this machine's, in nanoseconds.
	ahead atomic.Int64
}

// standing is a lock that is taken again on each new connection.
type standing struct {
	number int64
	shared bool
}

// NewSession connects. It holds no lock yet. machine is this machine's clock (nil: time.Now).
func NewSession(ctx context.Context, a Address, machine func() time.Time) (*Session, error) {
	l, err := NewListener(a)
	if err != nil {
		return nil, err
	}
	l.watched = true
	s := &Session{listener: l, machine: machine}
	if machine == nil {
		s.machine = time.Now
	}
	return s, s.Revive(ctx)
}

// Share takes a lock by its name that others may share, Own one by its number that nobody else may have. Both are taken
// again when the connection was lost. They fail with ErrHeld when another process has it.
func (s *Session) Share(ctx context.Context, name string) error {
	return s.stand(ctx, standing{lockOf(name), true})
}

// Own is Share for a lock of one process.
func (s *Session) Own(ctx context.Context, number int64) error {
	return s.stand(ctx, standing{number, false})
}

func (s *Session) stand(ctx context.Context, l standing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := s.take(ctx, l); err != nil {
		return err
	}
	s.standing = append(s.standing, l)
	return nil
}

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), sessionPatience)
}

func (s *Session) take(ctx context.Context, l standing) error {
	how := `SELECT pg_try_advisory_lock($1)`
	if l.shared {
		how = `SELECT pg_try_advisory_lock_shared($1)`
	}
	taken, err := s.listener.ask(ctx, how, l.number)
	if err != nil {
		return fmt.Errorf("lock %d: %w", l.number, err)
	}
	if !taken {
		return ErrHeld
	}
	return nil
}

// Revive looks after the connection: it measures the server's clock, and connects again when the connection was lost.
// It fails with ErrHeld when another process took what this one held.
func (s *Session) Revive(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener.conn != nil && s.alive(ctx) {
		return nil
	}
	// The address bounds how long each of its hosts may take, so that the second one is tried when the first is silent.
	if err := s.listener.Connect(ctx); err != nil {
		return err
	}
	// From here on: a connection without its locks must not stay.
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := s.measure(ctx); err != nil {
		return errors.Join(err, s.listener.Close(ctx))
	}
	for _, l := range s.standing {
		if err := s.take(ctx, l); err != nil {
			return errors.Join(err, s.listener.Close(ctx))
		}
	}
	s.since = time.Now()
	return nil
}

// alive reports whether the connection still answers, and closes it when it does not.
func (s *Session) alive(ctx context.Context) bool {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if s.measure(ctx) == nil {
		return true
	}
	// What is wrong with it does not matter: the next one says it.
	_ = s.listener.Close(ctx)
	return false
}

// tolerance is how far two clocks may differ before the difference is taken into account: less is how long a statement
// takes.
const tolerance = 100 * time.Millisecond

// measure compares the clocks.
func (s *Session) measure(ctx context.Context) error {
	before := s.machine()
	var server time.Time
	if err := s.listener.conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&server); err != nil {
		return err
	}
	took := s.machine().Sub(before)
	s.ahead.Store(int64(corrected(time.Duration(s.ahead.Load()), server.Sub(before.Add(took/2).Round(0)), took)))
	return nil
}

// corrected is how far the server's clock is ahead, by what was known and by an answer that took its time. The server
// looked at its clock while it answered, so the answer is off by half of that time at most: it corrects what lies
// further from it, however slow it was, and leaves alone what it cannot refute.
func corrected(known, ahead, took time.Duration) time.Duration {
	if (ahead - known).Abs() <= max(tolerance, took/2) {
		return known
	}
	if ahead.Abs() <= tolerance {
		return 0
	}
	return ahead
}

// Ahead is how far the server's clock is ahead of this machine's, by the last measurement.
func (s *Session) Ahead() time.Duration { return time.Duration(s.ahead.Load()) }

// Now is the time by the server's clock, which all processes share.
func (s *Session) Now() time.Time { return s.machine().Add(s.Ahead()) }

// Settled is how long the connection has stood without a break; 0 when it is lost.
func (s *Session) Settled() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener.conn == nil {
		return 0
	}
	return time.Since(s.since)
}

// Try takes a lock by its name unless another process has it; Free gives it back. A process holds a name once: within
// it the caller excludes others first. The lock is lost with the connection.
func (s *Session) Try(ctx context.Context, name string) (taken bool, err error) {
	return s.lock(ctx, `SELECT pg_try_advisory_lock($1)`, name)
}

// Free gives back what Try took.
func (s *Session) Free(ctx context.Context, name string) error {
	_, err := s.lock(ctx, `SELECT pg_advisory_unlock($1)`, name)
	return err
}

func (s *Session) lock(ctx context.Context, how, name string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := bounded(ctx)
	defer cancel()
	done, err := s.listener.ask(ctx, how, lockOf(name))
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", name, err)
	}
	return done, nil
}

// Close gives every lock back: whoever asks for one afterwards gets it.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := bounded(context.Background())
	defer cancel()
	// A server gives them back when it notices the end of the connection, which takes a while on a busy machine. Where this
	// fails, or a database out of reach does not answer, the end of the connection gives them back all the same.
	soon, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	_ = s.listener.Exec(soon, `SELECT pg_advisory_unlock_all()`)
	return s.listener.Close(ctx)
}
