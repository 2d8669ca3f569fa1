package backfill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/backfill"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/past"
)

// glance is how often the server's progress is looked at.
const glance = 500 * time.Millisecond

// follow shows what the server reads until nothing is left.
func (r *run) follow(ctx context.Context) error {
	shown := map[repository]int64{}
	for {
		all, err := r.bookmarks(ctx)
		if err != nil {
			return err
		}
		waits := false
		for _, b := range all {
			if shown[repository{b.Forge, b.RepoID}] != b.Revision && b.Revision > 0 {
				shown[repository{b.Forge, b.RepoID}] = b.Revision
				r.show(b, 0)
			}
			waits = waits || b.Waits()
		}
		if !waits {
			return nil
		}
		select {
		case <-ctx.Done():
			r.Notef("the server reads on")
			return nil
		case <-time.After(glance):
		}
	}
}

// inPlace reads one repository after the other.
func (r *run) inPlace(ctx context.Context) error {
	all, err := r.bookmarks(ctx)
	wanted := slices.DeleteFunc(all, func(b past.Bookmark) bool { return !b.Waits() })
	if err != nil || len(wanted) == 0 {
		return err
	}
	forges := map[change.Forge]backfill.Forge{}
	for _, b := range wanted {
		if forges[b.Forge], err = r.forge(b.Forge); err != nil {
			return err
		}
	}
	reader, err := backfill.New(backfill.Options{
		Forges:   forges,
		Record:   r.store,
		Events:   r.store,
		Log:      slog.New(slog.DiscardHandler),
		Now:      time.Now,
		Progress: r.show,
	})
	if err != nil {
		return err
	}
	var failed error
	for _, b := range wanted {
		if err := r.patiently(ctx, reader, b); err != nil && ctx.Err() == nil {
			failed = errors.Join(failed, err)
		}
	}
	if stopped := ctx.Err() != nil; stopped {
		r.Notef("stopped; what was read is kept, and the same command goes on from there")
	}
	return failed
}

// tries is how often a fault of the forge is met with another try.
const tries = 5

// patiently reads one repository, through limits and passing faults.
func (r *run) patiently(ctx context.Context, reader *backfill.Reader, b past.Bookmark) error {
	for faults := 0; ; {
		err := reader.Read(ctx, b.Forge, b.RepoID)
		if err == nil {
			return nil
		}
		wait := time.Duration(1<<faults) * time.Second
		later, isLater := errors.AsType[*job.Later](err)
		given, isGiven := errors.AsType[*job.GivenUp](err)
		switch now, known := r.store.Bookmark(ctx, b.Forge, b.RepoID); {
		case isGiven:
			return given.Err
		case known == nil && now.State == past.Failed:
			return err
		case isLater:
			wait = later.After
		default:
			if faults++; faults == tries {
				return fmt.Errorf("read the past of %s: %w", b.Repository(), err)
			}
			r.Notef("%s: %v; again in %s", b.Repository(), err, wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// show prints one line of progress.
func (r *run) show(b past.Bookmark, _ int) {
	of := ""
	if b.Waits() && b.Total > 0 {
		of = fmt.Sprintf(" (%.0f %% of the time asked for)", 100*b.Ratio())
	}
	r.Notef("%s%s", b, of)
}
