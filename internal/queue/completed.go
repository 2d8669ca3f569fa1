package queue

import (
	"context"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// completed are the jobs that workers ended in transactions of their own. River does not know of it and ends each once
// more, by two statements that change nothing.
type completed struct {
	mu  sync.Mutex
	ids map[int64]bool
}

func (c *completed) add(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil {
		c.ids = map[int64]bool{}
	}
	c.ids[id] = true
}

// take forgets a job and reports whether it was there.
func (c *completed) take(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	there := c.ids[id]
	delete(c.ids, id)
	return there
}

// once is an executor that ends no job a second time.
type once struct {
	riverdriver.Executor
	done *completed
}

// JobSetStateIfRunningMany leaves out the jobs that are completed already.
func (o once) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	left := only(p, func(i int) bool {
		return !o.done.take(p.ID[i]) || p.State[i] != rivertype.JobStateCompleted || p.MetadataDoMerge[i]
	})
	if len(left.ID) == 0 {
		return nil, nil
	}
	return o.Executor.JobSetStateIfRunningMany(ctx, left)
}

// only is what River asks for, for some of the jobs.
func only(p *riverdriver.JobSetStateIfRunningManyParams, keep func(i int) bool) *riverdriver.JobSetStateIfRunningManyParams {
	left := &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	for i := range p.ID {
		if !keep(i) {
			continue
		}
		left.ID = append(left.ID, p.ID[i])
		left.Attempt = append(left.Attempt, p.Attempt[i])
		left.ErrData = append(left.ErrData, p.ErrData[i])
		left.FinalizedAt = append(left.FinalizedAt, p.FinalizedAt[i])
		left.MetadataDoMerge = append(left.MetadataDoMerge, p.MetadataDoMerge[i])
		left.MetadataUpdates = append(left.MetadataUpdates, p.MetadataUpdates[i])
		left.ScheduledAt = append(left.ScheduledAt, p.ScheduledAt[i])
		left.State = append(left.State, p.State[i])
	}
	return left
}
