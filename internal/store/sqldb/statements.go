package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// maxStatements bounds the compiled statements that one connection keeps.
const maxStatements = 256

// openPool opens a database whose connections keep their compiled statements. SQLite compiles a text each time it is
// given one, and that was a sixth of all CPU time of a look; the texts are few and always the same, the queue's
// included. A changed schema makes SQLite compile again. Errors say what an operator can do about them; path is how
// they call the file.
//
// With whole each statement runs to its end. Otherwise the driver starts a goroutine beside each, which would interrupt
// it when its context ends.
func openPool(path, dsn string, whole bool, seen *observer) *sql.DB {
	return sql.OpenDB(connector{path, dsn, whole, seen})
}

type connector struct {
	path, dsn string
	whole     bool
	seen      *observer
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	raw, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, explain(c.path, err)
	}
	full, ok := raw.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's connection is a %T, which lacks what is needed of it", raw), raw.Close())
	}
	return &conn{sqliteConn: full, path: c.path, whole: c.whole, seen: c.seen, idle: map[string]driver.Stmt{}}, nil
}

// busyPragma is how long SQLite itself waits for a lock: its waiting does not listen to the context, ours does.
const (
	busyPragma = "busy_timeout(100)"
	busyTime   = 10 * time.Second
)

// patient tries again while another program holds the database, until the context or busyTime ends.
func patient(ctx context.Context, try func() error) error {
	for end := time.Now().Add(busyTime); ; {
		err := try()
		var raw *sqlite.Error
		if !errors.As(err, &raw) || raw.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return err
		}
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

// sqliteConn is what the driver's connections can do beside compiling.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is one connection. database/sql lets one goroutine at a time use it.
type conn struct {
	sqliteConn
	path  string
	whole bool
	seen  *observer
	// idle holds compiled statements by text. One that runs is not in it, so that the same text can run a second time
	// meanwhile.
	idle map[string]driver.Stmt
}

func (c *conn) take(ctx context.Context, text string) (driver.Stmt, error) {
	if s, ok := c.idle[text]; ok {
		delete(c.idle, text)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, limitParameter.ReplaceAllString(text, "LIMIT (0 + $1)"))
	return s, explain(c.path, err)
}

// longKey marks the context of a statement that heeds it on a connection whose statements run to their end.
type longKey struct{}

// heeds is the context that a statement heeds while it runs.
func (c *conn) heeds(ctx context.Context) context.Context {
	if c.whole && ctx.Value(longKey{}) == nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// limitParameter is a limit that is given with each run. SQLite compiles such a statement anew whenever the limit is
// set, since it plans by its value, unless the limit is an expression.
var limitParameter = lazyregexp.New(`\bLIMIT\s+([?$]\d+|\?)`)

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	var t driver.Tx
	err := patient(ctx, func() (err error) {
		t, err = c.sqliteConn.BeginTx(ctx, o)
		return err
	})
	if err != nil {
		return nil, explain(c.path, err)
	}
	return tx{t, c.path}, nil
}

// give takes a statement back, or closes it when there is one for its text or there are too many.
func (c *conn) give(text string, s driver.Stmt) error {
	if _, there := c.idle[text]; there || len(c.idle) >= maxStatements {
		return s.Close()
	}
	c.idle[text] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.seen.note(text, args)
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	run, ok := s.(driver.StmtExecContext)
	if !ok {
		return nil, errors.Join(driver.ErrSkip, s.Close())
	}
	var res driver.Result
	err = patient(ctx, func() (err error) {
		res, err = run.ExecContext(c.heeds(ctx), args)
		return err
	})
	if err != nil {
		// Rare, so nothing is kept that may be in an odd state.
		return nil, errors.Join(explain(c.path, err), ignoreLast(s))
	}
	return res, c.give(text, s)
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.seen.note(text, args)
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	run, ok := s.(driver.StmtQueryContext)
	if !ok {
		return nil, errors.Join(driver.ErrSkip, s.Close())
	}
	var got driver.Rows
	err = patient(ctx, func() (err error) {
		got, err = run.QueryContext(c.heeds(ctx), args)
		return err
	})
	if err != nil {
		return nil, errors.Join(explain(c.path, err), ignoreLast(s))
	}
	return &rows{Rows: got, c: c, text: text, s: s}, nil
}

// ignoreLast closes a statement whose last run failed: SQLite says that failure once more, and once is enough.
func ignoreLast(s driver.Stmt) error {
	_ = s.Close()
	return nil
}

// Close closes all statements first.
func (c *conn) Close() error {
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.Close())
	}
	clear(c.idle)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// rows gives the statement back when they have been read.
type rows struct {
	driver.Rows
	c    *conn
	text string
	s    driver.Stmt
}

// Next implements driver.Rows. A disk can fail between two rows.
func (r *rows) Next(dest []driver.Value) error { return explain(r.c.path, r.Rows.Next(dest)) }

// Close may be called more than once.
func (r *rows) Close() error {
	if r.s == nil {
		return nil
	}
	s := r.s
	r.s = nil
	if err := r.Rows.Close(); err != nil {
		return errors.Join(err, ignoreLast(s))
	}
	return r.c.give(r.text, s)
}
