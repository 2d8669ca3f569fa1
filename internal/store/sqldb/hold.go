package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Hold takes a lock of PostgreSQL by its name, waiting for whoever has it, and returns what frees it. It occupies one
// connection of the pool meanwhile.
func Hold(ctx context.Context, db *sql.DB, name string) (free func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lockOf(name)); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), conn.Close())
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		// A connection that cannot say that it is free is closed, which frees the lock too.
		if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, lockOf(name)); err != nil {
			_ = conn.Raw(func(any) error { return err })
		}
		_ = conn.Close()
	}, nil
}

// ErrHeld says that another process has a lock.
var ErrHeld = errors.New("another process holds it")

// Claim is a lock of PostgreSQL that one process has for as long as it lives.
type Claim struct {
	session *Session
	stop    context.CancelFunc
	done    chan struct{}
}

// NewClaim takes a lock on a connection of its own, or fails with ErrHeld. When that connection is lost, as when the
// server is restarted, it is taken again; lost is called when another process was quicker.
func NewClaim(ctx context.Context, address, name string, lost func(error)) (*Claim, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	session, err := NewSession(ctx, a, nil)
	if err != nil {
		return nil, err
	}
	c := &Claim{session: session, done: make(chan struct{})}
	if err := session.Own(ctx, lockOf(name)); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	var watched context.Context
	watched, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	go c.watch(watched, lost)
	return c, nil
}

// claimEvery is how often a claim is looked after.
const claimEvery = 10 * time.Second

func (c *Claim) watch(ctx context.Context, lost func(error)) {
	defer close(c.done)
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.session.Revive(ctx); errors.Is(err, ErrHeld) {
			lost(err)
		}
	}
}

// Close gives the lock back.
func (c *Claim) Close() error {
	c.stop()
	<-c.done
	return c.session.Close()
}
