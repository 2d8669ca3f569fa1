// Package flow is lintel flow: what operators do with the record of how pull requests move.
package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel flow". They work on the server's database.
type Commands struct {
	Erase    erase    `cmd:"" help:"Take the name of an account out of the record of changes, for good."`
	Rollouts rollouts `cmd:"" help:"Estimate what rollouts changed, repository by repository."`
}

// Help is shown below the list of commands.
func (Commands) Help() string {
	return `Run this where the server's database is; the server may run.`
}

type erase struct {
	Login string `arg:"" placeholder:"LOGIN" help:"The account's name on the forge, such as wendy."`
	config.DatabaseFlags
	terminal.Format
	operator.ForgeFlag
}

// Help is shown below the flags' summary.
func (erase) Help() string {
	return `Figures need no names: what the account did stays, under its number. A name that was erased never comes back, not
by a delivery and not by a back-fill. The audit log says who erased which number, without the name. Names elsewhere in
the record (deliveries, history, verdicts) go with their retention; docs/guides/privacy.md.

Examples:

    lintel flow erase wendy --config /etc/lintel/server.yml
    lintel flow erase wendy --config /etc/lintel/server.yml --format json`
}

// Run erases the name at once.
func (c erase) Run(ctx context.Context, t terminal.Terminal) (err error) {
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	login := strings.TrimPrefix(c.Login, "@")
	forge, id, err := change.OnForge(change.Forge(c.Forge), login, func(forge change.Forge) (int64, error) {
		return st.AccountNamed(ctx, string(forge), login)
	})
	if err == nil {
		_, err = st.EraseActor(ctx, string(forge), login, operator.Name())
	}
	if both, ok := errors.AsType[*change.Ambiguous](err); ok {
		return operator.Unknown(both, login)
	}
	if errors.Is(err, change.ErrNotFound) {
		return &usage.Error{
			What:   fmt.Sprintf("the record of changes knows no account %q", c.Login),
			Remedy: "write the name as the forge shows it; a name that was erased is not known any more",
			Err:    err,
		}
	}
	if err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(map[string]any{"erased": true, "account": id})
	}
	fmt.Fprintf(t.Out, "the name %s is erased; what the account did stays, as account %d\n", c.Login, id)
	return nil
}
