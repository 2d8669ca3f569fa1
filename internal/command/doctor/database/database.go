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
type Command struct{ config.DatabaseFlags }

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Connects, reads the schema's version and how many changes wait, and writes one mark to prove that it can. It runs
no migration.

Examples:

    lintel doctor database --config /etc/lintel/server.yml`
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
	fmt.Fprintf(t.Out, "database  %s\nengine    %s, connected and read in %s\n", s.Database, s.Engine,
		time.Since(began).Round(time.Millisecond))
	done := 0
	for _, step := range s.Steps {
		if step.Done {
			done++
		}
	}
	if s.Newer != 0 {
		return &usage.Error{What: fmt.Sprintf("the database has schema %d, which this program does not know", s.Newer),
			Remedy: "run the newer program, or restore the backup made before the upgrade"}
	}
	fmt.Fprintf(t.Out, "schema    %d of %d migrations\n", done, len(s.Steps))
	if done < len(s.Steps) {
		return &usage.Error{What: fmt.Sprintf("%d migrations are missing", len(s.Steps)-done),
			Remedy: "run lintel migrate up, or start lintel serve, which runs them"}
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	lag, err := st.Lag(ctx)
	if err := errors.Join(err, st.Ping(ctx), st.Close()); err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "lag       %d changes wait, the longest for %s\nwriting   works\n", lag.Waiting, lag.Oldest.Round(time.Second))
	return nil
}
