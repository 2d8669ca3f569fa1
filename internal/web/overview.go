package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/verdict"
)

// board lists changes for the operators' overview.
type board interface {
	// Recent lists the changes with the newest events.
	Recent(ctx context.Context, limit int) ([]verdict.Latest, error)
	// Lost lists open changes that have waited for a verdict since before a time, the longest first.
	Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error)
}

// Overview is the operators' front page and their metrics. It is safe for concurrent use.
type Overview struct {
	board   board
	givenUp func(ctx context.Context) (int, error)
	metrics http.Handler
}

// NewOverview checks that there is a board. givenUp counts the jobs that the queue gave up and has not forgotten (nil:
// the page shows no count); metrics serves /metrics (nil: the path does not exist).
func NewOverview(board board, givenUp func(ctx context.Context) (int, error), metrics http.Handler) (*Overview, error) {
	if board == nil {
		return nil, errors.New("make the overview: the board that lists changes is missing")
	}
	return &Overview{board: board, givenUp: givenUp, metrics: metrics}, nil
}

// overviewView is the operators' front page.
type overviewView struct {
	frame
	Banners []banner
	Recent  []verdict.Latest
	Waiting []waitingView
	// Cut is true when more changes wait than the page lists.
	Cut     bool
	Longest string
	// Counts is true when the count of jobs given up is known.
	Counts  bool
	GivenUp int
	Unready []result
	// RecentKnown, WaitingKnown and Checked are false for a part that could not be read: the page claims nothing about it.
	RecentKnown, WaitingKnown, Checked bool
	// failed is true when a part could not be read; a banner names it.
	failed bool
}

// waitingView is a change that waits for a verdict; Failed is the newest line of its history when that is a failure.
type waitingView struct {
	Record change.Record
	Failed *history.Line
}

const maxListed = 50

// operatorTime bounds the pages for operators. Whoever is on call learns in that time what does not answer, even when
// the database is locked or the disk hangs. The overview stops reading a little earlier, so that it can be written.
const (
	operatorTime = 1900 * time.Millisecond
	toWrite      = 400 * time.Millisecond
)

func (o *Overview) show(w http.ResponseWriter, r *http.Request, health *Health, p *Pages) {
	v := o.read(r.Context(), health, p)
	if v.failed {
		w.Header().Set("Retry-After", "5")
		p.renderAs(w, r, http.StatusServiceUnavailable, "overview", v)
		return
	}
	p.render(w, r, "overview", v)
}

// read reads the parts of the overview side by side. When a part fails or does not answer in time, the page names it
// and shows the others.
func (o *Overview) read(ctx context.Context, health *Health, p *Pages) overviewView {
	v := overviewView{frame: p.frame("Overview", "./", true)}
	if p.o.Gate == finding.Warn {
		v.Banners = append(v.Banners,
			banner{
				Class: "warn",
				Title: "The gate is switched to warn",
				Text:  "Nothing blocks, in any repository, until it is switched back in the server's file.",
			})
	}
	limit := p.o.Limit - toWrite
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	parts := []part{
		{"the list of recent changes", o.recent},
		{"the list of waiting changes", func(ctx context.Context) (func(*overviewView), error) { return o.waiting(ctx, p, v.Now) }},
		{"the checks of health", func(ctx context.Context) (func(*overviewView), error) {
			found := slices.DeleteFunc(health.ask(ctx), func(c result) bool { return c.OK && !c.Degraded })
			return func(v *overviewView) { v.Checked, v.Unready = true, found }, nil
		}},
	}
	if o.givenUp != nil {
		parts = append(parts, part{"the count of jobs given up", func(ctx context.Context) (func(*overviewView), error) {
			n, err := o.givenUp(ctx)
			return func(v *overviewView) { v.Counts, v.GivenUp = true, n }, err
		}})
	}
	type answer struct {
		show func(*overviewView)
		err  error
	}
	answers := make([]chan answer, len(parts))
	for i, part := range parts {
		answers[i] = make(chan answer, 1)
		go func() {
			show, err := part.read(ctx)
			answers[i] <- answer{show, err}
		}()
	}
	for i, part := range parts {
		var got answer
		select {
		case got = <-answers[i]:
		case <-ctx.Done():
			// A part may have answered while this loop waited for another.
			select {
			case got = <-answers[i]:
			default:
				got.err = fmt.Errorf("no answer within %s", limit)
			}
		}
		if got.err == nil {
			got.show(&v)
			continue
		}
		v.failed = true
		p.o.Log.ErrorContext(ctx, "a part of the overview could not be read", "part", part.name, "error",
			got.err.Error())
		v.Banners = append(v.Banners, banner{Class: "bad", Title: "Could not be read: " + part.name, Text: got.err.Error()})
	}
	return v
}

// part is a piece of the overview that is read on its own. The function that read returns puts it on the page, if there
// is no error.
type part struct {
	name string
	read func(ctx context.Context) (func(*overviewView), error)
}

func (o *Overview) recent(ctx context.Context) (func(*overviewView), error) {
	all, err := o.board.Recent(ctx, maxListed)
	return func(v *overviewView) { v.RecentKnown, v.Recent = true, all }, err
}

func (o *Overview) waiting(ctx context.Context, p *Pages, now time.Time) (func(*overviewView), error) {
	waits, err := o.board.Lost(ctx, now, maxListed+1)
	if err != nil {
		return nil, err
	}
	cut := len(waits) > maxListed
	if cut {
		waits = waits[:maxListed]
	}
	var all []waitingView
	for _, record := range waits {
		wait := waitingView{Record: record}
		lines, err := p.o.Record.Lines(ctx, record.Key, 1)
		if err != nil {
			return nil, err
		}
		if len(lines) > 0 && lines[0].Kind == history.Failed {
			wait.Failed = &lines[0]
		}
		all = append(all, wait)
	}
	return func(v *overviewView) {
		v.WaitingKnown, v.Waiting, v.Cut = true, all, cut
		if len(waits) > 0 {
			v.Longest = strings.TrimSuffix(ago(now, waits[0].RaisedAt), " ago")
		}
	}, nil
}
