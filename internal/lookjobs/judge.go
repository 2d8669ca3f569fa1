package lookjobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
)

// JudgeOptions are what a Judge needs. Every field is needed, but those that say otherwise.
type JudgeOptions struct {
	// Reports fetches what the CI of a fork made.
	Reports interface {
		Fetch(ctx context.Context, r change.Record) error
	}
	// Reviewer judges a change and publishes the verdict.
	Reviewer interface {
		Look(ctx context.Context, r change.Record, attempt int, last bool) error
	}
	// Scanner lists the open changes of repositories.
	Scanner interface {
		Scan(ctx context.Context, s delivery.Scan) error
	}
	// Mine is called before each look (nil: nothing is): a job.Later leaves it to another process.
	Mine func(ctx context.Context) error
	// CatchUp is called before each look (nil: nothing is): other processes receive events, too.
	CatchUp func(ctx context.Context) error
	Log     *slog.Logger
	// Judged is called after each verdict.
	Judged func(r change.Record)
}

// Judge is the Handler of a server: it fetches what the CI of a fork made, then has the change judged.
type Judge struct{ o JudgeOptions }

// NewJudge makes a Judge.
func NewJudge(o JudgeOptions) (*Judge, error) {
	if o.Reports == nil || o.Reviewer == nil || o.Scanner == nil || o.Log == nil || o.Judged == nil {
		return nil, errors.New("make what judges changes: reports, reviewer, scanner, log or judged is missing")
	}
	return &Judge{o: o}, nil
}

// fetchTries is how often a look is tried for the reports of forks alone.
const fetchTries = 3

// Look judges a change. Without the reports of a fork it judges from the third try on: that verdict says that they are
// missing, and no verdict would say nothing.
func (j *Judge) Look(ctx context.Context, r change.Record, a job.Attempt) error {
	if j.o.Mine != nil {
		if err := j.o.Mine(ctx); err != nil {
			return err
		}
	}
	if j.o.CatchUp != nil {
		if err := j.o.CatchUp(ctx); err != nil {
			return err
		}
	}
	var missed error
	if err := j.o.Reports.Fetch(ctx, r); err != nil {
		if _, limited := errors.AsType[*change.Limited](err); limited || a.Number < fetchTries && !a.Last {
			return err
		}
		j.o.Log.WarnContext(ctx, "judging without the reports of a fork, which could not be fetched", "change",
			r.Ref.String(), "error", err.Error())
		missed = fmt.Errorf("the verdict stands without the reports of a fork: %w", err)
	}
	if err := j.o.Reviewer.Look(ctx, r, a.Number, a.Last); err != nil {
		return err
	}
	j.o.Judged(r)
	if a.Last {
		return nil
	}
	return missed
}

// Scan lists the open changes of repositories.
func (j *Judge) Scan(ctx context.Context, s delivery.Scan) error { return j.o.Scanner.Scan(ctx, s) }
