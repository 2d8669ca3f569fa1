package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
)

// Board lists changes for the operators' overview.
type Board interface {
	// Recent lists the changes that something happened to last.
	Recent(ctx context.Context, limit int) ([]history.Latest, error)
	// Lost lists open changes that were raised before a time and not judged since, the longest first.
	Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error)
}

// Desk is what operators see beside the pages. The fields are set before use.
type Desk struct {
	Board Board
	// GivenUp counts the jobs that the queue gave up and has not forgotten; nil shows none.
	GivenUp func(ctx context.Context) (int, error)
	// Metrics serves /metrics; nil serves none.
	Metrics http.Handler
	// Hosts are the names, in lower case, by which the listener may be reached beside its address and localhost.
	Hosts []string
}

// overviewView is the operators' front page.
type overviewView struct {
	frame
	Banners []banner
	Recent  []history.Latest
	Waiting []waitingView
	// Cut is true when more wait than are listed.
	Cut     bool
	Longest string
	// Counts is true when GivenUp is known.
	Counts  bool
	GivenUp int
	Unready []result
}

// waitingView is a change that waits for a verdict; Failed is the newest line of its history when that is a failure.
type waitingView struct {
	Record change.Record
	Failed *history.Line
}

const maxListed = 50

func (d *Desk) overview(w http.ResponseWriter, r *http.Request, health *Health, p *Pages) {
	v, err := d.look(r.Context(), health, p)
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	p.render(w, r, "overview", v)
}

func (d *Desk) look(ctx context.Context, health *Health, p *Pages) (v overviewView, err error) {
	v.frame = p.frame("Overview", "./", true)
	if p.Gate == finding.Warn {
		v.Banners = append(v.Banners, banner{Class: "warn", Title: "The gate is switched to warn", Text: "Nothing blocks, in any repository, until it is switched back in the server's file."})
	}
	if v.Recent, err = d.Board.Recent(ctx, maxListed); err != nil {
		return v, err
	}
	waits, err := d.Board.Lost(ctx, v.Now, maxListed+1)
	if err != nil {
		return v, err
	}
	if v.Cut = len(waits) > maxListed; v.Cut {
		waits = waits[:maxListed]
	}
	for _, record := range waits {
		wait := waitingView{Record: record}
		lines, err := p.Record.Lines(ctx, record.Key, 1)
		if err != nil {
			return v, err
		}
		if len(lines) > 0 && lines[0].Kind == history.Failed {
			wait.Failed = &lines[0]
		}
		v.Waiting = append(v.Waiting, wait)
	}
	if len(waits) > 0 {
		v.Longest = strings.TrimSuffix(ago(v.Now, waits[0].RaisedAt), " ago")
	}
	if d.GivenUp != nil {
		v.Counts = true
		if v.GivenUp, err = d.GivenUp(ctx); err != nil {
			return v, err
		}
	}
	for _, c := range health.ask(ctx) {
		if !c.OK {
			v.Unready = append(v.Unready, c)
		}
	}
	return v, nil
}
