package queue

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// fenced is the executor of one process among several. A process that was cut off from the database counts as over, and
// another one works on its jobs: so it changes only those that it still holds. River tells a job's tries apart only
// while it is running.
type fenced struct {
	riverdriver.Executor
	member string
	clock  func() time.Time
}

// JobSetStateIfRunningMany leaves out jobs that another process works on by now.
func (f fenced) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) (
	rows []*rivertype.JobRow, err error,
) {
	tx, err := f.Executor.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after a commit it does nothing
	mine, err := f.mine(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	held := only(p, func(i int) bool { return slices.Contains(mine, p.ID[i]) })
	if len(held.ID) > 0 {
		if rows, err = tx.JobSetStateIfRunningMany(ctx, held); err != nil {
			return nil, err
		}
	}
	return rows, tx.Commit(ctx)
}

// mine locks those of the jobs that this process holds until the transaction ends.
func (f fenced) mine(ctx context.Context, tx riverdriver.ExecutorTx, ids []int64) (mine []int64, err error) {
	args, marks := []any{f.member}, make([]string, len(ids))
	for i, id := range ids {
		args = append(args, id)
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	var joined string
	err = tx.QueryRow(ctx, `SELECT COALESCE(string_agg(id::text, ' '), '') FROM (SELECT id FROM river_job WHERE `+holder+` = $1
		AND id IN (`+strings.Join(marks, ",")+`) ORDER BY id FOR UPDATE) held`, args...).Scan(&joined)
	if err != nil {
		return nil, fmt.Errorf("look for the jobs of this process: %w", err)
	}
	for _, text := range strings.Fields(joined) {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("look for the jobs of this process: %w", err)
		}
		mine = append(mine, id)
	}
	return mine, nil
}

// River computes by the clock of the machine since when a running job is stuck and what is too old to be kept.

// JobGetStuck goes by the database's clock.
func (f fenced) JobGetStuck(ctx context.Context, p *riverdriver.JobGetStuckParams) ([]*rivertype.JobRow, error) {
	shifted := *p
	shifted.StuckHorizon = f.shift(p.StuckHorizon)
	return f.Executor.JobGetStuck(ctx, &shifted)
}

// JobRescueMany goes by the database's clock.
func (f fenced) JobRescueMany(ctx context.Context, p *riverdriver.JobRescueManyParams) (*struct{}, error) {
	shifted := *p
	shifted.StuckHorizon = f.shift(p.StuckHorizon)
	return f.Executor.JobRescueMany(ctx, &shifted)
}

// JobDeleteBefore goes by the database's clock.
func (f fenced) JobDeleteBefore(ctx context.Context, p *riverdriver.JobDeleteBeforeParams) (int, error) {
	shifted := *p
	for _, at := range []*time.Time{&shifted.CancelledFinalizedAtHorizon, &shifted.CompletedFinalizedAtHorizon,
		&shifted.DiscardedFinalizedAtHorizon} {
		*at = f.shift(*at)
	}
	return f.Executor.JobDeleteBefore(ctx, &shifted)
}

// QueueDeleteExpired goes by the database's clock.
func (f fenced) QueueDeleteExpired(ctx context.Context, p *riverdriver.QueueDeleteExpiredParams) ([]string, error) {
	shifted := *p
	shifted.UpdatedAtHorizon = f.shift(p.UpdatedAtHorizon)
	return f.Executor.QueueDeleteExpired(ctx, &shifted)
}

func (f fenced) shift(at time.Time) time.Time { return at.Add(f.clock().Sub(time.Now().Round(0))) }

// leaving is an executor that takes no jobs of queues that its process leaves to others.
type leaving struct {
	riverdriver.Executor
	left func(queue string) bool
}

// JobGetAvailable takes jobs that are due.
func (l leaving) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	if l.left(p.Queue) {
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	return l.Executor.JobGetAvailable(ctx, p)
}
