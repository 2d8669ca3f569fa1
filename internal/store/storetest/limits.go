package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/limits"
)

// forgeLimits is what forges told of their limits.
type forgeLimits interface {
	NoteQuota(ctx context.Context, forge change.Forge, connection int64, q change.Quota) (change.Quota, error)
	LeaseQuota(ctx context.Context, forge change.Forge, connection int64, q change.Quota) (leased int, left change.Quota, err error)
	PauseRequests(ctx context.Context, forge change.Forge, connection int64, until time.Time) error
	Pauses(ctx context.Context) ([]change.Pause, error)
	Standings(ctx context.Context) ([]limits.Standing, error)
	Shares(ctx context.Context) (left map[change.Forge]float64, paused map[change.Forge]int, err error)
	LookRecord(ctx context.Context, key change.Key) (change.Record, change.Room, error)
}

// told is a quota of a thousand requests an hour.
func (r *Rig) told(left int, reset time.Duration) change.Quota {
	return change.Quota{Resource: "core", Allowed: 1000, Left: left, Reset: r.Clock.Now().Add(reset)}
}

// room is what is left to the connection of the one change.
func (r *Rig) room() change.Room {
	r.t.Helper()
	record, room, err := r.LookRecord(ctx(), Pull(1).Key)
	r.fatal(err)
	if record.Number != 1 || record.Connection != connection {
		r.t.Errorf("read %+v", record)
	}
	return room
}

