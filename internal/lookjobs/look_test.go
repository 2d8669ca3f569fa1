package lookjobs

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
)

// oneChange is a record of one change, and the queue and the work of its looks.
type oneChange struct {
	record change.Record
	// reads counts the readings; looked are the generations that were looked at.
	reads    int
	looked   []int64
	inserted int
	// raise is called with each reading.
	raise func(r *oneChange)
}

func (o *oneChange) LookRecord(context.Context, change.Key) (change.Record, change.Room, error) {
	o.reads++
	was := o.record
	o.raise(o)
	return was, change.Room{}, nil
}

func (o *oneChange) InChange(_ context.Context, _ change.Key, _ string, f func(tx *sql.Tx) error) error {
	return f(nil)
}

func (o *oneChange) GenerationTx(context.Context, *sql.Tx, change.Key) (int64, error) {
	return o.record.Generation, nil
}

func (o *oneChange) EvaluatedTx(_ context.Context, _ *sql.Tx, _ change.Key, gen int64) error {
	o.record.Evaluated = gen
	return nil
}
func (*oneChange) Hold(context.Context, change.Forge, int64, time.Time) error { return nil }

func (o *oneChange) InsertTx(context.Context, *sql.Tx, job.Args, job.When) error {
	o.inserted++
	return nil
}
func (*oneChange) Ring() {}

func (o *oneChange) Look(_ context.Context, r change.Record, _ job.Attempt) error {
	o.looked = append(o.looked, r.Generation)
	return nil
}
func (*oneChange) Scan(context.Context, delivery.Scan) error { return nil }

// try is one try of the change's job.
type try struct{}

func (try) Attempt() job.Attempt                              { return job.Attempt{Number: 1} }
func (try) CompleteTx(context.Context, *sql.Tx) (bool, error) { return true, nil }
func (try) GiveUpTx(context.Context, *sql.Tx) (bool, error)   { return true, nil }

// TestReadAgainAfterAWait: a look that waited judges what was raised meanwhile; one that did not wait reads its record
// once, and what is raised after that makes a fresh job.
func TestReadAgainAfterAWait(t *testing.T) {
	t.Parallel()
	key := change.Key{Forge: change.GitHub, RepoID: 1, Number: 1}
	for name, c := range map[string]struct {
		waits           bool
		reads, inserted int
		looked          int64
	}{
		"no wait": {false, 1, 1, 1},
		"a wait":  {true, 2, 0, 2},
	} {
		r := &oneChange{record: change.Record{Ref: change.Ref{Key: key}, Generation: 1}}
		r.raise = func(r *oneChange) { // an event comes right after the first reading
			if r.reads == 1 {
				r.record.Generation++
			}
		}
		o := Options{Record: r, Jobs: r, Handler: r, Log: slog.New(slog.DiscardHandler), Now: time.Now, Workers: 1,
			PerConnection: 1, Timeout: time.Hour, Debounce: time.Hour,
			Arrived: func(context.Context, change.Key, time.Time) (all, more bool, err error) { return true, false, nil }}
		w, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if c.waits {
			w.starts.set(key, time.Now())
		}
		if err := w.Look(t.Context(), job.Look{Key: key.String()}, try{}); err != nil {
			t.Fatal(err)
		}
		if r.reads != c.reads || r.inserted != c.inserted || len(r.looked) != 1 || r.looked[0] != c.looked {
			t.Errorf("%s: read %d times, looked at %v, %d fresh jobs", name, r.reads, r.looked, r.inserted)
		}
	}
}
