package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/objective"
)

// objectivesView is the page of response times.
type objectivesView struct {
	frame
	objective.Report
}

// routeObjectives serves how quickly Lintel answered to operators, as a page and as JSON.
func (p *Pages) routeObjectives(mux *http.ServeMux) {
	if p.o.Objectives == nil {
		return
	}
	serve := func(show func(w http.ResponseWriter, r *http.Request, report objective.Report)) http.Handler {
		return inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			report, err := p.o.Objectives(r.Context())
			if err != nil {
				p.trouble(w, r, err)
				return
			}
			show(w, r, report)
		}))
	}
	mux.Handle("GET /objectives", serve(func(w http.ResponseWriter, r *http.Request, report objective.Report) {
		p.render(w, r, "objectives", objectivesView{p.frame("Response times", "./", true), report})
	}))
	mux.Handle("GET /objectives.json", serve(func(w http.ResponseWriter, _ *http.Request, report objective.Report) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(report) // a client that went away is not worth a log line
	}))
}

// ObjectivesReader reads how quickly Lintel answered.
type ObjectivesReader = func(context.Context) (objective.Report, error)

// seconds shows a time: "0.4 s", "70 s", "12 min"; a dash when there is none.
func seconds(s *float64) string {
	switch {
	case s == nil:
		return "–"
	case *s < 10:
		return fmt.Sprintf("%.1f s", *s)
	case *s < 100:
		return fmt.Sprintf("%.0f s", *s)
	case *s < 100*60:
		return fmt.Sprintf("%.0f min", *s/60)
	}
	return fmt.Sprintf("%.0f h", (time.Duration(*s) * time.Second).Hours())
}

// percent shows a share of 1; a dash when there is none.
func percent(s *float64) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100**s)
}
