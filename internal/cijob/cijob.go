// Package cijob finds out which CI job the process runs in, by its environment and the file of its event.
package cijob

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Detect says which CI the process runs in, and what it says of the change; a Job without a name when there is none. A
// usage.Error says what to do without the CI's word.
func Detect(ctx context.Context, getenv func(string) string) (ci.Job, error) {
	job, err := ci.Detect(getenv, func(path string) ([]byte, error) {
		return terminal.ReadFile(ctx, "GITHUB_EVENT_PATH", path, ci.MaxEvent)
	})
	if unusable, ok := errors.AsType[*ci.Unusable](err); ok {
		err = &usage.Error{
			What:   unusable.What,
			Remedy: "correct it, or take nothing of the change from the CI: --no-ci for check, --sha for report",
			Err:    unusable,
		}
	}
	return job, err
}
