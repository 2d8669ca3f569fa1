package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/past"
)

// pasts is how far the past of repositories was read.
type pasts interface {
	Bookmark(ctx context.Context, forge change.Forge, repo int64) (past.Bookmark, error)
	Bookmarks(ctx context.Context, forge change.Forge) ([]past.Bookmark, error)
	Unread(ctx context.Context, forge change.Forge) ([]past.Bookmark, error)
	SaveBookmark(ctx context.Context, b *past.Bookmark) error
	WantPast(ctx context.Context, all []past.Bookmark) error
	AskPast(ctx context.Context, all []past.Bookmark) error
}

// wanted asks for the past of the one repository that a delivery told of.
func (r *Rig) wanted() past.Bookmark {
	r.t.Helper()
	r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
	fresh, err := r.Unread(ctx(), change.GitHub)
	r.fatal(err)
	if len(fresh) != 1 || fresh[0].Repository() != "acme/shop" || fresh[0].RepoID != repoID || fresh[0].Revision != 0 {
		r.t.Fatalf("unread: %+v", fresh)
	}
	fresh[0].Want(r.Clock.Now().AddDate(0, 0, -90), false)
	r.fatal(r.WantPast(ctx(), fresh))
	return fresh[0]
}

var bookmarkCases = map[string]func(*testing.T, *Rig){
	"a new repository is unread until its past is wanted": func(t *testing.T, r *Rig) {
		rings := r.Queue.Rings
		b := r.wanted()
		fresh, err := r.Unread(ctx(), change.GitHub)
		if err != nil || len(fresh) != 0 {
			t.Errorf("unread: %+v, %v", fresh, err)
		}
		want := queuedPast{repoID, delivery.Backfill, true, time.Time{}}
		if len(r.Queue.Pasts) != 1 || r.Queue.Pasts[0] != want || r.Queue.Rings <= rings {
			t.Errorf("jobs %+v", r.Queue.Pasts)
		}
		got, err := r.Bookmark(ctx(), change.GitHub, repoID)
		if err != nil || got.State != past.Wanted || !got.Since.Equal(b.Since) || got.Revision != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := r.Bookmark(ctx(), change.GitHub, repoID+1); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("of nothing: %v", err)
		}
	},
	"a bookmark comes back as it was saved": func(t *testing.T, r *Rig) {
		b := r.wanted()
		b.Began = r.Clock.Now()
		b.Read(past.Page{Pulls: 25, Total: 80, Oldest: r.Clock.Now().AddDate(0, 0, -9), Cursor: "c", More: true, Calls: 2, Points: 9})
		b.State, b.Until, b.Why = past.Paused, r.Clock.Now().Add(time.Hour), "a limit"
		b.Production, b.Unread = "releases 2", "deployments"
		r.fatal(r.SaveBookmark(ctx(), &b))
		all, err := r.Bookmarks(ctx(), change.GitHub)
		if err != nil || len(all) != 1 || all[0] != b {
			t.Errorf("%+v, %v; want %+v", all, err, b)
		}
		r.fatal(r.AskPast(ctx(), all))
		if got := r.Queue.Pasts[len(r.Queue.Pasts)-1]; !got.At.Equal(b.Until) || got.Wake {
			t.Errorf("a paused reading is asked for at %+v", got)
		}
	},
	"of two that save one revision the second is refused": func(t *testing.T, r *Rig) {
		b := r.wanted()
		other := b
		b.Pulls = 25
		r.fatal(r.SaveBookmark(ctx(), &b))
		if err := r.SaveBookmark(ctx(), &other); !errors.Is(err, past.ErrMoved) {
			t.Errorf("the second: %v", err)
		}
		b.Pulls = 50
		r.fatal(r.SaveBookmark(ctx(), &b))
	},
	"when a job cannot be inserted the bookmark is not wanted either": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		fresh, err := r.Unread(ctx(), change.GitHub)
		r.fatal(err)
		r.Queue.Fail = errors.New("no queue")
		if err := r.WantPast(ctx(), fresh); !errors.Is(err, r.Queue.Fail) {
			t.Errorf("%v", err)
		}
		if all, err := r.Bookmarks(ctx(), change.GitHub); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	},
}