var limitCases = map[string]func(*testing.T, *Rig){
	"what is left only falls until it is reset": func(t *testing.T, r *Rig) {
		for i, c := range []struct{ told, reset, want int }{
			{900, 60, 900}, {905, 60, 900}, {890, 60, 890}, {880, 61, 880}, // a second later is the same reset
			{999, 3600, 999}, {1, 60, 999}, // what an old answer tells says nothing of the new hour
		} {
			got, err := r.NoteQuota(ctx(), change.GitHub, connection, r.told(c.told, time.Duration(c.reset)*time.Second))
			if err != nil || got.Left != c.want {
				t.Errorf("%d: %+v, %v, want %d", i, got, err, c.want)
			}
		}
		if got, err := r.NoteQuota(ctx(), change.GitHub, 99, r.told(7, time.Minute)); err != nil || got.Left != 7 {
			t.Errorf("another connection: %+v, %v", got, err)
		}
	},
	"all that is left is handed out, and no more": func(t *testing.T, r *Rig) {
		sum, last := 0, 21
		for {
			leased, left, err := r.LeaseQuota(ctx(), change.GitHub, connection, r.told(150, time.Hour))
			r.fatal(err)
			if sum += leased; left.Left != 150-sum || leased > last {
				t.Fatalf("leased %d, in all %d: %+v", leased, sum, left)
			}
			if last = leased; leased == 0 {
				break
			}
		}
		if sum != 130 { // a fiftieth of the thousand stays in hand
			t.Errorf("handed out %d of 150", sum)
		}
		if leased, _, err := r.LeaseQuota(ctx(), change.GitHub, connection, r.told(1000, 2*time.Hour)); err != nil || leased != 20 {
			t.Errorf("of a new hour: %d, %v", leased, err)
		}
	},
	"the longest pause stands, but for one that no forge makes": func(t *testing.T, r *Rig) {
		now := r.Clock.Now()
		for i, c := range []struct{ until, want time.Duration }{
			{time.Minute, time.Minute}, {time.Second, time.Minute}, {2 * time.Minute, 2 * time.Minute},
		} {
			r.fatal(r.PauseRequests(ctx(), change.GitHub, connection, now.Add(c.until)))
			all, err := r.Pauses(ctx())
			if err != nil || len(all) != 1 || all[0].Connection != connection || !all[0].Until.Equal(now.Add(c.want)) {
				t.Errorf("%d: %+v, %v", i, all, err)
			}
		}
		r.fatal(r.PauseRequests(ctx(), change.GitHub, connection, now.Add(99*time.Hour)))
		if all, err := r.Pauses(ctx()); err != nil || len(all) != 1 || !all[0].Until.Equal(now.Add(2*time.Minute)) {
			t.Errorf("of a wrong clock: %+v, %v", all, err)
		}
		r.Clock.Add(-99 * time.Hour) // now the one that stands is of a wrong clock
		now = r.Clock.Now()
		r.fatal(r.PauseRequests(ctx(), change.GitHub, connection, now.Add(time.Second)))
		if all, err := r.Pauses(ctx()); err != nil || len(all) != 1 {
			t.Errorf("after a wrong clock: %+v, %v", all, err)
		}
	},
	"a pause by a clock that was ahead by two hours never counts": func(t *testing.T, r *Rig) {
		r.Clock.Add(2 * time.Hour)
		r.fatal(r.PauseRequests(ctx(), change.GitHub, connection, r.Clock.Now().Add(time.Minute)))
		r.Clock.Add(-2 * time.Hour)
		for range 3 {
			if all, err := r.Pauses(ctx()); err != nil || len(all) != 0 {
				t.Errorf("%+v, %v", all, err)
			}
			r.Clock.Add(time.Hour) // then what was noted would be less than an hour ahead
		}
	},
	"the longest pause counts for a process whose clock is a little behind": func(t *testing.T, r *Rig) {
		until := r.Clock.Now().Add(change.LongestLimit)
		r.fatal(r.PauseRequests(ctx(), change.GitHub, connection, until))
		r.Clock.Add(-50 * time.Millisecond)
		_, err := r.Pauses(ctx())
		r.fatal(err)
		r.Clock.Add(time.Second)
		if all, err := r.Pauses(ctx()); err != nil || len(all) != 1 || !all[0].Until.Equal(until) {
			t.Errorf("%+v, %v", all, err)
		}
	},
	"a look is told of its connection's limits": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		now := r.Clock.Now()
		note := func(connection int64, q change.Quota) {
			_, err := r.NoteQuota(ctx(), change.GitHub, connection, q)
			r.fatal(err)
		}
		note(99, r.told(0, time.Hour))
		note(connection, r.told(200, time.Hour))
		if got := r.room(); !got.Paused.IsZero() || !got.Low.IsZero() {
			t.Errorf("with a fifth left: %+v", got)
		}
		note(connection, r.told(199, time.Hour))
		if got := r.room(); !got.Paused.IsZero() || !got.Low.Equal(now.Add(time.Hour)) {
			t.Errorf("with less: %+v", got)
		}
		r.fatal(r.PauseRequests(ctx(), change.GitHub, connection, now.Add(time.Minute)))
		if got := r.room(); !got.Paused.Equal(now.Add(time.Minute)) {
			t.Errorf("paused: %+v", got)
		}
		note(connection, r.told(0, time.Hour))
		if got := r.room(); !got.Paused.Equal(now.Add(time.Hour)) {
			t.Errorf("with nothing left: %+v", got)
		}
		if all, err := r.Standings(ctx()); err != nil || len(all) != 3 || all[0].Connection != connection || all[0].Paused.IsZero() ||
			all[1].Allowed != 1000 {
			t.Errorf("%+v, %v", all, err)
		}
		if left, paused, err := r.Shares(ctx()); err != nil || left[change.GitHub] != 0 || paused[change.GitHub] != 1 || len(left) != 1 {
			t.Errorf("%v, %v, %v", left, paused, err)
		}
		r.Clock.Add(2 * time.Hour)
		note(connection, change.Quota{Resource: "search", Allowed: 30, Left: 0, Reset: r.Clock.Now().Add(time.Minute)})
		if got := r.room(); !got.Paused.IsZero() || !got.Low.IsZero() {
			t.Errorf("when all is over: %+v", got)
		}
		if all, err := r.Standings(ctx()); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
	},
}
