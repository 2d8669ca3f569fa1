package web

import (
	"context"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/change"
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

func (d *Desk) overview(w http.ResponseWriter, r *http.Request, p *Pages) {
	recent, err := d.Board.Recent(r.Context(), 50)
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	p.render(w, r, "overview", map[string]any{"Tab": "Lintel", "Recent": recent})
}
