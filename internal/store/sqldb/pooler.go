package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// setAll gives a new session its settings.
func setAll(ctx context.Context, conn *pgconn.PgConn, settings map[string]string) error {
	var calls []string
	for name, value := range settings {
		calls = append(calls, fmt.Sprintf(`set_config('%s', '%s', false)`, quoted(name), quoted(value)))
	}
	if len(calls) == 0 {
		return nil
	}
	slices.Sort(calls)
	_, err := conn.Exec(ctx, `SELECT `+strings.Join(calls, ", ")).ReadAll()
	return err
}

func quoted(text string) string { return strings.ReplaceAll(text, `'`, `''`) }

const (
	sharedConnections = "the database %s is behind a pooler that lends connections for a transaction"
	ownSession        = "name the server itself, or an entry of the pooler with pool_mode=session (docs/postgresql.md)"
	// poolerTries is how often checkPooler compares. A pooler in transaction mode lends the connection that was given back
	// last, so the first comparison finds it unless others use the pooler at that moment.
	poolerTries = 4
	// poolerPatience is how long all comparisons may take: a pooler with one connection to the server lets them wait.
	poolerPatience = time.Minute
)

// checkPooler refuses a pooler between here and the server that lends its connections for a transaction or a statement:
// locks of a process, LISTEN and the settings of a session would end up with whoever has the connection next. A pooler
// tells another number of the server's process than the process itself.
func (d *DB) checkPooler(ctx context.Context) error {
	first, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = first.Close() }() // it goes back to the pool
	told := uint32(0)
	if err := first.Raw(func(c any) error {
		if conn, ok := c.(*pgConn); ok {
			told = conn.Conn.Conn().PgConn().PID()
		}
		return nil
	}); err != nil {
		return err
	}
	before, err := backend(ctx, first)
	if err != nil || before == int64(told) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, poolerPatience)
	defer cancel()
	for range poolerTries {
		shared, err := d.lends(ctx, first)
		if err != nil {
			return err
		}
		if shared {
			return &Trouble{Path: d.name, What: fmt.Sprintf(sharedConnections, d.name), Remedy: ownSession,
				err: errors.New("locks and notifications need a connection that stays")}
		}
	}
	return nil
}

// lends reports whether a session is served by another process of the server once a second session holds a transaction.
func (d *DB) lends(ctx context.Context, first *sql.Conn) (bool, error) {
	before, err := backend(ctx, first)
	if err != nil {
		return false, err
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	if _, err := backend(ctx, tx); err != nil {
		return false, err
	}
	after, err := backend(ctx, first)
	return before != after, err
}

// backend is the number of the server's process that answers.
func backend(ctx context.Context, on interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}) (pid int64, err error) {
	err = on.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
	return pid, err
}
