// Package backup is lintel backup: it copies the database while the server runs.
package backup

import (
	"context"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel backup".
type Command struct {
	config.Flags
	To string `arg:"" help:"The new file to write."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Writes a consistent copy of the database while the server runs, and opens it once to prove that it can be
read. To restore, stop the server and put the copy in the database's place.

Examples:

    lintel backup --config /etc/lintel/server.yml /var/backups/lintel-$(date +%F).db`
}

// Run writes a consistent copy of the database while the server runs, and reads it once to prove that it can be opened.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(config.LoadDatabase, t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	path, err := store.Path(cfg.Database)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	if err := errors.Join(st.Backup(ctx, c.To), st.Close()); err != nil {
		return err
	}
	copied, err := operator.OpenCopy(ctx, "sqlite://"+c.To)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	lag, err := copied.Lag(ctx)
	if err := errors.Join(err, copied.Close()); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if c.JSON() {
		return t.WriteJSON(struct {
			Database string `json:"database"`
			Copy     string `json:"copy"`
			Waiting  int    `json:"waiting"`
		}{path, c.To, lag.Waiting})
	}
	fmt.Fprintf(t.Out, "backed up %s to %s (%d changes wait in it)\n", path, c.To, lag.Waiting)
	return nil
}
