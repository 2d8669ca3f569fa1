package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/trace"
)

// faults writes what the workers did not write themselves; River's own lines about failed jobs are left out, or each
// fault would be there twice.
type faults struct{ log *slog.Logger }

func (f faults) HandleError(ctx context.Context, row *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if known, _ := errors.AsType[*job.Logged](err); known == nil && !errors.Is(err, context.Canceled) {
		f.log.WarnContext(trace.Follow(ctx, carriedBy(row)), "a job failed", "kind", row.Kind, "attempt", row.Attempt,
			"args", string(row.EncodedArgs), "error", err.Error())
	}
	return nil
}

func (f faults) HandlePanic(ctx context.Context, row *rivertype.JobRow, p any, stack string) *river.ErrorHandlerResult {
	f.log.ErrorContext(trace.Follow(ctx, carriedBy(row)), "a job panicked", "kind", row.Kind, "attempt", row.Attempt,
		"args", string(row.EncodedArgs), "error", fmt.Sprint(p), "stack", stack)
	return nil
}

// jobErrored are River's lines about jobs that failed: faults tells of those.
var jobErrored = []string{": Job errored", ": Job errored; retrying", ": Job panicked", ": panic recovery; possible bug with Worker"}

// quiet lets only River's warnings through: it tells of each job at lower levels.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(levelAtLeast{log.Handler(), slog.LevelWarn})
}

type levelAtLeast struct {
	slog.Handler
	least slog.Level
}

func (h levelAtLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}

// Handle leaves out what River says of its own stop: a sweep that is interrupted runs again at the next start. What is
// left is trouble of the queue's upkeep, which River tries again by itself: it is said in our words, with River's
// beside.
func (h levelAtLeast) Handle(ctx context.Context, r slog.Record) error {
	if slices.ContainsFunc(jobErrored, func(end string) bool { return strings.HasSuffix(r.Message, end) }) {
		return nil
	}
	interrupted := false
	ours := slog.NewRecord(r.Time, r.Level,
		"the queue's upkeep is in trouble and tries again; if it stays so, look at the database and its disk", r.PC)
	ours.AddAttrs(slog.String("what", r.Message))
	r.Attrs(func(a slog.Attr) bool {
		interrupted = interrupted || strings.Contains(a.Value.String(), context.Canceled.Error())
		ours.AddAttrs(a)
		return !interrupted
	})
	if interrupted {
		return nil
	}
	return h.Handler.Handle(ctx, ours)
}

func (h levelAtLeast) WithAttrs(a []slog.Attr) slog.Handler {
	return levelAtLeast{h.Handler.WithAttrs(a), h.least}
}

func (h levelAtLeast) WithGroup(name string) slog.Handler {
	return levelAtLeast{h.Handler.WithGroup(name), h.least}
}
