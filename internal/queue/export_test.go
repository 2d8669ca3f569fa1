package queue

import "context"

// TakeBackLost looks once for lost jobs.
func (q *Queue) TakeBackLost(ctx context.Context) error { return q.takeBackLost(ctx) }

// Holder names this process in the jobs that it holds.
func (q *Queue) Holder() string { return q.client.ID() }
