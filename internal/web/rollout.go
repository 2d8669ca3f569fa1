package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/rollout"
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
	Repository  string
	Pulls, Lost int
	// Rules would have blocked something; Silent counts the others.
	Rules  []rollout.Evidence
	Silent int
}

// RouteEvidence serves operators what rules would have blocked, of all repositories or of ?repo=OWNER/NAME.
func (p *Pages) RouteEvidence(mux *http.ServeMux, record pastPulls) {
	mux.Handle("GET /rules/evidence", inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := evidenceOfRules{frame: p.frame("Evidence", "../", true), Repository: r.FormValue("repo")}
		var repository int64
		if v.Repository != "" {
			owner, name, _ := strings.Cut(v.Repository, "/")
			found, err := record.RepositoryNamed(r.Context(), change.GitHub, owner, name)
			switch {
			case errors.Is(err, change.ErrNotFound):
				notFound(w, r)
				return
			case err != nil:
				p.trouble(w, r, err)
				return
			}
			repository = found.ID
		}
		sum, err := evidence.Read(r.Context(), record, change.GitHub, repository, evidence.Last)
		if err != nil {
			p.trouble(w, r, err)
			return
		}
		v.Pulls, v.Lost = sum.Pulls()
		for _, e := range sum.Evidence() {
			if e.WouldBlock == 0 {
				v.Silent++
				continue
			}
			v.Rules = append(v.Rules, e)
		}
		p.render(w, r, "evidence-of-rules", v)
	})))
}
