// Package gate is lintel gate: the operator's switch for a disaster.
package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel gate". They read and write the server's database.
type Commands struct {
	Open   open   `cmd:"" help:"Let pass what the rules refuse, for a time."`
	Closed closed `cmd:"" help:"Refuse everything, for a time."`
	Normal normal `cmd:"" help:"Let the rules decide again, now."`
	Status status `cmd:"" help:"Say which gates are switched."`
	List   list   `cmd:"" help:"List what a switch turned, for a second look."`
}

// Help is shown below the flags' summary.
func (Commands) Help() string {
	return `For a disaster: the rules, CI or GitHub are broken and nothing can merge, or nothing must merge. A switch has ` +
		`an end and a reason; it is announced on every check that it turns and kept in the audit log. docs/overrides.md has ` +
		`a worked example. Run this where the server's database is; the server may run.`
}

// scopeFlags say whose gate is meant.
type scopeFlags struct {
	config.DatabaseFlags
	Org  string `placeholder:"NAME" xor:"scope" help:"The gate of this organisation, person or group, subgroups included."`
	Repo string `placeholder:"OWNER/REPO" xor:"scope" help:"The gate of this repository."`
	All  bool   `xor:"scope" help:"Every gate of this server."`

	Forge string `enum:"github,gitlab," default:"" help:"Which forge is meant, where both have the name: github or gitlab."`
	terminal.Format
}

// switchFlags are those of a switch that begins.
type switchFlags struct {
	scopeFlags
	For    time.Duration `required:"" placeholder:"SPAN" help:"How long: 30m, 2h, at most 168h."`
	Reason string        `required:"" placeholder:"WORDS" help:"Why. It is shown on the checks."`
}

func (f switchFlags) request(s gateswitch.State) gateswitch.Request {
	r := f.scopeFlags.request(s)
	r.For, r.Reason = f.For, f.Reason
	return r
}

func (f scopeFlags) request(s gateswitch.State) gateswitch.Request {
	return gateswitch.Request{State: s, Org: f.Org, Repo: f.Repo, All: f.All, Forge: change.Forge(f.Forge), Actor: operator.Name()}
}

type open struct{ switchFlags }

// Help is shown below the flags' summary.
func (open) Help() string {
	return `Examples:

    lintel gate open --config /etc/lintel/server.yml --org acme --for 2h --reason "CI is down"

With --format json the switch is printed as an object, or null where none stands.`
}

// Run opens a gate.
func (c open) Run(ctx context.Context, t terminal.Terminal) error {
	return c.turn(ctx, t, c.request(gateswitch.Open))
}

type closed struct{ switchFlags }

// Help is shown below the flags' summary.
func (closed) Help() string {
	return `Examples:

    lintel gate closed --config /etc/lintel/server.yml --all --for 1h --reason "a secret leaked"`
}

// Run closes a gate.
func (c closed) Run(ctx context.Context, t terminal.Terminal) error {
	return c.turn(ctx, t, c.request(gateswitch.Closed))
}

type normal struct{ scopeFlags }

// Help is shown below the flags' summary.
func (normal) Help() string {
	return `Examples:

    lintel gate normal --config /etc/lintel/server.yml --org acme`
}

// Run ends the switch of a scope.
func (c normal) Run(ctx context.Context, t terminal.Terminal) error {
	return c.turn(ctx, t, c.request(gateswitch.Normal))
}

// turn carries out a request.
func (f scopeFlags) turn(ctx context.Context, t terminal.Terminal, r gateswitch.Request) error {
	if what, remedy := r.Check(); what != "" {
		return &usage.Error{What: what, Remedy: remedy}
	}
	return f.withStore(ctx, t, func(st *store.Store) error {
		s, err := st.SwitchGate(ctx, r)
		var both *change.Ambiguous
		switch {
		case errors.As(err, &both):
			return &usage.Error{What: both.Error(), Remedy: "say which with --forge github or --forge gitlab"}
		case errors.Is(err, change.ErrNotFound):
			return &usage.Error{What: fmt.Sprintf("no event told of %s%s yet", r.Org, r.Repo),
				Remedy: "write its name as on the forge; lintel gate can switch what the server sees"}
		case err != nil:
			return err
		case f.JSON():
			return t.WriteJSON(s)
		case s == nil:
			fmt.Fprintln(t.Out, "That gate is not switched; the rules decide.")
		case r.State == gateswitch.Normal:
			fmt.Fprintf(t.Out, "The gate of %s is normal again: the rules decide. What the switch turned is judged again;\n"+
				"lintel gate list --switch %d lists it.\n", s.Scope.Name, s.ID)
		default:
			fmt.Fprintf(t.Out, "The gate of %s is %s until %s (switch %d). Open changes are judged again now.\n", s.Scope.Name,
				s.State, moment(s.Until), s.ID)
		}
		return nil
	})
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// withStore opens the database beside a server that may run on it.
func (f scopeFlags) withStore(ctx context.Context, t terminal.Terminal, use func(*store.Store) error) error {
	return withStore(ctx, t, f.DatabaseFlags, use)
}

func withStore(ctx context.Context, t terminal.Terminal, flags config.DatabaseFlags, use func(*store.Store) error) (err error) {
	cfg, err := flags.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.OpenToAsk(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return use(st)
}
