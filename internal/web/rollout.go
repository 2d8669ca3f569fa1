package web

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/verdict"
)

// pastPulls hands over the changes judged last.
type pastPulls interface {
	PastPulls(ctx context.Context, forge change.Forge, repository int64, limit int, use func(verdict.Past) error) error
	names
}

// evidenceOfRules is the page of what rules would have blocked.
type evidenceOfRules struct {
	frame
	evidence.Report
	Forge change.Forge
}

// silent counts the rules that would have blocked nothing.
func silent(r evidence.Report) (n int) {
	for _, e := range r.Rules {
		if e.WouldBlock == 0 {
			n++
		}
	}
	return n
}

// RouteEvidence serves operators what rules would have blocked, of all repositories or of ?repo=OWNER/NAME, as a page and
// as the JSON of lintel rules evidence.
func (p *Pages) RouteEvidence(mux *http.ServeMux, record pastPulls) {
	mux.Handle("GET /rules/evidence", inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if report, forge, ok := p.evidenceOf(w, r, record); ok {
			p.render(w, r, "evidence-of-rules", evidenceOfRules{p.frame("Evidence", "../", true), report, forge})
		}
	})))
	mux.Handle("GET /rules/evidence.json", inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if report, _, ok := p.evidenceOf(w, r, record); ok {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(report) // a client that went away is not worth a log line
		}
	})))
}

// evidenceOf reads what the address asks for. It answers itself when that cannot be shown.
func (p *Pages) evidenceOf(w http.ResponseWriter, r *http.Request, record pastPulls) (
	report evidence.Report, forge change.Forge, ok bool) {
	forge, repository, ok := p.asked(w, r, record)
	if !ok {
		return report, forge, false
	}
	if !access.Shows(r.Context(), repository.ID) {
		notFound(w, r)
		return report, forge, false
	}
	sum, err := evidence.Read(r.Context(), record, forge, repository.ID, evidence.Last)
	if err != nil {
		p.trouble(w, r, err)
		return report, forge, false
	}
	return sum.Report(r.FormValue("repo")), forge, true
}
