package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// working measures the jobs that a process works on.
type working struct {
	running *prometheus.GaugeVec
	seconds *prometheus.HistogramVec
}

func newWorking() working {
	return working{
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lintel_jobs_running", Help: "Jobs that this process works on now. " +
			"The queues are look, sweep, backfill, consult (advice's steps at the forge), advise (questions to the model), " +
			"prepare_check and checks."}, []string{"queue"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lintel_job_seconds", Help: "How long this process took for " +
			"one try of a job: done, postponed (too early, or the forge's rate limit), failed (tried again, ten times in all), " +
			"given_up (not tried again), panicked (a bug; tried again).",
			// Fewer than elsewhere: there are many queues and outcomes.
			Buckets: []float64{.025, .1, .5, 2, 10, 60, 300}}, []string{"queue", "outcome"}),
	}
}

// Job begins to measure one try of a job of a queue; the answer ends it. It is for package queue.
func (m *Metrics) Job(queue string) (ended func(outcome string)) {
	running, began := m.working.running.WithLabelValues(queue), time.Now()
	running.Inc()
	return func(outcome string) {
		running.Dec()
		m.working.seconds.WithLabelValues(queue, outcome).Observe(time.Since(began).Seconds())
	}
}

// Queues is the set of the ages of these queues, and of all others that ages knows: those in which a job waits, and those of
// the process. It is by queue what autoscalers go by, so a queue without a job has the age 0.
func Queues(queues []string, ages func(context.Context) (map[string]time.Duration, error)) Set {
	return Gauges("lintel_queue_age_seconds", "By queue, how long the oldest job could have started and nobody took it; 0 when none "+
		"waits. Every process says the same. Absent when the database does not answer.", []string{"queue"},
		func(ctx context.Context) ([]Sample, error) {
			known, err := ages(ctx)
			var all []Sample
			names := slices.AppendSeq(slices.Clone(queues), maps.Keys(known))
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				all = append(all, Sample{Labels: []string{name}, Value: known[name].Seconds()})
			}
			return all, err
		})
}
