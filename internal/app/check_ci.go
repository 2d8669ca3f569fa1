package app

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/forge/local"
)

// detectCI finds out which CI the process runs in, and what it says of the change. The error says what to do without.
func detectCI(ctx context.Context, getenv func(string) string) (ci.Job, error) {
	job, err := ci.Detect(getenv, func(path string) ([]byte, error) { return readFile(ctx, "GITHUB_EVENT_PATH", path, ci.MaxEvent) })
	if unusable, ok := errors.AsType[*ci.Unusable](err); ok {
		err = &local.UsageError{What: unusable.What, Remedy: "correct it, or take nothing of the change from the CI: --no-ci for check, --sha for report", Err: unusable}
	}
	return job, err
}

// job is what the CI says, for a check; nil when nothing is to be taken from one or there is none.
func (req CheckRequest) job(ctx context.Context) (*ci.Job, error) {
	if req.NoCI {
		return nil, nil
	}
	job, err := detectCI(ctx, req.Getenv)
	if err != nil || job.Name == "" {
		return nil, err
	}
	return &job, nil
}
