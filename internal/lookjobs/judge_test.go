package lookjobs_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
)

type fetch func() error

func (f fetch) Fetch(context.Context, change.Record) error { return f() }

type review func() error

func (f review) Look(context.Context, change.Record, int, bool) error { return f() }

type scans struct{}

func (scans) Scan(context.Context, delivery.Scan) error { return nil }

// TestJudge: a look waits for the reports of a fork for two tries, and gives a verdict without them at the third.
func TestJudge(t *testing.T) {
	down := errors.New("the forge is down")
	limited := &change.Limited{Until: time.Unix(100, 0)}
	for name, c := range map[string]struct {
		fetch, look error
		attempt     job.Attempt
		judged      bool
		want        error
	}{
		"all well":                   {attempt: job.Attempt{Number: 1}, judged: true},
		"no reports, first try":      {fetch: down, attempt: job.Attempt{Number: 1}, want: down},
		"no reports, third try":      {fetch: down, attempt: job.Attempt{Number: 3}, judged: true, want: down},
		"no reports, last try":       {fetch: down, attempt: job.Attempt{Number: 2, Last: true}, judged: true},
		"a limit is always waited":   {fetch: limited, attempt: job.Attempt{Number: 9, Last: true}, want: limited},
		"the look fails":             {look: down, attempt: job.Attempt{Number: 1}, want: down},
		"neither reports nor a look": {fetch: limited, look: down, attempt: job.Attempt{Number: 1}, want: limited},
	} {
		t.Run(name, func(t *testing.T) {
			judged := false
			j, err := lookjobs.NewJudge(lookjobs.JudgeOptions{
				Reports:  fetch(func() error { return c.fetch }),
				Reviewer: review(func() error { return c.look }),
				Scanner:  scans{},
				Log:      slog.New(slog.DiscardHandler),
				Judged:   func(change.Record) { judged = true },
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Look(t.Context(), change.Record{}, c.attempt); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if judged != c.judged {
				t.Errorf("judged: %t, want %t", judged, c.judged)
			}
		})
	}
	if _, err := lookjobs.NewJudge(lookjobs.JudgeOptions{}); err == nil {
		t.Error("nothing is given, and nothing is missing")
	}
}
