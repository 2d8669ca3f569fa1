package organisationjobs

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// All are the jobs of each forge that is served.
type All map[change.Forge]*Jobs

// each does something on every forge; one that fails keeps no other from it.
func (a All) each(ctx context.Context, do func(*Jobs, context.Context) error) (failed error) {
	for _, forge := range change.Forges() {
		if j := a[forge]; j != nil {
			failed = errors.Join(failed, do(j, ctx))
		}
	}
	return failed
}

// Refresh reads the files of all organisations.
func (a All) Refresh(ctx context.Context) error { return a.each(ctx, (*Jobs).Refresh) }

// Advance lets the waves of all organisations go on.
func (a All) Advance(ctx context.Context) error { return a.each(ctx, (*Jobs).Advance) }

// Is reports whether a file of a repository is an organisation's file.
func (a All) Is(forge change.Forge, r change.Repository, path string) bool {
	j := a[forge]
	return j != nil && j.Is(r, path)
}

// Scan reads the file of a repository, when it is one that holds an organisation's file.
func (a All) Scan(ctx context.Context, s delivery.Scan) error {
	if j := a[s.Forge]; j != nil {
		return j.Scan(ctx, s)
	}
	return nil
}
