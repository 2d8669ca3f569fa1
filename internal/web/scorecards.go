package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// Scores counts what became of the findings of rules.
type Scores interface {
	// Scores counts since a day, in one repository, or in all for 0.
	Scores(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]scorecard.Count, error)
	// Demotions are the rules that should not block, or do no longer, by repository, the newest first.
	Demotions(ctx context.Context, limit int) ([]scorecard.Demotion, error)
	names
}

// scorecardsView is the page of scorecards.
type scorecardsView struct {
	frame
	Repository string
	Forge      change.Forge
	Days       int
	Cards      []scorecard.Card
	Demotions  []scorecard.Demotion
}

// The days that scorecards look back: as a demotion does unless the reader asks otherwise, at most maxDays.
const (
	defaultDays = int(scorecard.Window / (24 * time.Hour))
	maxDays     = 400
)

// routeScorecards serves the scorecards of rules to operators, as a page and as the JSON of lintel rules scorecard.
func (p *Pages) routeScorecards(mux *http.ServeMux) {
	if p.o.Scores == nil {
		return
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v, ok := p.scorecards(w, r); ok {
			p.render(w, r, "scorecards", v)
		}
	})
	mux.Handle("GET /rules", inTime(p.o.Limit, page))
	mux.Handle("GET /rules.json", inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v, ok := p.scorecards(w, r); ok {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v.Cards) // a client that went away is not worth a log line
		}
	})))
}

// scorecards reads what the address asks for: ?repo=OWNER/NAME&forge=gitlab&days=N. It answers itself when that cannot be shown.
func (p *Pages) scorecards(w http.ResponseWriter, r *http.Request) (v scorecardsView, ok bool) {
	v = scorecardsView{frame: p.frame("Scorecards", "./", true), Repository: r.FormValue("repo"), Days: defaultDays}
	if given := r.FormValue("days"); given != "" {
		days, err := strconv.Atoi(given)
		if err != nil || days < 1 || days > maxDays {
			fail(w, r, http.StatusBadRequest, "That is no number of days", "days is 1 to "+itoa(maxDays)+".")
			return v, false
		}
		v.Days = days
	}
	forge, repo, ok := p.asked(w, r, p.o.Scores)
	if !ok {
		return v, false
	}
	v.Forge = forge
	counts, err := p.o.Scores.Scores(r.Context(), forge, repo.ID, v.Now.AddDate(0, 0, 1-v.Days))
	if err != nil {
		p.trouble(w, r, err)
		return v, false
	}
	v.Cards = scorecard.Cards(counts)
	if v.Demotions, err = p.o.Scores.Demotions(r.Context(), maxListed); err != nil {
		p.trouble(w, r, err)
		return v, false
	}
	return v, true
}
