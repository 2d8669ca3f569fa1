// Package organisation is lintel organisation: it shows how organisations' settings files take effect, takes a version
// back, and lets stopped waves go on.
package organisation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel organisation".
type Commands struct {
	Status   status   `cmd:"" help:"Show which version of each organisation's file holds, and for how many repositories."`
	Rollback rollback `cmd:"" help:"Take the newest version of an organisation's file back."`
	Resume   resume   `cmd:"" help:"Let the waves of a version go on that stopped."`
}

// Help is shown below the list of commands.
func (Commands) Help() string {
	return `Run these where the server's database is. Each act is in the audit log with the account that ran it.

Examples:

    lintel organisation status --config /etc/lintel/server.yml
    lintel organisation rollback --config /etc/lintel/server.yml acme --reason "too strict"`
}

type status struct {
	config.Flags
	terminal.Format
}

// Help is shown below the flags' summary.
func (status) Help() string {
	return `Examples:

    lintel organisation status --config /etc/lintel/server.yml
    lintel organisation status --config /etc/lintel/server.yml --format json`
}

// Run prints a paragraph for each organisation.
func (c status) Run(ctx context.Context, t terminal.Terminal) error {
	return with(ctx, c.Flags, t, func(st *store.Store) error {
		all, err := known(ctx, st)
		if err != nil {
			return err
		}
		if c.JSON() {
			return t.WriteJSON(append([]organisation.State{}, all...))
		}
		if len(all) == 0 {
			fmt.Fprintln(t.Out, "No organisation has a settings file that the server has read.")
		}
		for _, o := range all {
			fmt.Fprint(t.Out, describe(o))
		}
		return nil
	})
}

func describe(o organisation.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s)\n", o.Login, o.Word(), o.Place)
	line := func(what string, v *organisation.Version) {
		if v == nil {
			return
		}
		text := "commit " + change.Short(v.Commit)
		if v.Blob == "" {
			text += ", without the file"
		}
		fmt.Fprintf(&b, "  %-12s %s\n", what, text)
	}
	line("in force", o.InForce)
	line("in waves", o.Next)
	line("before", o.Previous)
	line("rolled back", o.Refused)
	for _, note := range o.Notes() {
		fmt.Fprintf(&b, "  note         %s\n", note)
	}
	for _, p := range o.Problems {
		fmt.Fprintf(&b, "  problem      %s\n", p)
	}
	return b.String()
}

type rollback struct {
	config.Flags
	operator.ForgeFlag
	Organisation string `arg:"" help:"The organisation's name, or the path of GitLab's group."`
	Reason       string `required:"" placeholder:"WORDS" help:"Why, for the audit log."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (rollback) Help() string {
	return `A version on its way in waves is dropped; without one, the version in force gives way to the one before. The same
text is not taken again: land another one. Open changes are looked at again within a minute.

Examples:

    lintel organisation rollback --config /etc/lintel/server.yml acme --reason "too strict"`
}

// Run rolls the newest version back.
func (c rollback) Run(ctx context.Context, t terminal.Terminal) error {
	return with(ctx, c.Flags, t, func(st *store.Store) error {
		return act(ctx, st, t, c.Format, c.ForgeFlag, c.Organisation, func(o *organisation.State) ([]audit.Entry, error) {
			return o.Rollback(operator.Name(), c.Reason)
		})
	})
}

type resume struct {
	config.Flags
	operator.ForgeFlag
	Organisation string `arg:"" help:"The organisation's name, or the path of GitLab's group."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (resume) Help() string {
	return `What is refused now is the measure from here on.

Examples:

    lintel organisation resume --config /etc/lintel/server.yml acme`
}

// Run lets stopped waves go on.
func (c resume) Run(ctx context.Context, t terminal.Terminal) error {
	return with(ctx, c.Flags, t, func(st *store.Store) error {
		return act(ctx, st, t, c.Format, c.ForgeFlag, c.Organisation, func(o *organisation.State) ([]audit.Entry, error) {
			holds := func(repo int64) bool { return o.For(repo) == o.Next }
			since, _, err := st.Refused(ctx, o.Forge, o.OwnerID, o.After, holds)
			if err != nil {
				return nil, err
			}
			return o.Resume(operator.Name(), since)
		})
	})
}

func with(ctx context.Context, f config.Flags, t terminal.Terminal, use func(*store.Store) error) (err error) {
	cfg, err := f.Read(config.LoadDatabase, t.Env)
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

// act changes the state of an organisation, saves it with its audit records, and prints it.
func act(ctx context.Context, st *store.Store, t terminal.Terminal, format terminal.Format, forge operator.ForgeFlag, name string,
	change func(*organisation.State) ([]audit.Entry, error)) error {
	o, err := named(ctx, st, forge, name)
	if err != nil {
		return err
	}
	entries, err := change(&o)
	if err != nil {
		return &usage.Error{
			What:   fmt.Sprintf("nothing was done about %s: %s", o.Login, err),
			Remedy: "lintel organisation status shows what holds",
		}
	}
	if err := st.SaveOrganisation(ctx, o, entries...); err != nil {
		return err
	}
	if format.JSON() {
		return t.WriteJSON(o)
	}
	fmt.Fprint(t.Out, describe(o))
	return nil
}

// known are the organisations of all forges.
func known(ctx context.Context, st *store.Store) (all []organisation.State, err error) {
	for _, forge := range change.Forges() {
		on, err := st.Organisations(ctx, forge)
		if err != nil {
			return nil, err
		}
		all = append(all, on...)
	}
	return all, nil
}

// named is an organisation, on the forge that a person named, or on the one that has it.
func named(ctx context.Context, st *store.Store, forge operator.ForgeFlag, name string) (organisation.State, error) {
	var known []string
	_, found, err := change.OnForge(change.Forge(forge.Forge), name, func(f change.Forge) (none organisation.State, err error) {
		all, err := st.Organisations(ctx, f)
		if err != nil {
			return none, err
		}
		for _, o := range all {
			if strings.EqualFold(o.Login, name) {
				return o, nil
			}
			known = append(known, o.Login)
		}
		return none, change.ErrNotFound
	})
	if errors.Is(err, change.ErrNotFound) {
		return organisation.State{}, &usage.Error{
			What:   fmt.Sprintf("the server has read no settings file of %q", name),
			Remedy: "name one of those that lintel organisation status shows: " + strings.Join(known, ", "),
		}
	}
	return found, operator.Unknown(err, name)
}
