// Package board makes the pages of figures about changes, for operators: the overview, the list behind every
// figure, one change's timeline, and the same as CSV and JSON.
//
// Callers may rely on this:
//   - every figure shows how many changes it is of, what is left out, and how old the data is, and leads to its
//     definition and to the changes behind it;
//   - what is not known, or too little to say, is a dash, never zero;
//   - nothing ranks people: no figure is by author;
//   - text of others is escaped by package template; in CSV, no cell begins a formula.
package board

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/template"
	"github.com/lintel-review/lintel/internal/text"
)

// Figures counts changes.
type Figures interface {
	// Count counts the merged changes of a filter: its percentiles, those of spans, how many took how long by edges in
	// seconds, and totals.
	Count(ctx context.Context, f filter.Filter, spans []filter.Span, edges []int64) (figure.Counted, error)
}

// Lists gives changes one by one.
type Lists interface {
	// Pulls returns how many there are.
	Pulls(ctx context.Context, f filter.Filter, skip, limit int, use func(figure.Pull) error) (int64, error)
	WaitingPulls(ctx context.Context, f filter.Filter, limit int, use func(figure.Pull) error) error
}

// About says what the record holds.
type About interface {
	Age(ctx context.Context) (figure.Age, error)
	// Choices are of some repositories, or of all for nil.
	Choices(ctx context.Context, only map[filter.Repo]bool) (figure.Choices, error)
}

// Record is all that the pages read.
type Record interface {
	Figures
	Lists
	About
	Deliveries
	single
}

// Shell puts content into a page, and answers what is no page.
type Shell interface {
	Page(w http.ResponseWriter, r *http.Request, status int, title, root string, content template.HTML)
	Trouble(w http.ResponseWriter, r *http.Request, err error)
	Missing(w http.ResponseWriter, r *http.Request)
}

// Options are what a board needs; Objectives, Scores and Spent may be nil.
type Options struct {
	Record Record
	Shell  Shell
	// Objectives says how quickly Lintel answered.
	Objectives func(context.Context) (objective.Report, error)
	Scores     Scores
	Spent      Spent
	// Only are the repositories that a request may show; nil is any.
	Only func(context.Context) map[filter.Repo]bool
	// Sites are where people see the forges; one that is not there gets no links.
	Sites change.Sites
	Now   func() time.Time
}

// Board serves the pages. It is safe for concurrent use.
type Board struct{ o Options }

// New checks that nothing is missing.
func New(o Options) (*Board, error) {
	if o.Record == nil || o.Shell == nil || o.Only == nil || o.Now == nil {
		return nil, errors.New("make the pages of figures: the record, the shell, who may see what and the clock are needed")
	}
	return &Board{o: o}, nil
}

// Route adds the pages to the operators' listener.
func (b *Board) Route(admin *http.ServeMux) {
	admin.HandleFunc("GET /flow", b.overview)
	admin.HandleFunc("GET /flow.json", b.overviewJSON)
	admin.HandleFunc("GET /flow.csv", b.overviewCSV)
	admin.HandleFunc("GET /definitions", b.definitions)
	admin.HandleFunc("GET /flow/dora", b.dora)
	admin.HandleFunc("GET /flow/pulls", b.pulls)
	admin.HandleFunc("GET /flow/pulls.json", b.pullsJSON)
	admin.HandleFunc("GET /flow/pulls.csv", b.pullsCSV)
	admin.HandleFunc("GET /flow/pull/{forge}/{change...}", b.pull)
}

// patience is how long a page may read.
const patience = 15 * time.Second

//go:embed page/*.html
var pages embed.FS

var templates = template.Files(pages, "page/*.html", template.Funcs{
	"count":    text.Count,
	"duration": duration,
	"dict":     dict,
	"options":  options,
}, template.Views{
	"overview": overviewView{}, "pulls": pullsView{}, "pull": pullView{}, "dora": doraView{}, "definitions": definitionsView{},
})

// dict is a map of pairs, so that a template can be given more than one value.
func dict(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// show writes a page of one of the templates.
func (b *Board) show(w http.ResponseWriter, r *http.Request, status int, title, root, name string, data any) {
	var content bytes.Buffer
	if err := templates.Execute(&content, name, data); err != nil {
		b.o.Shell.Trouble(w, r, err)
		return
	}
	b.o.Shell.Page(w, r, status, title, root, template.HTML(content.String()))
}

// parse reads the filter of an address, for the person who asks: it counts only what they may read.
func (b *Board) parse(r *http.Request) (filter.Filter, []filter.Problem) {
	f, problems := filter.Parse(r.URL.Query(), b.o.Now())
	f.Only = b.o.Only(r.Context())
	return f, problems
}

// asked reads the filter of an address. An export of an address that cannot be used is refused here; a page says what is
// wrong above its form.
func (b *Board) asked(w http.ResponseWriter, r *http.Request) (f filter.Filter, ok bool) {
	f, problems := b.parse(r)
	if len(problems) == 0 {
		return f, true
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	for _, p := range problems {
		_, _ = w.Write([]byte(p.Field + ": " + p.Text + "\n")) // a client that went away is not worth a log line
	}
	return f, false
}
