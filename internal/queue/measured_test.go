package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
)

// scan asks for a scan, at a time; zero is now.
func (r *rig) scan(t *testing.T, jobs *queue.Jobs, at time.Time) {
	t.Helper()
	tx, err := r.store.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	args := job.Scan{Forge: "github", Why: t.Name()}
	if err := jobs.InsertTx(t.Context(), tx, args, job.When{Lane: delivery.Interactive, At: at}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	jobs.Ring()
}

// TestTriesAreMeasured: each try is measured in its queue and ends in one of five ways.
func TestTriesAreMeasured(t *testing.T) {
	for want, scan := range map[string]func() error{
		"done":      func() error { return nil },
		"postponed": func() error { return &job.Later{After: time.Hour} },
		"given_up":  func() error { return &change.Refused{What: "no"} },
		"failed":    func() error { return errors.New("the disk is full") },
		"panicked":  func() error { panic("a bug") },
	} {
		t.Run(want, func(t *testing.T) {
			seen := make(chan string, 99)
			var jobs *queue.Jobs
			r := start(t, t.TempDir()+"/q.db", handler{scan: func(context.Context, delivery.Scan) error { return scan() }}, func(s *setup) {
				jobs = s.queue.Jobs
				s.queue.Measure = func(queue string) func(string) {
					seen <- queue
					return func(outcome string) { seen <- outcome }
				}
			})
			r.scan(t, jobs, time.Time{})
			if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
			if name, got := <-seen, <-seen; name != job.SweepQueue || got != want {
				t.Errorf("a try in %s ended as %q, want %q", name, got, want)
			}
		})
	}
}

// TestAges: a queue is as old as the job that could start first; one that is not due yet counts for nothing. A queue of a
// job that only this process knows is among them, too.
func TestAges(t *testing.T) {
	onBoth(t, func(t *testing.T, at string) {
		later, jobs := time.Duration(0), (*queue.Jobs)(nil)
		r := start(t, at, handler{look: nothing}, func(s *setup) {
			jobs = s.queue.Jobs
			s.queue.Clock = func() time.Time { return time.Now().Add(later) }
			s.queue.Kinds = append(s.queue.Kinds, queue.Do("notify", 1,
				func(context.Context, job.RunCheck, *queue.Run) error { return nil }))
		})
		r.touch(t, "d1", 1, 1)
		r.scan(t, jobs, time.Now().Add(time.Hour))
		later = time.Minute
		ages, err := r.queue.Ages(t.Context())
		if idle, ok := ages["notify"]; !ok || idle != 0 {
			t.Errorf("an idle queue is as old as %s, %t", idle, ok)
		}
		if age := ages[job.Look{}.Queue()]; err != nil || ages[job.SweepQueue] != 0 || age < 59*time.Second || age > time.Hour {
			t.Errorf("the queues are as old as %v, %v", ages, err)
		}
	})
}
