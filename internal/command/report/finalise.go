package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/uploader"
)

type finaliseCommand struct {
	sender
}

// Help is shown below the flags' summary.
func (finaliseCommand) Help() string {
	return `For the last job of a run, after all that send reports, whether they failed or not. What the settings expect
and has not come is missing from then on, without waiting for the deadline.

Exit status: 0 taken; 1 the server refused it, and says why; 2 the server could not be reached, or the command was used
wrongly.

Examples:

    lintel report finalise --server https://lintel.example`
}

// Run tells the server that all reports are sent.
func (c finaliseCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(c.finalise(ctx, t))
}

// finalise says that CI has sent all it will send for a commit. It is false when the server refused that.
func (c finaliseCommand) finalise(ctx context.Context, t terminal.Terminal) (taken bool, err error) {
	s, err := c.prepare(ctx, t, "")
	if err != nil {
		return false, err
	}
	if s.tokenless != "" {
		// That is no fault of the job, which must not turn red for it.
		t.Notef("%s; nothing is said, and what is missing is named at the deadline", s.tokenless)
		return true, nil
	}
	_, err = s.client.Finalise(ctx, s.target)
	if refusal, ok := errors.AsType[*uploader.Refusal](err); ok && refusal.Status != 0 {
		t.Notef("%s", refusal)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("say that all reports are sent: %w", err)
	}
	t.Notef("said that all reports of %s are sent", change.Short(s.target.SHA))
	return true, nil
}
