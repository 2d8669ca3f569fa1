package queue

import (
	"context"
	"strings"
	"sync"

	"github.com/riverqueue/river/riverdriver"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// notified is River's listener on PostgreSQL.
type notified struct {
	mu   sync.Mutex
	conn *sqldb.Listener
}

func newNotified(a sqldb.Address) (*notified, error) {
	conn, err := sqldb.NewListener(a)
	return &notified{conn: conn}, err
}

// prefix is the schema that River puts before each topic.
const prefix = "public."

// WaitForNotification waits for a job that was committed.
func (n *notified) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	channel, payload, err := n.conn.Wait(ctx)
	if err != nil {
		return nil, err
	}
	return &riverdriver.Notification{Topic: strings.TrimPrefix(channel, prefix), Payload: payload}, nil
}

// Connect connects; River does it again when the connection was lost.
func (n *notified) Connect(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.conn.Connect(ctx)
}

// Close ends the connection.
func (n *notified) Close(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.conn.Close(ctx)
}

// Listen hears of a topic from now on.
func (n *notified) Listen(ctx context.Context, topic string) error {
	return n.exec(ctx, `LISTEN "`+prefix+topic+`"`)
}

// Unlisten no longer hears of it.
func (n *notified) Unlisten(ctx context.Context, topic string) error {
	return n.exec(ctx, `UNLISTEN "`+prefix+topic+`"`)
}

// Ping reports whether the connection lives.
func (n *notified) Ping(ctx context.Context) error { return n.exec(ctx, `SELECT 1`) }

func (n *notified) exec(ctx context.Context, text string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.conn.Exec(ctx, text)
}

// The rest of River's listener.

func (n *notified) Schema() string             { return strings.TrimSuffix(prefix, ".") }
func (n *notified) SetAfterConnectExec(string) {}
