package source

import (
	"context"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/cijob"
)

// job is what the CI says of the change; nil without a CI, and when nothing is to be taken from one.
func (f Flags) job(ctx context.Context, getenv func(string) string) (*ci.Job, error) {
	if f.NoCI {
		return nil, nil
	}
	job, err := cijob.Detect(ctx, getenv)
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
