package ratelimit_test

import (
	"context"
	"log/slog"
	"net/http"
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

// TestPauseByAClockThatWasAhead: a pause that ends hours ahead by a clock that was set right never counts again.
func TestPauseByAClockThatWasAhead(t *testing.T) {
	right := time.Unix(1_800_000_000, 0)
	now := right.Add(2 * time.Hour)
	l, err := ratelimit.New(ratelimit.Options{Record: noRecord{new(int)}, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return now }, Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	send := func(status int) error {
		rt := l.Transport(change.GitHub, 1, answer{status, map[string]string{"Retry-After": "60"}, "", &sent})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://forge.example.com/x", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := rt.RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	if err := send(http.StatusTooManyRequests); err != nil {
		t.Fatal(err)
	}
	if err := send(http.StatusOK); err == nil {
		t.Error("a refused connection went on at once")
	}
	// The clock is set right, and an hour later the pause would be one that a forge can make.
	for _, now = range []time.Time{right, right.Add(time.Hour)} {
		if err := send(http.StatusOK); err != nil {
			t.Errorf("%s after the clock was set right: %v", now.Sub(right), err)
		}
	}
}
