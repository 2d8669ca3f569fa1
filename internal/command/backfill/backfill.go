// Package backfill is lintel backfill: it has the past of repositories read, by the server that runs or in its place.
package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Command is "lintel backfill".
type Command struct {
	config.DatabaseFlags
	operator.ForgeFlag
	Org   string `placeholder:"NAME" xor:"what" help:"Read all repositories of an organisation, or all projects in a GitLab group and below."`
	Repo  string `placeholder:"OWNER/NAME" xor:"what" help:"Read the past of one repository."`
	Since string `placeholder:"DATE" help:"How far back, such as 2025-01-01; by default flow.backfill_days, and all of a clone."`
	Again bool   `help:"Read also what was read before, from the newest change on."`
	Clone string `placeholder:"DIR" help:"Read a clone instead of the forge: reverts, commits of merges, rewritten lines."`
	Tags  string `placeholder:"REGEXP" help:"With --clone: which tags are releases, such as '^v\\d+\\.\\d+\\.\\d+$'; by default none."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Webhooks tell of pull requests and merge requests from the day on which Lintel is connected. This reads what happened
before, for the figures of how they go: opened, reviewed, merged, when and by whom. Run it where the server's
database is. When a server runs on that database it does the reading, and this follows it; Ctrl-C ends the following
alone. Otherwise this reads with the App's key, or GitLab's token, and Ctrl-C keeps what was read: the same command
goes on from there.

A reading leaves a fifth of the forge's limit to everything else and waits for the next hour when that is reached. With
--clone nothing is asked of the forge: git makes the figures of rewritten lines, and tells the history of files that the
risk of a change counts; docs/backfill.md.

Exit status: 0 when all is read, or goes on later; 2 when a repository could not be read.

Examples:

    lintel backfill --config /etc/lintel/server.yml --org acme --since 2025-01-01
    lintel backfill --config /etc/lintel/server.yml --repo acme/tools/shop --forge gitlab
    lintel backfill --config /etc/lintel/server.yml --repo acme/shop --clone /srv/clones/shop
    lintel backfill --config /etc/lintel/server.yml --org acme --format json
    lintel backfill --config server.yml --repo acme/shop --clone ../shop --tags '^v\d+\.\d+\.\d+$'`
}

// Run reads the past, or has it read.
func (c Command) Run(ctx context.Context, t terminal.Terminal) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	since, err := c.since(cfg, time.Now())
	if err != nil {
		return err
	}
	st, err := operator.OpenToAsk(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if c.Clone != "" {
		return c.readClone(ctx, t, st, since)
	}
	run := &run{Terminal: t, store: st, config: cfg, on: change.Forge(c.Forge)}
	all, err := run.find(ctx, c.Org, c.Repo)
	if err != nil {
		return err
	}
	if err := run.want(ctx, all, since, c.Again); err != nil {
		return err
	}
	serving, err := store.Serving(ctx, cfg.Database)
	if err != nil {
		return err
	}
	if serving {
		t.Notef("the server on this database reads the past; Ctrl-C ends the following alone")
		err = run.follow(ctx)
	} else {
		err = run.inPlace(ctx)
	}
	return errors.Join(err, run.summary(context.WithoutCancel(ctx), c.JSON()))
}

// check says what is wrong with the flags before anything is opened.
func (c Command) check() error {
	switch {
	case c.Org == "" && c.Repo == "":
		return &usage.Error{What: "nobody is named whose past to read", Remedy: "add --org acme, or --repo acme/shop"}
	case c.Repo == "" && c.Clone != "":
		return &usage.Error{What: "--clone is of one repository", Remedy: "name it with --repo acme/shop"}
	case c.Tags != "" && c.Clone == "":
		return &usage.Error{What: "--tags are those of a clone", Remedy: "name the clone with --clone"}
	case c.Repo != "":
		return operator.CheckRepository(c.Repo)
	}
	return nil
}

// since is the time to read back to.
func (c Command) since(cfg config.Config, now time.Time) (time.Time, error) {
	if c.Since == "" && c.Clone != "" {
		return time.Time{}, nil // git asks nobody: all of it
	}
	if c.Since == "" {
		since := cfg.Flow.Since(now)
		if since.IsZero() {
			return since, &usage.Error{What: "flow.backfill_days is 0, so the server's file does not say how far back",
				Remedy: "add --since, such as --since " + now.AddDate(-1, 0, 0).Format(time.DateOnly)}
		}
		return since, nil
	}
	since, err := time.Parse(time.DateOnly, c.Since)
	if err != nil || since.After(now) {
		return since, &usage.Error{What: fmt.Sprintf("--since %q is no day of the past", c.Since), Remedy: "write it as 2025-01-01"}
	}
	return since, nil
}

// run is one run of the command.
type run struct {
	terminal.Terminal
	store  *store.Store
	config config.Config
	// names are the repositories that it is about.
	names map[repository]bool
	// on is the one forge that is meant; empty for any.
	on change.Forge
}

// repository is one of a forge.
type repository struct {
	forge change.Forge
	id    int64
}

// want asks for the past of repositories. What was asked for before, and more, stays as it is.
func (r *run) want(ctx context.Context, all []past.Bookmark, since time.Time, again bool) error {
	r.names = map[repository]bool{}
	var wanted []past.Bookmark
	for _, b := range all {
		r.names[repository{b.Forge, b.RepoID}] = true
		before := b
		switch more := b.Want(since, again); {
		case more:
			wanted = append(wanted, b)
		case b != before: // there is no more to read
			if err := r.store.SaveBookmark(ctx, &b); err != nil {
				return err
			}
		}
	}
	return r.store.WantPast(ctx, wanted)
}

// bookmarks are those that the run is about, as they stand.
func (r *run) bookmarks(ctx context.Context) (mine []past.Bookmark, err error) {
	all, err := r.listed(ctx, r.store.Bookmarks)
	for _, b := range all {
		if r.names[repository{b.Forge, b.RepoID}] {
			mine = append(mine, b)
		}
	}
	return mine, err
}

// summary prints how each repository stands. What could not be read is the error.
func (r *run) summary(ctx context.Context, json bool) error {
	all, err := r.bookmarks(ctx)
	if err != nil {
		return err
	}
	failed, calls := 0, 0
	for _, b := range all {
		if !json {
			fmt.Fprintln(r.Out, b)
		}
		calls += b.Calls
		if b.State == past.Failed {
			failed++
		}
	}
	sum := past.Sum(all)
	if json {
		if err := r.WriteJSON(resultOf(all, sum, calls)); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(r.Out, "%d of %d repositories are complete: %d changes, %d requests to the forge\n", sum.Complete,
			sum.Repositories, sum.Pulls, calls)
	}
	if failed > 0 {
		return fmt.Errorf("the past of %d of %d repositories could not be read", failed, len(all))
	}
	return nil
}
