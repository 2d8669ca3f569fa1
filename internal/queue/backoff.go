package queue

import (
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// backoff waits 1, 2, 4 ... times pace, at most sixty times, each lengthened by up to a half at random.
type backoff struct {
	pace  time.Duration
	clock func() time.Time
}

func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	wait := min(b.pace<<min(job.Attempt-1, 6), 60*b.pace)
	return b.clock().UTC().Add(wait + rand.N(wait/2))
}
