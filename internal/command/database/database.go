// Package database is lintel database: it moves a server's record from one database to another.
package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel database".
type Commands struct {
	Copy Copy `cmd:"" help:"Copy a server's database into an empty one, such as SQLite's into PostgreSQL."`
}

// Copy is "lintel database copy".
type Copy struct {
	From string `required:"" placeholder:"URL" help:"The database to copy, sqlite://PATH or postgres://USER@HOST/NAME."`
	To   string `required:"" placeholder:"URL" help:"The empty database to copy it to."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Copy) Help() string {
	return `Copies the whole history, then compares each table of the two by its number of rows and a digest of them. Stop
the server first. A copy that was interrupted goes on when it is run again. Jobs that wait are not copied: the server
asks for them again when it starts.

Examples:

    lintel database copy --from sqlite:///var/lib/lintel/lintel.db --to postgres://lintel@db/lintel`
}

// progressEvery is how often progress is told.
const progressEvery = 2 * time.Second

// Run copies and says what came of it.
func (c Copy) Run(ctx context.Context, t terminal.Terminal) (err error) {
	if c.From == c.To {
		return &usage.Error{What: "--from and --to are the same database", Remedy: "name an empty database with --to"}
	}
	for _, address := range []string{c.From, c.To} {
		lock, err := store.Claim(ctx, address, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	told := time.Now()
	all, err := store.Copy(ctx, c.From, c.To, time.Now, func(table string, done, total int64) {
		if now := time.Now(); now.Sub(told) > progressEvery {
			told = now
			fmt.Fprintf(t.Err, "%s: %d of %d rows\n", table, done, total)
		}
	})
	if err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(tables(all))
	}
	rows := int64(0)
	for _, table := range all {
		rows += table.Rows
		if table.Rows > 0 {
			fmt.Fprintf(t.Out, "%-20s %9d  %s\n", table.Name, table.Rows, table.Digest[:16])
		}
	}
	fmt.Fprintf(t.Out, "copied %d rows of %d tables; each table has the same rows in both\n", rows, len(all))
	fmt.Fprintln(t.Out, "set database to the new address and start lintel serve")
	return nil
}

// table is what was copied of one table, for programs: the digest is of its rows, equal in both databases.
type table struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
}

func tables(all []store.Copied) []table {
	out := []table{}
	for _, t := range all {
		out = append(out, table{t.Name, t.Rows, t.Digest})
	}
	return out
}
