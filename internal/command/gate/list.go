package gate

import (
	"context"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

type status struct {
	config.DatabaseFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (status) Help() string {
	return `Examples:

    lintel gate status --config /etc/lintel/server.yml
    lintel gate status --config /etc/lintel/server.yml --format json`
}

// Run says which gates are switched.
func (c status) Run(ctx context.Context, t terminal.Terminal) error {
	return withStore(ctx, t, c.DatabaseFlags, func(st *store.Store) error {
		all, err := st.GateSwitches(ctx)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(s gateswitch.Switch) bool { return !st.Now().Before(s.Until) })
		if c.JSON() {
			return t.WriteJSON(append([]gateswitch.Switch{}, all...))
		}
		for _, s := range all {
			show(t, s)
		}
		if len(all) == 0 {
			fmt.Fprintln(t.Out, "No gate is switched; the rules decide.")
		}
		return nil
	})
}

func show(t terminal.Terminal, s gateswitch.Switch) {
	end := "until " + moment(s.Until)
	if !s.EndedAt.IsZero() {
		end = fmt.Sprintf("ended %s by %s", moment(s.EndedAt), s.EndedBy)
	}
	fmt.Fprintf(t.Out, "switch %d: the gate of %s is %s since %s, %s, by %s: %s\n", s.ID, s.Scope.Name, s.State, moment(s.At), end,
		s.Actor, s.Reason)
}

type list struct {
	config.DatabaseFlags
	Switch int64 `placeholder:"N" help:"The switch by its number. Default: the newest."`
	Limit  int   `default:"1000" help:"How many at the most."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (list) Help() string {
	return `Lists every commit whose check a switch turned: green although the rules refused it, or red although they let
it pass.

Examples:

    lintel gate list --config /etc/lintel/server.yml
    lintel gate list --config /etc/lintel/server.yml --format json`
}

// Run lists what a switch turned.
func (c list) Run(ctx context.Context, t terminal.Terminal) error {
	return withStore(ctx, t, c.DatabaseFlags, func(st *store.Store) error {
		past, err := st.PastGateSwitches(ctx, 1000)
		if err != nil {
			return err
		}
		for _, s := range past {
			if c.Switch != 0 && s.ID != c.Switch {
				continue
			}
			found, err := st.GateTurned(ctx, s.ID, c.Limit)
			if err != nil {
				return err
			}
			if c.JSON() {
				return t.WriteJSON(map[string]any{"switch": s, "turned": append([]gateswitch.Turned{}, found...)})
			}
			show(t, s)
			for _, v := range found {
				fmt.Fprintf(t.Out, "  %s %s %s at %s\n", v.Ref, v.SHA, turned(v), moment(v.At))
			}
			fmt.Fprintf(t.Out, "%s turned\n", text.Count(len(found), "verdict"))
			return nil
		}
		if c.Switch != 0 {
			return &usage.Error{What: fmt.Sprintf("there is no switch %d", c.Switch), Remedy: "leave --switch out for the newest"}
		}
		if c.JSON() {
			return t.WriteJSON(map[string]any{"switch": nil, "turned": []gateswitch.Turned{}})
		}
		fmt.Fprintln(t.Out, "No gate was ever switched.")
		return nil
	})
}

// turned says in words what a switch did to a verdict.
func turned(v gateswitch.Turned) string {
	switch {
	case !v.Passed:
		return "refused"
	case v.Problems == 0:
		return "passed without a verdict"
	}
	return "passed with " + text.Count(v.Problems, "problem")
}
