package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Listener is one connection to PostgreSQL that hears what is notified. One goroutine at a time uses it.
type Listener struct {
	address Address
	conn    *pgx.Conn
	// watched makes the server notice within half a minute that this machine is gone.
	watched bool
}

// NewListener makes the listener of a PostgreSQL database. It connects to nothing yet.
func NewListener(a Address) (*Listener, error) {
	if a.Engine != Postgres {
		return nil, errors.New("listen to the database: only PostgreSQL notifies")
	}
	return &Listener{address: a}, nil
}

// Connect connects, with the password of now.
func (l *Listener) Connect(ctx context.Context) error {
	var more map[string]string
	if l.watched {
		more = keptAlive
	}
	c, err := l.address.config(more)
	if err != nil {
		return err
	}
	// It waits without a transaction or a statement for as long as nothing happens.
	if l.conn, err = pgx.ConnectConfig(ctx, c); err != nil {
		return explainPostgres(l.address.String(), err)
	}
	return nil
}

// Close ends the connection; it may be opened again.
func (l *Listener) Close(ctx context.Context) error {
	if l.conn == nil {
		return nil
	}
	conn := l.conn
	l.conn = nil
	return conn.Close(ctx)
}

// keptAlive makes the server ask, after ten seconds of silence, whether the other side is still there.
var keptAlive = map[string]string{"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}

var errNotConnected = errors.New("listen to the database: not connected")

// Exec runs a statement, such as LISTEN.
func (l *Listener) Exec(ctx context.Context, text string) error {
	if l.conn == nil {
		return errNotConnected
	}
	_, err := l.conn.Exec(ctx, text)
	return err
}

// ask runs a statement that answers yes or no.
func (l *Listener) ask(ctx context.Context, text string, args ...any) (yes bool, err error) {
	if l.conn == nil {
		return false, errNotConnected
	}
	err = l.conn.QueryRow(ctx, text, args...).Scan(&yes)
	return yes, err
}

// Wait waits for a notification.
func (l *Listener) Wait(ctx context.Context) (topic, payload string, err error) {
	if l.conn == nil {
		return "", "", errNotConnected
	}
	n, err := l.conn.WaitForNotification(ctx)
	if err != nil {
		return "", "", fmt.Errorf("listen to the database: %w", err)
	}
	return n.Channel, n.Payload, nil
}
