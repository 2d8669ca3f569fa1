package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/verdict"
)

// pastPulls hands over the pull requests judged last.
type pastPulls interface {
	PastPulls(ctx context.Context, forge change.Forge, repository int64, limit int, use func(verdict.Past) error) error
	// RepositoryNamed is change.ErrNotFound for a repository that nobody has heard of.
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// evidenceOfRules is the page of what rules would have blocked.
type evidenceOfRules struct {
	frame
	evidence.Report
}

// Silent counts the rules that would have blocked nothing.
func (v evidenceOfRules) Silent() (n int) {
	for _, e := range v.Rules {
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
		if report, ok := p.evidenceOf(w, r, record); ok {
			p.render(w, r, "evidence-of-rules", evidenceOfRules{p.frame("Evidence", "../", true), report})
		}
	})))
	mux.Handle("GET /rules/evidence.json", inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if report, ok := p.evidenceOf(w, r, record); ok {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(report) // a client that went away is not worth a log line
		}
	})))
}

// evidenceOf reads what the address asks for. It answers itself when that cannot be shown.
func (p *Pages) evidenceOf(w http.ResponseWriter, r *http.Request, record pastPulls) (report evidence.Report, ok bool) {
	repository := change.Repository{}
	name := r.FormValue("repo")
	if name != "" {
		owner, short, _ := change.SplitName(name)
		var err error
		if repository, err = record.RepositoryNamed(r.Context(), change.GitHub, owner, short); errors.Is(err, change.ErrNotFound) {
			notFound(w, r)
			return report, false
		} else if err != nil {
			p.trouble(w, r, err)
			return report, false
		}
	}
	if !access.Shows(r.Context(), repository.ID) {
		notFound(w, r)
		return report, false
	}
	sum, err := evidence.Read(r.Context(), record, change.GitHub, repository.ID, evidence.Last)
	if err != nil {
		p.trouble(w, r, err)
		return report, false
	}
	return sum.Report(name), true
}
