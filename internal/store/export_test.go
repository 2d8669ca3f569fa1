package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Steps lists the migrations by name.
func Steps() ([]string, error) {
	all, err := steps()
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	return names, err
}

// Listen opens both handles anew, so that note is told of every statement with its number of arguments.
func (s *Store) Listen(note func(text string, args int)) error {
	d := s.write.Driver()
	err := errors.Join(s.write.Close(), s.read.Close())
	dsn := sqldb.DSN(s.path, "_txlock", "immediate")
	s.write, s.read = sql.OpenDB(tap{dsn, d, note}), sql.OpenDB(tap{dsn, d, note})
	s.write.SetMaxOpenConns(1)
	return err
}

// tap is a driver that tells of statements.
type tap struct {
	dsn  string
	to   driver.Driver
	note func(string, int)
}

func (t tap) Driver() driver.Driver { return t.to }

func (t tap) Connect(context.Context) (driver.Conn, error) {
	c, err := t.to.Open(t.dsn)
	return tapped{c, t.note}, err
}

type tapped struct {
	driver.Conn
	note func(string, int)
}

func (c tapped) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.note(text, len(args))
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c tapped) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.note(text, len(args))
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c tapped) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}
