package queue_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
)

// TestClockSetBack: what was noted by a clock that was ahead by months and is set right again waits for as long as it was
// meant to, from now on; and somebody rings the clock at once, though a killed process leads until then by the record.
func TestClockSetBack(t *testing.T) { onBoth(t, testClockSetBack) }

func testClockSetBack(t *testing.T, at string) {
	looked, swept := make(chan int, 10), make(chan bool, 10)
	h := handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		looked <- r.Number
		return nil
	}}
	r := start(t, at, h, func(s *setup) {
		s.queue.Sweeps = []queue.Sweep{{Name: "any", Every: time.Hour, AtStart: true, Run: func(context.Context) error {
			swept <- true
			return nil
		}}}
	})
	for n := 1; n <= 3; n++ {
		r.touch(t, fmt.Sprint("d", n), n, 1)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := r.store.Writer().ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	after := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("2006-01-02 15:04:05.000") }
	const ahead = 90 * 24 * time.Hour
	exec(`UPDATE river_job SET created_at = $1, scheduled_at = $1`, after(ahead))
	exec(`UPDATE river_job SET state = 'scheduled', scheduled_at = $1 WHERE id = (SELECT MIN(id) + 1 FROM river_job)`,
		after(ahead+time.Hour))
	exec(`UPDATE river_job SET state = 'retryable', attempt = 1, attempted_at = $1, created_at = $2, scheduled_at = $3
		WHERE id = (SELECT MAX(id) FROM river_job)`, after(ahead), after(-time.Minute), after(ahead+time.Millisecond))
	exec(`INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES ($1, $2, 'killed')`, after(ahead), after(ahead+time.Minute))
	if err := r.queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[int]bool{}
	for range 2 {
		select {
		case n := <-looked:
			got[n] = true
		case <-time.After(patience):
			t.Fatal("a job waits for the clock to reach the old time")
		}
	}
	if !got[1] || !got[3] {
		t.Errorf("looked at %v, want 1 and 3; 2 was meant to wait for an hour", got)
	}
	select {
	case <-swept:
	case <-time.After(patience):
		t.Fatal("nobody rings the clock")
	}
	var due string
	if err := r.store.Reader().QueryRowContext(t.Context(),
		`SELECT MAX(scheduled_at) FROM river_job WHERE state = 'scheduled'`).Scan(&due); err != nil {
		t.Fatal(err)
	}
	due = strings.NewReplacer("T", " ", "Z", "").Replace(due) // PostgreSQL's driver writes the time so
	if due < after(59*time.Minute) || due > after(61*time.Minute) {
		t.Errorf("the job that waits is due at %s, want in an hour", due)
	}
}
