// Package rollouts makes the page of what rollouts changed, for operators, and the same as CSV and JSON.
//
// Callers may rely on this: no change is shown without its interval, its number of repositories and the word estimate; with
// too few there is a reason instead.
package rollouts

import (
	"bytes"
	"context"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/flow/stepped"
	"github.com/lintel-review/lintel/internal/template"
	"github.com/lintel-review/lintel/internal/text"
)

// Shell puts content into a page, and answers what is no page.
type Shell interface {
	Page(w http.ResponseWriter, r *http.Request, status int, title, root string, content template.HTML)
	Trouble(w http.ResponseWriter, r *http.Request, err error)
}

// Pages serves them. It is safe for concurrent use.
type Pages struct {
	Report func(context.Context) (stepped.Report, error)
	Shell  Shell
}

// Route adds the pages to the operators' listener.
func (p Pages) Route(admin *http.ServeMux) {
	for path, answer := range map[string]func(http.ResponseWriter, *http.Request, stepped.Report){
		"/flow/rollouts": p.page, "/flow/rollouts.json": asJSON, "/flow/rollouts.csv": asCSV,
	} {
		admin.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			report, err := p.Report(ctx)
			if err != nil {
				p.Shell.Trouble(w, r, err)
				return
			}
			answer(w, r, report)
		})
	}
}

// patience is how long a page may read.
const patience = 15 * time.Second

//go:embed page/*.html
var pages embed.FS

var templates = template.Files(pages, "page/*.html", nil, template.Views{"rollouts": view{}})

type view struct {
	Method string
	All    []rollout
}

type rollout struct {
	Name, When string
	Unknown    []string
	Tiles      []tile
}

// tile is one estimate as it is shown.
type tile struct{ Title, Value, Unit, Between, Before, Note string }

// measured are what is estimated of each rollout.
var measured = []struct {
	title, name string
	less, more  string
	of          func(stepped.Rollout) stepped.Estimate
}{
	{"Ready to merged", "cycle", "shorter", "longer", func(r stepped.Rollout) stepped.Estimate { return r.Cycle }},
	{"Waiting for review", "pickup", "shorter", "longer", func(r stepped.Rollout) stepped.Estimate { return r.Pickup }},
	{"Merged per week", "throughput", "fewer", "more", func(r stepped.Rollout) stepped.Estimate { return r.Merged }},
}

func (p Pages) page(w http.ResponseWriter, r *http.Request, report stepped.Report) {
	v := view{Method: report.Method}
	for _, one := range report.Rollouts {
		shown := rollout{Name: one.Name, Unknown: one.Unknown, When: "No repository has begun yet"}
		if !one.First.IsZero() {
			shown.When = fmt.Sprintf("%d %s began, from %s to %s", one.Cycle.Of,
				text.Plural(one.Cycle.Of, "repository", "repositories"), one.First.Format("2 Jan 2006"), one.Last.Format("2 Jan 2006"))
		}
		for _, m := range measured {
			shown.Tiles = append(shown.Tiles, tileOf(m.title, m.less, m.more, m.of(one)))
		}
		v.All = append(v.All, shown)
	}
	var content bytes.Buffer
	if err := templates.Execute(&content, "rollouts", v); err != nil {
		p.Shell.Trouble(w, r, err)
		return
	}
	p.Shell.Page(w, r, http.StatusOK, "Rollouts", "../", template.HTML(content.String()))
}

// tileOf shows one estimate: never without its interval, never as a fact.
func tileOf(title, less, more string, e stepped.Estimate) tile {
	t := tile{Title: title, Value: "–", Note: e.Why}
	if e.Change == nil {
		return t
	}
	t.Value, t.Unit = "≈ "+relative(e.Change.By, less, more), "estimate"
	t.Between = "between " + relative(e.Change.Low, less, more) + " and " + relative(e.Change.High, less, more)
	if !e.Change.Sure() {
		t.Between += ": no clear change"
	}
	t.Note = fmt.Sprintf("%d of %d repositories that began, against %d that had not; %d pull requests", e.Begun, e.Of,
		e.Others, e.Pulls)
	switch {
	case e.Before == nil:
		t.Before = "Whether both sides went the same way before is not known."
	case !e.Parallel():
		t.Before = "⚠ Both sides went apart before it began (" + relative(e.Before.By, less, more) +
			"): this change is not the rollout's alone."
	default:
		t.Before = "Before it began: no clear difference (" + relative(e.Before.Low, less, more) + " to " +
			relative(e.Before.High, less, more) + ")."
	}
	return t
}

// relative writes a relative change in words.
func relative(by float64, less, more string) string {
	if by < 0 {
		return fmt.Sprintf("%.0f %% %s", -100*by, less)
	}
	return fmt.Sprintf("%.0f %% %s", 100*by, more)
}

func asJSON(w http.ResponseWriter, _ *http.Request, report stepped.Report) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(report) // a client that went away is not worth a log line
}

// asCSV writes a row for each estimate. No text of others is in it: the names of rollouts are checked.
func asCSV(w http.ResponseWriter, _ *http.Request, report stepped.Report) {
	rows := [][]string{{"rollout", "planned", "first", "last", "of", "kind", "begun", "others", "pull_requests", "estimate_by",
		"low", "high", "before_by", "before_low", "before_high", "why"}}
	numbers := func(c *stepped.Range) []string {
		if c == nil {
			return []string{"", "", ""}
		}
		number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
		return []string{number(c.By), number(c.Low), number(c.High)}
	}
	dated := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	for _, one := range report.Rollouts {
		for _, m := range measured {
			e := m.of(one)
			row := []string{one.Name, strconv.FormatBool(one.Planned), dated(one.First), dated(one.Last), strconv.Itoa(e.Of), m.name,
				strconv.Itoa(e.Begun), strconv.Itoa(e.Others), strconv.FormatInt(e.Pulls, 10)}
			row = append(append(row, numbers(e.Change)...), numbers(e.Before)...)
			rows = append(rows, append(row, e.Why))
		}
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="rollouts.csv"`)
	_ = csv.NewWriter(w).WriteAll(rows) // a client that went away is not worth a log line
}
