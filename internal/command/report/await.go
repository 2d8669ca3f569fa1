package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/uploader"
	"github.com/lintel-review/lintel/internal/usage"
)

// Await is "lintel await".
type Await struct {
	sender
	terminal.Format
	Pull    int           `placeholder:"N" help:"The number of the pull request or merge request. Default: what the CI or the token says."`
	Timeout time.Duration `placeholder:"DURATION" default:"15m" help:"How long to wait for a verdict. Default: 15m."`

	// Every is how long to wait between two questions; 0 is three seconds.
	Every time.Duration `kong:"-"`
}

// Help is shown below the flags' summary.
func (Await) Help() string {
	return `Waits until the server has judged the head that this job runs for, and passes or fails as the verdict does. So
a pipeline can depend on Lintel where the forge has no required check, or begin a costly job only after a green verdict.

Only a verdict passes: an unknown change, a server that does not answer and a verdict that waits for reports end
with status 2 when the time is over. So do not wait for it in the job that sends the reports it waits for.

Exit status: 0 the verdict is success; 1 it is failure; 2 there was none in time, or the command was used wrongly.

Examples:

    lintel await --server https://lintel.example
    lintel await --sha "$GIT_COMMIT" --pull 12 --repository acme/shop --timeout 5m`
}

// Run waits for the verdict and says it.
func (c Await) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(c.wait(ctx, t))
}

func (c Await) wait(ctx context.Context, t terminal.Terminal) (passed bool, err error) {
	s, err := c.prepare(ctx, t, "")
	if err != nil {
		return false, err
	}
	if s.tokenless != "" {
		return false, &usage.Error{What: s.tokenless, Remedy: "wait in a job that may have a token, or require the check itself"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	head := change.Short(s.target.SHA)
	t.Notef("waiting for the verdict on %s, at most %s", head, c.Timeout)
	var last uploader.Verdict
	for {
		v, err := s.client.Verdict(ctx, s.target, cmp.Or(c.Pull, s.ci.Pull))
		refusal, refused := errors.AsType[*uploader.Refusal](err)
		switch {
		case refused && refusal.Status != 0:
			return false, &usage.Error{What: refusal.What, Remedy: refusal.Remedy}
		case err != nil && ctx.Err() == nil:
			return false, fmt.Errorf("ask for the verdict: %w", err)
		case err == nil && v.State != "pending":
			if c.JSON() {
				return v.State == "success", t.WriteJSON(v)
			}
			_, err := fmt.Fprintf(t.Out, "%s: %s\n", cmp.Or(v.Change, head), v.State)
			if v.URL != "" && err == nil {
				_, err = fmt.Fprintln(t.Out, v.URL)
			}
			return v.State == "success", err
		case err == nil:
			last = v
			err = sleep(ctx, cmp.Or(c.Every, 3*time.Second))
		}
		if err != nil {
			return false, overdue(head, c.Timeout, last)
		}
	}
}

// overdue says that there was no verdict in time, and as much of why as is known.
func overdue(head string, after time.Duration, last uploader.Verdict) error {
	e := &usage.Error{
		What:   fmt.Sprintf("there was no verdict on %s within %s", head, after),
		Remedy: "look at the check on the forge; give more time with --timeout",
	}
	switch {
	case last.URL != "":
		e.Remedy = "see what it waits for: " + last.URL
	case last.State != "" && last.Change == "":
		e.Remedy = "the server knows no such change: see whether its webhook arrives there"
	}
	return e
}
