package backfill

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/past"
)

// Requests is the record of what is to be read.
type Requests interface {
	// Unread are bookmarks for repositories of which nobody asked for the past.
	Unread(ctx context.Context, forge change.Forge) ([]past.Bookmark, error)
	Bookmarks(ctx context.Context, forge change.Forge) ([]past.Bookmark, error)
	// WantPast saves bookmarks and asks for their reading, AskPast asks for it alone.
	WantPast(ctx context.Context, all []past.Bookmark) error
	AskPast(ctx context.Context, all []past.Bookmark) error
}

const (
	// batch is how many readings are asked for in one transaction.
	batch = 100
	// quiet is how long a reading may not move before its job may be lost, and again how many are asked for again at once:
	// as readings come one after the other, those are enough for the rest to have their turn.
	quiet, again = 10 * time.Minute, 50
)

// Begin asks for the past since a time of each repository of a forge that is new here, unless since is zero, and again for
// the readings whose jobs may be lost. It is a sweep: what it asks for twice is read once.
func Begin(ctx context.Context, record Requests, forge change.Forge, since, now time.Time) error {
	if !since.IsZero() {
		fresh, err := record.Unread(ctx, forge)
		if err != nil {
			return err
		}
		for i := range fresh {
			fresh[i].Want(since, false)
		}
		if err := inBatches(ctx, fresh, record.WantPast); err != nil {
			return err
		}
	}
	all, err := record.Bookmarks(ctx, forge)
	if err != nil {
		return err
	}
	var waiting []past.Bookmark
	for _, b := range all {
		if b.Waits() && now.Sub(b.Until) >= 0 && now.Sub(b.UpdatedAt) >= quiet && len(waiting) < again {
			waiting = append(waiting, b)
		}
	}
	return inBatches(ctx, waiting, record.AskPast)
}

// Ratio says how much of the past of all repositories of some forges was read.
func Ratio(record Requests, forges []change.Forge) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		var all []past.Bookmark
		for _, forge := range forges {
			some, err := record.Bookmarks(ctx, forge)
			if err != nil {
				return 0, err
			}
			all = append(all, some...)
		}
		return past.Sum(all).Ratio, nil
	}
}

func inBatches(ctx context.Context, all []past.Bookmark, ask func(context.Context, []past.Bookmark) error) error {
	for len(all) > 0 {
		n := min(len(all), batch)
		if err := ask(ctx, all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}
