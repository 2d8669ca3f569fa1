// Package migrate is lintel migrate: it says where the schema of a server's database stands, and brings it up to date.
package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel migrate".
type Commands struct {
	Status status `cmd:"" help:"Say which migrations a server's database has."`
	Plan   plan   `cmd:"" help:"Print the SQL of the migrations that it lacks."`
	Up     up     `cmd:"" help:"Run the migrations that it lacks."`
}

type status struct {
	config.DatabaseFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (status) Help() string {
	return `Changes nothing. The status is 2 when migrations are missing, or when the database is newer and this program
may not run on it.

Examples:

    lintel migrate status --config /etc/lintel/server.yml
    lintel migrate status --config /etc/lintel/server.yml --format json`
}

// Run says where the schema stands.
func (c status) Run(ctx context.Context, t terminal.Terminal) error {
	s, missing, err := read(ctx, t, c.DatabaseFlags)
	if err != nil {
		return err
	}
	done := len(s.Steps) - len(missing)
	if c.JSON() {
		names := []string{}
		for _, m := range missing {
			names = append(names, m.Name)
		}
		err = t.WriteJSON(struct {
			Database   string   `json:"database"`
			Engine     string   `json:"engine"`
			Migrations int      `json:"migrations"`
			Missing    []string `json:"missing"`
			Newer      int      `json:"newer,omitempty"`
			Beside     bool     `json:"beside"`
		}{s.Database, s.Engine, done, names, s.Newer, beside(missing)})
	} else {
		fmt.Fprintf(t.Out, "%s: %s, %d of %d migrations\n", s.Database, s.Engine, done, len(s.Steps))
		if s.Newer != 0 {
			fmt.Fprintf(t.Out, "newer: %d, of a later version, beside which this one may run\n", s.Newer)
		}
		for _, m := range missing {
			fmt.Fprintf(t.Out, "missing: %s\n", m.Name)
		}
	}
	if err != nil || len(missing) == 0 {
		return err
	}
	return &usage.Error{What: fmt.Sprintf("%d migrations are missing", len(missing)),
		Remedy: "run lintel migrate up, or start lintel serve, which runs them"}
}

type plan struct {
	config.DatabaseFlags
	terminal.Format
}

// step is a migration that would be run, for programs.
type step struct {
	Name   string `json:"name"`
	SQL    string `json:"sql"`
	Beside bool   `json:"beside"`
}

// Help is shown below the flags' summary.
func (plan) Help() string {
	return `Changes nothing. The first line says whether processes of the version before may go on, or must stop first. The
types are SQLite's: PostgreSQL gets BYTEA for BLOB.

Examples:

    lintel migrate plan --config /etc/lintel/server.yml
    lintel migrate plan --config /etc/lintel/server.yml --format json`
}

// Run prints what would be run.
func (c plan) Run(ctx context.Context, t terminal.Terminal) error {
	_, missing, err := read(ctx, t, c.DatabaseFlags)
	if err != nil {
		return err
	}
	if c.JSON() {
		steps := []step{}
		for _, m := range missing {
			steps = append(steps, step{Name: m.Name, SQL: strings.TrimSpace(m.SQL), Beside: m.Beside})
		}
		return t.WriteJSON(steps)
	}
	switch {
	case len(missing) == 0:
		fmt.Fprintln(t.Out, "-- nothing is missing")
	case beside(missing):
		fmt.Fprintln(t.Out, "-- processes of the version before may go on beside this one")
	default:
		fmt.Fprintln(t.Out, "-- stop all processes of the version before first: they cannot work on the new schema")
	}
	for _, m := range missing {
		fmt.Fprintf(t.Out, "-- migration %s\n%s\n", m.Name, strings.TrimSpace(m.SQL))
	}
	return nil
}

// beside reports whether processes of the version before may go on when migrations are done.
func beside(missing []store.Step) bool {
	return !slices.ContainsFunc(missing, func(m store.Step) bool { return !m.Beside })
}

type up struct {
	config.DatabaseFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (up) Help() string {
	return `Forward only, all missing migrations in one transaction. Processes that do it at once wait for each other. The
queue's tables are brought up to date too. lintel serve does the same when it starts.

Examples:

    lintel migrate up --config /etc/lintel/server.yml`
}

// Run brings the schema up to date.
func (c up) Run(ctx context.Context, t terminal.Terminal) error {
	s, missing, err := read(ctx, t, c.DatabaseFlags)
	if err != nil {
		return err
	}
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.OpenToAsk(ctx, cfg)
	if err != nil {
		return err
	}
	if err := st.Close(); err != nil {
		return err
	}
	if c.JSON() {
		ran := []string{}
		for _, m := range missing {
			ran = append(ran, m.Name)
		}
		return t.WriteJSON(struct {
			Database string   `json:"database"`
			Ran      []string `json:"ran"`
		}{s.Database, ran})
	}
	fmt.Fprintf(t.Out, "%s: ran %d migrations; the schema is this program's\n", s.Database, len(missing))
	return nil
}

// read reads the schema, and refuses a newer one on which this program may not run.
func read(ctx context.Context, t terminal.Terminal, flags config.DatabaseFlags) (s store.Schema, missing []store.Step, err error) {
	cfg, err := flags.Read(t.Env)
	if err != nil {
		return s, nil, err
	}
	if s, err = store.ReadSchema(ctx, cfg.Database); err != nil {
		return s, nil, err
	}
	if !s.Runs {
		return s, nil, fmt.Errorf("database %s has schema %d, beside which this program may not run: run the newer program",
			s.Database, s.Newer)
	}
	for _, step := range s.Steps {
		if !step.Done {
			missing = append(missing, step)
		}
	}
	return s, missing, nil
}
