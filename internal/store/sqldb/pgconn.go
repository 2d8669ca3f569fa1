package sqldb

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pgConnector connects to PostgreSQL. Errors say what an operator can do about them.
type pgConnector struct {
	connect func(context.Context) (driver.Conn, error)
	name    string
	seen    *observer
}

func (c pgConnector) Driver() driver.Driver { return stdlib.GetDefaultDriver() }

func (c pgConnector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.connect(ctx)
	if err != nil {
		return nil, explainPostgres(c.name, err)
	}
	full, ok := raw.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("pgx's connection is a %T", raw), raw.Close())
	}
	return &pgConn{full, c.name, c.seen}, nil
}

// pgConn is one connection.
type pgConn struct {
	*stdlib.Conn
	name string
	seen *observer
}

// ExecContext implements driver.ExecerContext.
func (c *pgConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.seen.note(text, args)
	storable(args)
	res, err := c.Conn.ExecContext(ctx, text, args)
	return res, explainPostgres(c.name, err)
}

// QueryContext implements driver.QueryerContext.
func (c *pgConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.seen.note(text, args)
	storable(args)
	rows, err := c.Conn.QueryContext(ctx, text, args)
	return rows, explainPostgres(c.name, err)
}

// BeginTx implements driver.ConnBeginTx.
func (c *pgConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, o)
	return tx, explainPostgres(c.name, err)
}

// PostgreSQL's codes. https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
)

// conflicts reports whether PostgreSQL ended a transaction only because of another one: to run it again is right.
func conflicts(err error) bool {
	raw, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (raw.Code == codeSerialization || raw.Code == codeDeadlock)
}

// postgresTroubles are PostgreSQL's codes that an operator can do something about.
var postgresTroubles = map[string]struct{ what, remedy string }{
	"28P01": {"the database %s refuses the password", "correct the password in database, or in the file that password_file names"},
	"28000": {"the database %s refuses Lintel's user", "see that the user exists, and that the server's pg_hba.conf lets it in"},
	"3D000": {"the database %s does not exist", "create it: createdb --owner USER NAME"},
	"42501": {"Lintel's user may not use the database %s", "make it the owner: ALTER DATABASE NAME OWNER TO USER"},
	"53100": {"the disk of the database %s is full", "free space there; nothing that was stored is lost"},
	"53200": {"the database %s has no memory left", "give its server more memory"},
	"53300": {"the database %s takes no more connections",
		"raise its max_connections, or lower pool_max_conns in Lintel's address of it"},
	"25006": {"the database %s can only be read", "name the primary server, not a standby (target_session_attrs=read-write)"},
	"57P01": {"the database %s was stopped", "start it again; Lintel goes on by itself"},
	"57P03": {"the database %s is not ready yet", "wait until it has started; Lintel goes on by itself"},
	"57014": {"a statement took too long on the database %s", "see what holds it up in pg_stat_activity, or raise statement_timeout"},
	// A statement that this session prepared is not there, or was prepared by another one.
	"26000": {sharedConnections, ownSession},
	"42P05": {sharedConnections, ownSession},
	"55P03": {"a part of the database %s is locked", "see what holds it in pg_locks and pg_stat_activity"},
}

// explainPostgres puts an operator's words before PostgreSQL's.
func explainPostgres(name string, err error) error {
	if err == nil || errors.Is(err, driver.ErrBadConn) {
		return err
	}
	if _, explained := errors.AsType[*Trouble](err); explained {
		return err
	}
	if raw, ok := errors.AsType[*pgconn.PgError](err); ok {
		if kind, known := postgresTroubles[raw.Code]; known {
			return &Trouble{Path: name, What: fmt.Sprintf(kind.what, name), Remedy: kind.remedy, err: plain(err)}
		}
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		return err
	}
	trouble := &Trouble{Path: name, What: fmt.Sprintf("the database %s cannot be reached", name),
		Remedy: "see that its server runs, and that host, port and sslmode are right (docs/postgresql.md)", err: plain(err)}
	if _, dns := errors.AsType[*net.DNSError](err); dns {
		trouble.Remedy = "correct the host's name"
	}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		trouble.Remedy = "name the authority of the server's certificate in sslrootcert, and its host as the certificate does"
	}
	return trouble
}

// plain keeps an error on one line.
func plain(err error) error { return oneLine{err} }

type oneLine struct{ error }

func (o oneLine) Error() string { return strings.Join(strings.Fields(o.error.Error()), " ") }
func (o oneLine) Unwrap() error { return o.error }

// Storable is a text as an engine keeps it: PostgreSQL has no room for a NUL byte or for what is no UTF-8, which SQLite
// keeps as they are.
func Storable(text string, engine Engine) string {
	if engine == SQLite || utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// storable makes every text among the arguments one that PostgreSQL can keep: a hostile title fails nothing.
func storable(args []driver.NamedValue) {
	for i, a := range args {
		if v := reflect.ValueOf(a.Value); v.Kind() == reflect.String {
			if text := v.String(); !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				args[i].Value = Storable(text, Postgres)
			}
		}
	}
}
