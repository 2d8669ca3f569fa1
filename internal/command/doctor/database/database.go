// Package database is lintel doctor database: it examines the database of a server.
package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Command is "lintel doctor database".
type Command struct {
	config.DatabaseFlags
	terminal.Format
}

// state is what was found, for programs.
type state struct {
	Database   string `json:"database"`
	Engine     string `json:"engine"`
	ConnectMS  int64  `json:"connect_ms"`
	Migrations int    `json:"migrations"`
	Missing    int    `json:"missing_migrations"`
	// Waiting and OldestSeconds are the lag; they are known, and Writable is true, only where no migration is missing.
	Waiting       int   `json:"waiting_changes"`
	OldestSeconds int64 `json:"oldest_waiting_seconds"`
	Writable      bool  `json:"writable"`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Connects, reads the schema's version and how many changes wait, and writes one mark to prove that it can. It runs
no migration.

Examples:

    lintel doctor database --config /etc/lintel/server.yml
    lintel doctor database --config /etc/lintel/server.yml --format json`
}

// Run examines the database.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	began := time.Now()
	s, err := store.ReadSchema(ctx, cfg.Database)
	if err != nil {
		return err
	}
	found := state{Database: s.Database, Engine: s.Engine, ConnectMS: time.Since(began).Milliseconds(), Missing: len(s.Steps)}
	for _, step := range s.Steps {
		if step.Done {
			found.Migrations++
			found.Missing--
		}
	}
	problem := problemOf(s, found)
	if problem == nil {
		problem = found.examine(ctx, cfg)
	}
	if c.JSON() {
		return errors.Join(t.WriteJSON(found), problem)
	}
	fmt.Fprintf(t.Out, "database  %s\nengine    %s, connected and read in %dms\n", found.Database, found.Engine, found.ConnectMS)
	if s.Newer == 0 {
		fmt.Fprintf(t.Out, "schema    %d of %d migrations\n", found.Migrations, len(s.Steps))
	}
	if problem == nil {
		fmt.Fprintf(t.Out, "lag       %d changes wait, the longest for %s\nwriting   works\n", found.Waiting,
			time.Duration(found.OldestSeconds)*time.Second)
	}
	return problem
}

// problemOf says what is wrong with the schema.
func problemOf(s store.Schema, found state) error {
	switch {
	case s.Newer != 0:
		return &usage.Error{What: fmt.Sprintf("the database has schema %d, which this program does not know", s.Newer),
			Remedy: "run the newer program, or restore the backup made before the upgrade"}
	case found.Missing > 0:
		return &usage.Error{What: fmt.Sprintf("%d migrations are missing", found.Missing),
			Remedy: "run lintel migrate up, or start lintel serve, which runs them"}
	}
	return nil
}

// examine counts what waits, and writes one mark.
func (s *state) examine(ctx context.Context, cfg config.Config) error {
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	lag, err := st.Lag(ctx)
	if err := errors.Join(err, st.Ping(ctx), st.Close()); err != nil {
		return err
	}
	s.Waiting, s.OldestSeconds, s.Writable = lag.Waiting, int64(lag.Oldest.Round(time.Second)/time.Second), true
	return nil
}
