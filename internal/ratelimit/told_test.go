package ratelimit_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ratelimit"
)

// busyRecord holds a note about connection 8 up until it is let go.
type busyRecord struct {
	hangingRecord
	busy chan struct{}
}

func (r *busyRecord) NoteQuota(_ context.Context, _ change.Forge, connection int64, q change.Quota) (change.Quota, error) {
	if connection == 8 {
		<-r.busy
	}
	return q, nil
}

// TestPauseBehindASlowNote: a pause that is not told as another note was under way for too long is told when that one
// ends, though nobody has anything else to tell.
func TestPauseBehindASlowNote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := &busyRecord{hangingRecord{noRecord: noRecord{new(int)}}, make(chan struct{})}
		l, err := ratelimit.New(ratelimit.Options{Record: record, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		forge := &github{allowed: 1000, reset: time.Now().Add(time.Hour)}
		p, other := process{l, l.Transport(change.GitHub, 7, forge)}, process{l, l.Transport(change.GitHub, 8, forge)}
		for _, one := range []process{p, other} {
			if err := one.send(t); err != nil {
				t.Fatal(err)
			}
			time.Sleep(6 * time.Second) // what this one was told is noted, that of the other is being noted
		}
		forge.secondary = 60
		until := time.Now().Unix() + 60
		if err := p.send(t); err != nil {
			t.Fatal(err)
		}
		close(record.busy)
		time.Sleep(30 * time.Second)
		if got := record.took.Load(); got != until {
			t.Errorf("the record was told of %d, want %d", got, until)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
