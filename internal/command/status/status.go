// Package status is lintel status: what the processes on a database do, and what waits.
package status

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
)

// Command is "lintel status".
type Command struct {
	config.DatabaseFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Reads the server's database: the processes with their roles, versions and policies, who leads the queue, how many
jobs wait in each queue and for how long, what waits for a verdict, what is left of each forge's limit on requests (the
low ones; all with --format json), what models cost today, and which jobs fail. It changes nothing and asks no forge.

With SQLite one process serves, so no processes are listed. A process that ended without taking leave is shown as over
for an hour.

Examples:

    lintel status --config /etc/lintel/server.yml
    lintel status --format json | jq '.queues[] | select(.oldest_ready_seconds > 60)'`
}

// report is what --format json prints.
type report struct {
	Processes []member `json:"processes"`
	queue.Survey
	Waiting struct {
		Changes       int   `json:"changes"`
		OldestSeconds int64 `json:"oldest_seconds"`
	} `json:"waiting_for_a_verdict"`
	// Limited are the connections of which the forge takes no more requests until a time.
	Limited []store.Held `json:"limited"`
	// GitLab are its projects: which gate holds merges, and how their webhooks do.
	GitLab []fleet.Watched `json:"gitlab,omitempty"`
	// Budgets are what forges told of their limits, as all processes know it together.
	Budgets []budget `json:"budgets"`
	Models  struct {
		Calls  int     `json:"calls"`
		Tokens int64   `json:"tokens"`
		Cost   float64 `json:"cost"`
	} `json:"models_today"`
}

// member is a process as it is printed.
type member struct {
	Name          string    `json:"name"`
	Host          string    `json:"host"`
	PID           int       `json:"pid"`
	Version       string    `json:"version"`
	Roles         []string  `json:"roles"`
	Policies      string    `json:"policies,omitempty"`
	Began         time.Time `json:"began"`
	SecondsUnseen int64     `json:"seconds_unseen"`
	Living        bool      `json:"living"`
	Leads         bool      `json:"leads"`
	// LeavesVerdicts is true when another process judges by other policies.
	LeavesVerdicts bool `json:"leaves_verdicts"`
}

// Run prints it.
func (c Command) Run(ctx context.Context, t terminal.Terminal) (err error) {
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.OpenToRead(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	r, err := read(ctx, st)
	if err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(r)
	}
	return r.print(t)
}

func read(ctx context.Context, st *store.Store) (r report, err error) {
	if r.Survey, err = queue.NewSurvey(ctx, st.Reader()); err != nil {
		return r, err
	}
	now := r.At
	all, err := st.Processes(ctx)
	if err != nil {
		return r, err
	}
	r.Processes = []member{}
	for _, p := range all {
		name := processes.Client(p.ID)
		r.Processes = append(r.Processes, member{name, p.Host, p.PID, p.Version, p.Roles, p.Policies, p.BeganAt.UTC(),
			int64(max(0, now.Sub(p.BeatAt)).Seconds()), p.Living, p.Living && name == r.Leader, p.Leaves})
	}
	lag, err := st.Lag(ctx)
	if err != nil {
		return r, err
	}
	r.Waiting.Changes, r.Waiting.OldestSeconds = lag.Waiting, int64(lag.Oldest.Seconds())
	if r.Limited, err = st.Holds(ctx); err != nil {
		return r, err
	}
	watched, err := st.WatchesOf(ctx, change.GitLab)
	if err != nil {
		return r, err
	}
	r.GitLab = watched.All
	if r.Budgets, err = budgets(ctx, st, now); err != nil {
		return r, err
	}
	spent, err := st.SpentAt(ctx, now)
	r.Models.Calls, r.Models.Tokens, r.Models.Cost = spent.Calls, spent.Tokens, float64(spent.Micro)/1e6
	return r, err
}

// budget is what is left of one limit of a forge on the requests of a connection.
type budget struct {
	Connection string `json:"connection"`
	Resource   string `json:"resource"`
	Allowed    int    `json:"allowed"`
	Left       int    `json:"left"`
	// Until is when the limit is reset, or the pause ends.
	Until  time.Time `json:"until"`
	Paused bool      `json:"paused"`
	// Low is true with less than a fifth left: processes lease what they send.
	Low bool `json:"low"`
}

func budgets(ctx context.Context, st *store.Store, now time.Time) ([]budget, error) {
	standings, err := st.Standings(ctx)
	all := make([]budget, 0, len(standings))
	for _, l := range standings {
		b := budget{Connection: fmt.Sprintf("%s:%d", l.Forge, l.Connection), Resource: l.Resource, Allowed: l.Allowed, Left: l.Left,
			Until: l.Reset.UTC(), Paused: l.Allowed == 0, Low: l.Low(now)}
		if b.Paused {
			b.Until = l.Paused.UTC()
		}
		all = append(all, b)
	}
	return all, err
}

// seconds prints a number of seconds as people say it.
func seconds(n int64) string { return (time.Duration(n) * time.Second).String() }

func (r report) print(t terminal.Terminal) error {
	table := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")) }
	if len(r.Processes) > 0 {
		row("PROCESS", "WHERE", "VERSION", "ROLES", "POLICIES", "STATE")
	}
	for _, p := range r.Processes {
		state := "lives"
		switch {
		case p.Leads:
			state = "lives, leads the queue"
		case !p.Living:
			state = "over, last seen " + seconds(p.SecondsUnseen) + " ago"
		}
		if p.LeavesVerdicts {
			state += ", leaves verdicts to other policies"
		}
		row(p.Name, fmt.Sprintf("%s:%d", p.Host, p.PID), p.Version, strings.Join(p.Roles, ","), text.Clip(p.Policies, 20), state)
	}
	if len(r.Processes) > 0 {
		row()
	}
	row("QUEUE", "READY", "OLDEST", "RUNNING", "LATER", "GIVEN UP")
	for _, q := range r.Queues {
		row(q.Queue, strconv.Itoa(q.Ready), seconds(q.OldestSeconds), strconv.Itoa(q.Running), strconv.Itoa(q.Later),
			strconv.Itoa(q.GivenUp))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	fmt.Fprintf(t.Out, "\n%s %s for a verdict, the oldest for %s.\n", text.Count(r.Waiting.Changes, "change"),
		text.Plural(r.Waiting.Changes, "waits", "wait"), seconds(r.Waiting.OldestSeconds))
	for _, l := range r.Limited {
		fmt.Fprintf(t.Out, "The forge takes no more requests of %s until %s.\n", l.Connection, l.Until.UTC().Format(time.RFC3339))
	}
	for _, w := range r.GitLab {
		if w.Webhook != "" && w.Webhook != "executable" {
			fmt.Fprintf(t.Out, "GitLab sends nothing of %s: its webhook is %s.\n", w.Name, w.Webhook)
		}
		if w.Gate == "none" {
			fmt.Fprintf(t.Out, "Nothing holds a merge into %s: see lintel doctor gitlab.\n", w.Name)
		}
	}
	for _, b := range r.Budgets {
		switch until := b.Until.Format(time.RFC3339); {
		case b.Paused:
			fmt.Fprintf(t.Out, "The forge refused %s: no process sends a request of it until %s.\n", b.Connection, until)
		case b.Low:
			fmt.Fprintf(t.Out, "%d of %d %s requests of %s are left until %s.\n", b.Left, b.Allowed, b.Resource, b.Connection, until)
		}
	}
	if r.Models.Calls > 0 {
		fmt.Fprintf(t.Out, "Models today: %s, %d tokens, %.2f.\n", text.Count(r.Models.Calls, "call"), r.Models.Tokens, r.Models.Cost)
	}
	for _, f := range r.Failing {
		fmt.Fprintf(t.Out, "Job %d (%s %q) is %s after try %d: %q\n", f.ID, f.Kind, f.Args, f.State, f.Attempt, text.Clip(f.Error, 300))
	}
	return nil
}
