package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/uploader"
)

type deploymentCommand struct {
	sender
	Environment string `default:"production" help:"Where it was deployed to: production, prod-eu, live and the like count."`
	Service     string `placeholder:"NAME" help:"What was deployed, where a repository holds several services."`
	ID          string `placeholder:"ID" name:"id" help:"The deployment's own id; the same id is the same deployment. Default: the commit."`
	Result      string `enum:"success,failure" default:"success" help:"How it ended: success or failure. Default: success."`
	Unplanned   bool   `help:"Say that it was made because of a failure in production."`
}

// Help is shown below the flags' summary.
func (deploymentCommand) Help() string {
	return `For the job that deploys, when it is done. From deployments follow the five metrics of DORA; docs/flow.md. A run on a
pull request may not say so. Deployments that GitHub tells of by deployment_status need no command.

Exit status: 0 taken; 1 the server refused it, and says why; 2 the server could not be reached, or the command was used
wrongly.

Examples:

    lintel report deployment --server https://lintel.example
    lintel report deployment --service api --environment prod-eu --unplanned`
}

// Run tells the server what was deployed.
func (c deploymentCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(c.tell(ctx, t))
}

// deployed is the body of the request.
type deployed struct {
	ID          string `json:"id,omitempty"`
	SHA         string `json:"sha"`
	Environment string `json:"environment"`
	Service     string `json:"service,omitempty"`
	Result      string `json:"result"`
	Unplanned   *bool  `json:"unplanned,omitempty"`
}

func (c deploymentCommand) tell(ctx context.Context, t terminal.Terminal) (taken bool, err error) {
	s, err := c.prepare(ctx, t, "")
	if err != nil {
		return false, err
	}
	body := deployed{ID: c.ID, SHA: s.target.SHA, Environment: c.Environment, Service: c.Service, Result: c.Result}
	if c.Unplanned {
		body.Unplanned = &c.Unplanned
	}
	text, err := json.Marshal(body)
	if err != nil {
		return false, fmt.Errorf("write the deployment: %w", err)
	}
	if s.tokenless != "" {
		t.Notef("%s; nothing was deployed from here", s.tokenless)
		return false, nil
	}
	err = s.client.Deployment(ctx, s.target, text)
	if refusal, ok := errors.AsType[*uploader.Refusal](err); ok && refusal.Status != 0 {
		t.Notef("%s", refusal)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("say what was deployed: %w", err)
	}
	t.Notef("said that %s was deployed to %s", change.Short(s.target.SHA), c.Environment)
	return true, nil
}
