package board

import (
	"context"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/template"
)

// read is everything that the overview is made of.
type read struct {
	Filter filter.Filter
	Now    time.Time
	Spans  []filter.Span
	// The figures are those of the period, Before are those of the period before.
	figure.Counted
	Before     figure.Counted
	Waiting    []figure.Pull
	Age        figure.Age
	Choices    figure.Choices
	Cards      []scorecard.Card
	Objectives *objective.Report
	Spent      figure.Spent
}

// comparable reports whether the period before can be compared: it was asked for, and the record reaches so far.
func (all read) comparable() bool {
	return all.Filter.Compare && !all.Age.First.IsZero() && !all.Age.First.After(all.Filter.Before().From)
}

const maxWaiting = 8

// read reads the overview. What is slow is read side by side.
func (b *Board) read(ctx context.Context, f filter.Filter) (all read, err error) {
	all = read{Filter: f, Now: b.o.Now()}
	all.Spans = f.Spans(all.Now)
	rec, before := b.o.Record, f.Before()
	steps := []func(ctx context.Context) error{
		func(ctx context.Context) (err error) {
			all.Counted, err = rec.Count(ctx, f, all.Spans, edges())
			return err
		},
		func(ctx context.Context) (err error) { all.Cards, err = b.cards(ctx, f); return err },
		func(ctx context.Context) (err error) { all.Age, err = rec.Age(ctx); return err },
		func(ctx context.Context) (err error) { all.Choices, err = rec.Choices(ctx, f.Only); return err },
		func(ctx context.Context) error {
			return rec.WaitingPulls(ctx, f, maxWaiting, func(p figure.Pull) error {
				all.Waiting = append(all.Waiting, p)
				return nil
			})
		},
	}
	if f.Compare {
		steps = append(steps, func(ctx context.Context) (err error) { all.Before, err = rec.Count(ctx, before, nil, nil); return err })
	}
	if b.o.Objectives != nil && f.Repo == "" && f.Team == "" && f.Only == nil {
		steps = append(steps, func(ctx context.Context) error {
			report, err := b.o.Objectives(ctx)
			all.Objectives = &report
			return err
		})
	}
	if b.o.Spent != nil && f.Repo == "" && f.Team == "" && f.Only == nil {
		steps = append(steps, func(ctx context.Context) (err error) {
			all.Spent, err = b.o.Spent(ctx, f.From, f.To)
			return err
		})
	}
	return all, together(ctx, steps)
}

// overviewView is the page.
type overviewView struct {
	Scope    scopeView
	Tiles    []tile
	Stages   template.HTML
	Charts   []template.HTML
	Waiting  []waitingView
	WaitMore string
	Noisy    []noisyView
	Unknown  bool
}

// overview is the page of one screen.
func (b *Board) overview(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	f, problems := b.parse(r)
	v := overviewView{Scope: scopeOf(r, f, problems, "./", "./flow")}
	if len(problems) > 0 {
		// Figures of another filter than the one that was asked for would mislead.
		v.Unknown = true
		b.show(w, r, http.StatusBadRequest, "Flow", "./", "overview", v)
		return
	}
	all, err := b.read(ctx, f)
	if err != nil {
		b.o.Shell.Trouble(w, r, err)
		return
	}
	v.Scope.Age, v.Scope.Choices = ageOf(all.Age, f, all.Now), all.Choices
	v.Tiles = tiles(all)
	v.Stages = stageChart(all)
	v.Charts = []template.HTML{cycleChart(all), pickupChart(all), mergedChart(all), tookChart(all)}
	v.Waiting = waiting(all)
	v.WaitMore = "./flow/pulls" + with(f, "show", "open", "sort", "slowest", "page", "")
	v.Noisy = noisy(all.Cards)
	b.show(w, r, http.StatusOK, "Flow", "./", "overview", v)
}

// waitingView is a change that waits.
type waitingView struct {
	Path, Name, Title, Who, Since, Team string
}

// who says who can act, by what a change waits for.
var who = map[string]string{"author": "the author", "review": "a reviewer", "merge": "anyone who may merge",
	"queue": "the merge queue"}

func waiting(all read) (rows []waitingView) {
	for _, p := range all.Waiting {
		since := p.OpenedAt
		if p.Since != nil {
			since = *p.Since
		}
		can := who[p.WaitsFor]
		if can == "" {
			can = "someone"
		}
		rows = append(rows, waitingView{"./" + pullPath(p), pullName(p), p.Title, can, waited(all.Now, since), p.Team})
	}
	return rows
}

// noisyView is a rule that people do not want.
type noisyView struct{ Rule, Path, Decided, Unwanted, Addressed string }

const maxNoisy = 5

// noisy are the rules with the most unwanted findings of those that have a rate.
func noisy(cards []scorecard.Card) (rows []noisyView) {
	for _, c := range cards {
		if c.EffectiveFP == nil || len(rows) == maxNoisy {
			continue
		}
		rows = append(rows, noisyView{c.Rule, rulePath(c.Rule), count(c.Decided), c.EffectiveFP.Percent(),
			c.Addressed.Percent()})
	}
	return rows
}
