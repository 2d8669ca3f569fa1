// Package weekly tells teams once a week how their changes went: as a comment on an issue, or to a webhook. Nobody is
// told anything that the server's file does not ask for.
//
// Callers may rely on this:
//   - each digest of a week is told once: what was told is marked; an issue is looked at before, and a webhook whose
//     answer was lost gets the same key again;
//   - text of others is escaped, and no title, no person and no repository but the issue's own is named: an issue may be
//     public;
//   - the path of a webhook's address, which is its secret, is in no log, no error and no record; nothing follows where it
//     redirects.
package weekly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// Digest is one that somebody wants. Exactly one of Issue and Webhook is set.
type Digest struct {
	// Team is whose changes it is about; empty for all.
	Team string
	// Repository is owner/name and Issue the number of an issue there, or of a change.
	Repository string
	Issue      int
	// Webhook takes JSON with the Markdown as "text".
	Webhook string
}

// name is what tells a digest from others, without an address.
func (d Digest) name() string {
	if d.Issue != 0 {
		return fmt.Sprintf("weekly:%s:%s#%d", d.Team, strings.ToLower(d.Repository), d.Issue)
	}
	return "weekly:" + d.Team + ":webhook:" + fingerprint(d.Webhook)
}

// Figures are what a digest says.
type Figures interface {
	Count(ctx context.Context, f filter.Filter, spans []filter.Span, edges []int64) (figure.Counted, error)
	WaitingPulls(ctx context.Context, f filter.Filter, limit int, use func(figure.Pull) error) error
}

// Record keeps what was told.
type Record interface {
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
	// Owned is change.ErrNotFound for a repository that the App does not see.
	Owned(ctx context.Context, forge change.Forge, id int64, name string) (change.Repository, int64, error)
}

// Issues writes a comment on an issue, unless one of ours with that key, of hexadecimal digits, was written since.
type Issues interface {
	TellOnce(ctx context.Context, issue change.Ref, key, body string, since time.Time) error
}

// Options are what a Teller needs. Issues may be nil where no digest has an issue.
type Options struct {
	Digests []Digest
	Figures Figures
	Record  Record
	Issues  Issues
	// Words are what people call changes on the forges that are served; zero are GitHub's.
	Words change.Words
	Log   *slog.Logger
	Now   func() time.Time
}

// Teller is safe for use by one sweep at a time.
type Teller struct {
	o    Options
	hook *hook
}

// New checks that nothing is missing.
func New(o Options) (*Teller, error) {
	if o.Figures == nil || o.Record == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("tell teams of their weeks: figures, a record, a log and a clock are needed")
	}
	for _, d := range o.Digests {
		if (d.Issue != 0) == (d.Webhook != "") || d.Issue != 0 && o.Issues == nil {
			return nil, errors.New("tell teams of their weeks: a digest goes to an issue of GitHub or to a webhook")
		}
	}
	if o.Words == (change.Words{}) {
		o.Words = change.GitHub.Words()
	}
	return &Teller{o: o, hook: newHook()}, nil
}

// hour is when on Monday, UTC, the week before is told: late events have come by then.
const hour = 6

// Tell tells every digest of the last week that was not told yet. One that fails is tried again by the next sweep
// and does not hold up the others.
func (t *Teller) Tell(ctx context.Context) error {
	now := t.o.Now().UTC()
	monday := now.Truncate(24*time.Hour).AddDate(0, 0, -(int(now.Weekday())+6)%7)
	if now.Before(monday.Add(hour * time.Hour)) {
		monday = monday.AddDate(0, 0, -7)
	}
	var errs []error
	for _, d := range t.o.Digests {
		if err := t.tell(ctx, d, monday); err != nil {
			errs = append(errs, fmt.Errorf("tell team %q of its week: %w", d.Team, err))
		}
	}
	return errors.Join(errs...)
}

// tell tells one digest of the week that ended with monday.
func (t *Teller) tell(ctx context.Context, d Digest, monday time.Time) error {
	year, week := monday.AddDate(0, 0, -1).ISOWeek()
	told := fmt.Sprintf("%04d-W%02d", year, week)
	mark, err := t.o.Record.Mark(ctx, d.name())
	// A later week was told by a server whose clock is ahead: this one was told before, or is too old. Weeks sort as texts.
	if err != nil || mark >= told {
		return err
	}
	body, repository, connection, err := t.compose(ctx, d, monday, told)
	if err != nil {
		return err
	}
	key := d.name() + ":" + told
	if d.Issue != 0 {
		ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: repository.ID, Number: d.Issue}, Connection: connection,
			Owner: repository.Owner, Name: repository.Name}
		err = t.o.Issues.TellOnce(ctx, ref, fingerprint(key), body, t.o.Now().AddDate(0, 0, -14))
	} else {
		err = t.hook.post(ctx, d.Webhook, message{Text: body, Team: d.Team, Week: told, Key: fingerprint(key)})
	}
	if err != nil {
		return err
	}
	t.o.Log.InfoContext(ctx, "a team was told of its week", "team", d.Team, "week", told)
	return t.o.Record.SetMark(ctx, d.name(), told)
}

// week is the filter of the days from a Monday on.
func week(team string, from time.Time) (filter.Filter, error) {
	q := url.Values{"from": {from.Format(time.DateOnly)}, "to": {from.AddDate(0, 0, 6).Format(time.DateOnly)}}
	if team != "" {
		q.Set("team", team)
	}
	f, problems := filter.Parse(q, from.AddDate(0, 0, 7))
	if len(problems) > 0 {
		return f, fmt.Errorf("%s: %s", problems[0].Field, problems[0].Text)
	}
	return f, nil
}
