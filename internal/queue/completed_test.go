package queue

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// heard notes the jobs that it is to end.
type heard struct {
	riverdriver.Executor
	ids []int64
}

func (h *heard) JobSetStateIfRunningMany(_ context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	h.ids = append(h.ids, p.ID...)
	return nil, nil
}

// A job that its worker ended is not ended again; one that failed after all, or has more to keep, is.
func TestOnceEndsNoJobTwice(t *testing.T) {
	below, done := &heard{}, &completed{}
	end := func(merge bool, states map[int64]rivertype.JobState) {
		p := &riverdriver.JobSetStateIfRunningManyParams{}
		for id, state := range states {
			p.ID, p.State = append(p.ID, id), append(p.State, state)
			p.Attempt, p.ErrData = append(p.Attempt, nil), append(p.ErrData, nil)
			p.FinalizedAt, p.ScheduledAt = append(p.FinalizedAt, &time.Time{}), append(p.ScheduledAt, nil)
			p.MetadataDoMerge, p.MetadataUpdates = append(p.MetadataDoMerge, merge), append(p.MetadataUpdates, nil)
		}
		if _, err := (once{below, done}).JobSetStateIfRunningMany(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	for id := int64(1); id <= 3; id++ {
		done.add(id)
	}
	end(false, map[int64]rivertype.JobState{1: rivertype.JobStateCompleted, 2: rivertype.JobStateRetryable, 4: rivertype.JobStateCompleted})
	end(true, map[int64]rivertype.JobState{3: rivertype.JobStateCompleted})
	end(false, map[int64]rivertype.JobState{1: rivertype.JobStateCompleted}) // a later job of that id is unknown
	slices.Sort(below.ids)
	if want := []int64{1, 2, 3, 4}; !slices.Equal(below.ids, want) {
		t.Errorf("it ended %v, want %v", below.ids, want)
	}
	if len(done.ids) > 0 {
		t.Errorf("it still remembers %v", done.ids)
	}
}
