package sqldb

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/usage"
)

// Engine is a kind of database.
type Engine string

// The engines, by the names that an operator knows.
const (
	SQLite   Engine = "SQLite"
	Postgres Engine = "PostgreSQL"
)

// Address is where a database is.
type Address struct {
	Engine Engine
	// Path is SQLite's file.
	Path string
	// url is PostgreSQL's address as it was given; nil for SQLite.
	url *url.URL
}

// ParseAddress reads an address: sqlite://PATH, or postgres://USER@HOST/NAME with libpq's parameters.
func ParseAddress(address string) (Address, error) {
	if rest, ok := strings.CutPrefix(address, "sqlite://"); ok && rest != "" {
		return Address{Engine: SQLite, Path: filepath.Clean(rest)}, nil
	}
	if !isPostgres(address) {
		return Address{}, &usage.Error{
			What:   fmt.Sprintf("database %q is not sqlite://PATH or postgres://USER@HOST/NAME", bare(address)),
			Remedy: "write its address in one of these forms, such as sqlite:///var/lib/lintel/lintel.db",
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		// The error of url.Parse quotes the address, and so the password.
		return Address{}, fmt.Errorf("database is no address of PostgreSQL: write postgres://USER@HOST/NAME, with %%XX for " +
			"each special character of a name or password")
	}
	return Address{Engine: Postgres, url: u}, nil
}

// bare is an address that cannot be read as a message may quote it: where it may hold a password, its beginning alone.
func bare(address string) string {
	if !strings.ContainsAny(address, "@?=") {
		return address
	}
	scheme, _, ok := strings.Cut(address, "://")
	if !ok {
		return "..."
	}
	return scheme + "://..."
}

// isPostgres reports whether an address is PostgreSQL's.
func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// String is the address as messages and logs may call it: SQLite's path, or PostgreSQL's address without password and
// parameters.
func (a Address) String() string {
	if a.Engine == SQLite {
		return a.Path
	}
	u := url.URL{Scheme: "postgres", Host: a.url.Host, Path: a.url.Path}
	if a.url.User != nil {
		u.User = url.User(a.url.User.Username())
	}
	if host := a.url.Query().Get("host"); u.Host == "" && host != "" {
		u.RawQuery = "host=" + host
	}
	return u.String()
}
