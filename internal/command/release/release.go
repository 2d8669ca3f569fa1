// Package release is lintel release: it has drafts of comments posted.
package release

import (
	"context"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/thread"
)

// Command is "lintel release".
type Command struct {
	operator.PullFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Has the comments posted that wait as drafts on a change (advise.comments: draft), as the button on the
check does for people with write permission. The change's history names who ran this. Run it where the database
is.

Examples:

    lintel release --config /etc/lintel/server.yml 'acme/shop#12'
    lintel release --config /etc/lintel/server.yml --format json 'acme/shop#12'`
}

// Run asks the server that works on this database to post the drafts of comments on a pull request. Who can write the
// database may do so; the history of the pull request names the account that ran the command.
func (c Command) Run(ctx context.Context, t terminal.Terminal) (err error) {
	asked, err := c.Begin(ctx, t.Env)
	if err != nil {
		return err
	}
	pull, st := asked.Pull, asked.Store
	defer func() { err = errors.Join(err, st.Close()) }()
	record, err := st.Find(ctx, pull.Forge, pull.Owner, pull.Repository, pull.Number)
	if errors.Is(err, change.ErrNotFound) {
		return fmt.Errorf("%s is not known here, so nothing of it waits", pull)
	}
	if err != nil {
		return err
	}
	points, err := st.Findings(ctx, record.Key)
	if err != nil {
		return err
	}
	waiting := 0
	for _, p := range points {
		if p.State == thread.Waiting {
			waiting++
		}
	}
	result := map[string]any{"pull_request": record.Ref.String(), "drafts": waiting}
	if waiting == 0 {
		if c.JSON() {
			return t.WriteJSON(result)
		}
		fmt.Fprintf(t.Out, "No drafts of comments wait on %s.\n", record.Ref)
		return nil
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: record.Forge, ReceivedAt: st.Now()}, Outcome: delivery.Accepted,
		Requests: []delivery.ReviewRequest{
			{Ref: &record.Ref, Lane: delivery.Interactive, Why: "release of comments asked (lintel release)"},
		},
		Release: &delivery.Release{SHA: record.Head.SHA, Actor: operator.Name(), Via: "command"}}
	if _, err := st.Admit(ctx, a); err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(result)
	}
	fmt.Fprintf(t.Out, "%s on %s will be posted within seconds.\n", text.Count(waiting, "draft"), record.Ref)
	return nil
}
