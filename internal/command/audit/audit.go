// Package audit is lintel audit: it shows and verifies the log of what people and operators did.
package audit

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Commands are those of "lintel audit". They read the server's database.
type Commands struct {
	Export export `cmd:"" help:"Write the records as lines of JSON."`
	Verify verify `cmd:"" help:"Find a record that was changed, lost or put in another place."`
}

// Help is shown below the flags' summary.
func (Commands) Help() string {
	return `The log is a chain: each record holds the hash of the one before. Copies that are exported to another machine ` +
		`prove that nobody made the chain anew. Run this where the server's database is; the server may run.`
}

// withStore opens the database beside a server that may run on it.
func withStore(ctx context.Context, t terminal.Terminal, flags config.DatabaseFlags, use func(*store.Store) error) (err error) {
	cfg, err := flags.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return use(st)
}
