package queue

import (
	"context"
	"errors"
)

// TakeBackLost looks once for lost jobs, and from then on only the test does: the queue's own look might come in between.
func (q *Queue) TakeBackLost(ctx context.Context) error {
	q.stopLost()
	return q.takeBackLost(ctx)
}

// TakeBackHeld takes back what this process held and did not run before something happened.
func (q *Queue) TakeBackHeld(ctx context.Context, meanwhile func()) error {
	all, err := q.held(ctx)
	meanwhile()
	for _, t := range all {
		if !q.lost.running.has(t.id) {
			_, took := q.takeBackTry(ctx, t)
			err = errors.Join(err, took)
		}
	}
	return err
}

// Holder names this process in the jobs that it holds.
func (q *Queue) Holder() string { return q.client.ID() }

// Killed shows the other processes what they see of this one when it was killed.
func (q *Queue) Killed() error {
	q.stopLost()
	mark := q.lost.mark
	q.lost.mark = nil
	return mark.Close(false)
}
