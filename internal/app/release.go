package app

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/thread"
)

// Release asks the server that works on this database to post the drafts of comments on owner/repo#n. Who can write the database may do so; the
// history of the pull request names the account that ran the command.
func Release(ctx context.Context, t terminal.Terminal, c config.Config, name string) (err error) {
	owner, short, number, err := splitPull(name)
	if err != nil {
		return err
	}
	st, err := openQueue(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	record, err := st.Find(ctx, change.GitHub, owner, short, number)
	if errors.Is(err, change.ErrNotFound) {
		return fmt.Errorf("%s is not known here, so nothing of it waits", name)
	}
	if err != nil {
		return err
	}
	points, err := st.Points(ctx, record.Key)
	if err != nil {
		return err
	}
	waiting := 0
	for _, p := range points {
		if p.State == thread.Waiting {
			waiting++
		}
	}
	if waiting == 0 {
		fmt.Fprintf(t.Out, "No drafts of comments wait on %s.\n", record.Ref)
		return nil
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub, ReceivedAt: time.Now()}, Outcome: delivery.Accepted,
		Touches: []delivery.Touch{{Ref: &record.Ref, Lane: delivery.Interactive, Why: "release of comments asked (lintel release)"}},
		Release: &delivery.Release{SHA: record.Head.SHA, Actor: operator(), Via: "command"}}
	if _, err := st.Admit(ctx, a); err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "%s on %s will be posted within seconds.\n", text.Count(waiting, "draft"), record.Ref)
	return nil
}

// operator names whoever runs a command on the server's machine, for the record.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username + " (operator)"
	}
	return "operator"
}
