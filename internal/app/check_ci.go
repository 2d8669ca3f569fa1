package app

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// detectCI finds out which CI the process runs in, and what it says of the change. The error says what to do without.
func detectCI(ctx context.Context, getenv func(string) string) (ci.Job, error) {
	job, err := ci.Detect(getenv, func(path string) ([]byte, error) {
		return terminal.ReadFile(ctx, "GITHUB_EVENT_PATH", path, ci.MaxEvent)
	})
	if unusable, ok := errors.AsType[*ci.Unusable](err); ok {
		err = &usage.Error{What: unusable.What, Remedy: "correct it, or take nothing of the change from the CI: --no-ci for check, --sha for report", Err: unusable}
	}
	return job, err
}

// job is what the CI says, for a check; nil when nothing is to be taken from one or there is none.
func (req CheckRequest) job(ctx context.Context) (*ci.Job, error) {
	if req.NoCI || req.Getenv == nil {
		return nil, nil
	}
	job, err := detectCI(ctx, req.Getenv)
	if err != nil || job.Name == "" {
		return nil, err
	}
	return &job, nil
}

// lands are the merge settings that --squash stands for: only a squash under the title, or all but a squash.
func lands(squash string) change.MergeSettings {
	yes, no := true, false
	switch squash {
	case "title":
		return change.MergeSettings{Squash: &yes, Merge: &no, Rebase: &no, SquashTitle: "PR_TITLE"}
	case "commits":
		return change.MergeSettings{Squash: &no, Merge: &yes, Rebase: &yes}
	}
	return change.MergeSettings{}
}
