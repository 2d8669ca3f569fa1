package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
)

// measured makes one try of a job, and has it measured, also when it panics.
func (q *Queue) measured(queue string, try func() error) error {
	if q.measure == nil {
		return try()
	}
	ended, outcome := q.measure(queue), "panicked"
	defer func() { ended(outcome) }()
	err := try()
	outcome = outcomeOf(err)
	return err
}

// outcomeOf is how a try ended.
func outcomeOf(err error) string {
	_, given := errors.AsType[*job.GivenUp](err)
	_, refused := errors.AsType[*change.Refused](err)
	switch {
	case err == nil:
		return "done"
	case postponed(err):
		return "postponed"
	case given || refused:
		return "given_up"
	}
	return "failed"
}

// Ages says of each queue in which jobs could start now since when the oldest could, and 0 of the others that this process
// works on. It reads only those jobs.
func (q *Queue) Ages(ctx context.Context) (map[string]time.Duration, error) {
	now := q.clock()
	rows, err := q.reads.QueryContext(ctx, `SELECT queue, MIN(scheduled_at) FROM river_job WHERE state = 'available' AND scheduled_at <= $1
		GROUP BY queue`, stamp(now))
	if err != nil {
		return nil, fmt.Errorf("read the age of the queues: %w", err)
	}
	defer rows.Close()
	all := map[string]time.Duration{}
	for _, k := range q.kinds {
		all[k.queue] = 0
	}
	for rows.Next() {
		var name, oldest string
		if err := rows.Scan(&name, &oldest); err != nil {
			return nil, fmt.Errorf("read the age of the queues: %w", err)
		}
		since, err := parseStamp(oldest)
		if err != nil {
			return nil, err
		}
		all[name] = max(0, now.Sub(since))
	}
	return all, rows.Err()
}
