// Package rules is lintel rules: what the server's record says of the rules.
package rules

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel rules". They read the server's database.
type Commands struct {
	Evidence  evidence         `cmd:"" help:"Say what each rule would have blocked, before it blocks anything."`
	Scorecard scorecardCommand `cmd:"" help:"Say how often each rule fired, what people did about it, and how much of it was noise."`
}

// Help is shown below the flags' summary.
func (Commands) Help() string {
	return `Run this where the server's database is; the server may run.`
}

// scope is a part of the record.
type scope struct {
	config.DatabaseFlags
	operator.ForgeFlag
	Repo  string `placeholder:"OWNER/REPO" help:"Of this repository alone. Default: of all."`
	Since string `placeholder:"WHEN" default:"28d" help:"From this day or age on: 2026-03-01, 28d. Default: ${default}."`
}

// read opens the record, finds the repository (id 0: all) and reads since when.
func (s scope) read(ctx context.Context, t terminal.Terminal,
	use func(st *store.Store, forge change.Forge, repo int64, since time.Time) error) (err error) {
	if s.Repo != "" {
		if err := operator.CheckRepository(s.Repo); err != nil {
			return err
		}
	}
	since, err := parseSince(s.Since, time.Now())
	if err != nil {
		return err
	}
	cfg, err := s.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if s.Repo == "" {
		return use(st, "", 0, since)
	}
	forge, repo, err := s.Repository(ctx, st, s.Repo)
	if err != nil {
		return err
	}
	return use(st, forge, repo.ID, since)
}

// parseSince reads a day, or how many days ago. Counts are kept by day.
func parseSince(s string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, s); err == nil && !at.After(now) {
		return at, nil
	}
	var days int
	if _, err := fmt.Sscanf(s+"\n", "%dd\n", &days); err == nil && days >= 1 && days <= 3650 {
		return now.AddDate(0, 0, 1-days), nil
	}
	return time.Time{}, &usage.Error{
		What:   fmt.Sprintf("--since %q is no day up to today and no number of days", s),
		Remedy: "write 2026-03-01 or 28d",
	}
}
