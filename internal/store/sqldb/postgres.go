package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// defaultConns is how many connections one process opens when its address does not say (pool_max_conns).
	defaultConns = 16
	minConns     = 4
	// oldestServer is the oldest PostgreSQL that is tested, as server_version_num counts.
	oldestServer = 140000
)

// serverDefaults are settings of each session, unless the address says otherwise: a statement that hangs fails, and a
// process that died inside a transaction gives its locks back. Databases are on memory and solid disks: by the server's own
// 4, made for disks that turn, it reads large tables whole where an index would do. To compile a statement of a few
// milliseconds (jit) takes longer than to run it.
var serverDefaults = map[string]string{
	"application_name":                    "lintel",
	"statement_timeout":                   "60s",
	"idle_in_transaction_session_timeout": "60s",
	"timezone":                            "UTC",
	"random_page_cost":                    "1.1",
	"jit":                                 "off",
}

// openPostgres opens the writers and the readers of a server.
func (d *DB) openPostgres(ctx context.Context, a Address) error {
	conns, err := a.conns()
	if err != nil {
		return err
	}
	if _, err := a.config(nil); err != nil {
		return err
	}
	readers := max(conns/3, 1)
	d.write = d.pool(a, conns-readers, nil)
	d.read = d.pool(a, readers, map[string]string{"default_transaction_read_only": "on"})
	if err := d.checkServer(ctx); err != nil {
		return errors.Join(err, d.Close())
	}
	return nil
}

// exact keeps the numbers of JSON as they are written. pgx reads a list of JSON texts to write it anew, each number as a
// float64: the id in a job's arguments would name another row.
func exact(_ context.Context, conn *pgx.Conn) error {
	one := &pgtype.Type{Name: "jsonb", OID: pgtype.JSONBOID, Codec: &pgtype.JSONBCodec{
		Marshal: json.Marshal, Unmarshal: asWritten,
	}}
	conn.TypeMap().RegisterType(one)
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "_jsonb", OID: pgtype.JSONBArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
	return nil
}

// asWritten reads one JSON value, and nothing after it.
func asWritten(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if rest := bytes.TrimLeft(data[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return fmt.Errorf("text after the JSON value: %.20q", rest)
	}
	return nil
}

// pool opens connections as they are needed. Each reads its files of passwords and certificates anew, so that those may
// change while Lintel runs.
func (d *DB) pool(a Address, conns int, params map[string]string) *sql.DB {
	db := sql.OpenDB(pgConnector{connect: func(ctx context.Context) (driver.Conn, error) {
		c, err := a.config(params)
		if err != nil {
			return nil, err
		}
		return stdlib.GetConnector(*c, stdlib.OptionAfterConnect(exact)).Connect(ctx)
	}, name: d.name, seen: d.seen})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	// A server behind a load balancer moves, and a password of an hour's life ends.
	db.SetConnMaxLifetime(30 * time.Minute)
	return db
}

// checkServer reports whether the server can be reached, is new enough, keeps every text, and gives each connection one
// of its own.
func (d *DB) checkServer(ctx context.Context) error {
	var number int
	var version, encoding string
	err := d.write.QueryRowContext(ctx, `SELECT current_setting('server_version_num'), current_setting('server_version'), `+
		`current_setting('server_encoding')`).Scan(&number, &version, &encoding)
	if err != nil {
		return err
	}
	if number < oldestServer {
		return &Trouble{Path: d.name, What: fmt.Sprintf("the database %s is PostgreSQL %s", d.name, version),
			Remedy: fmt.Sprintf("use PostgreSQL %d or newer", oldestServer/10000), err: errors.New("too old a server")}
	}
	if encoding != "UTF8" {
		return &Trouble{Path: d.name, What: fmt.Sprintf("the database %s keeps texts as %s", d.name, encoding),
			Remedy: "make one with createdb --encoding UTF8 --template template0",
			err:    errors.New("titles and names may hold any character")}
	}
	return d.checkPooler(ctx)
}

// conns is how many connections one process opens.
func (a Address) conns() (int, error) {
	text := a.url.Query().Get("pool_max_conns")
	if text == "" {
		return defaultConns, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < minConns {
		return 0, fmt.Errorf("database: pool_max_conns=%s is not a number from %d up", text, minConns)
	}
	return n, nil
}

// config reads the address and the files that it names: password_file (one line, as secrets are mounted), and libpq's
// passfile, sslrootcert, sslcert and sslkey. more are settings of each session beside serverDefaults.
func (a Address) config(more map[string]string) (*pgx.ConnConfig, error) {
	u, query := *a.url, a.url.Query()
	passwordFile := query.Get("password_file")
	query.Del("password_file")
	query.Del("pool_max_conns")
	u.RawQuery = query.Encode()
	c, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, addressTrouble(a.String(), err)
	}
	if passwordFile != "" {
		text, err := os.ReadFile(passwordFile)
		if err != nil {
			return nil, &Trouble{Path: a.String(), What: "the password of the database cannot be read",
				Remedy: "see that password_file names a file that Lintel's user may read", err: err}
		}
		c.Password = strings.TrimRight(string(text), "\r\n")
	}
	settings := maps.Clone(serverDefaults)
	maps.Copy(settings, more)
	maps.Copy(settings, c.RuntimeParams)
	// A pooler refuses a connection that begins with a setting which it does not know, so only these come first.
	c.RuntimeParams = map[string]string{}
	for _, name := range []string{"application_name", "timezone", "client_encoding", "options"} {
		if value, set := settings[name]; set {
			c.RuntimeParams[name] = value
		}
		delete(settings, name)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error { return setAll(ctx, conn, settings) }
	return c, nil
}

// addressTrouble says what pgx finds wrong with an address. Its own words leave passwords out, but quote the rest.
func addressTrouble(name string, err error) error {
	return &Trouble{Path: name, What: fmt.Sprintf("the database's address %s cannot be used", name),
		Remedy: "correct it: postgres://USER@HOST:PORT/NAME?sslmode=verify-full (docs/postgresql.md)", err: err}
}
