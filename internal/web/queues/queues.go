// Package queues makes the operators' page of the queue: how much waits and for how long, which jobs fail or were given
// up, and the buttons that run one again or forget it.
//
// riverui, River's own page, was weighed: it is an application of its own with scripts, and knows neither this listener's
// sign-in nor the audit log.
//
// Callers may rely on: text of others is escaped by package template; only an operator, or whoever reaches a listener
// without sign-in, gets buttons; a button works from this page alone, and each use is a record of the audit log.
package queues

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/template"
)

// Shell puts content into a page, answers what is no page, and names who asks.
type Shell interface {
	Page(w http.ResponseWriter, r *http.Request, status int, title, root string, content template.HTML)
	Trouble(w http.ResponseWriter, r *http.Request, err error)
	Caller(r *http.Request) string
}

// Pages serves them. Every field is needed. It is safe for concurrent use.
type Pages struct {
	Survey func(ctx context.Context) (queue.Survey, error)
	// Act retries or discards a job and records it, both or neither. It is change.ErrNotFound when the job is not there
	// any more, runs now, is done, or an equal one waits.
	Act   func(ctx context.Context, act audit.Act, id int64, actor string) error
	Shell Shell
}

// patience is how long a page may read.
const patience = 10 * time.Second

//go:embed page/*.html
var files embed.FS

var templates = template.Files(files, "page/*.html", template.Funcs{"lasted": lasted}, template.Views{"queue": view{}})

// lasted says how long something has waited.
func lasted(seconds int64) string {
	return (time.Duration(seconds) * time.Second).String()
}

// Route adds the pages to the operators' listener.
func (p Pages) Route(admin *http.ServeMux) {
	admin.HandleFunc("GET /queue", func(w http.ResponseWriter, r *http.Request) { p.show(w, r, http.StatusOK, "") })
	admin.HandleFunc("GET /queue.json", p.asJSON)
	own := http.NewCrossOriginProtection()
	for path, act := range map[string]audit.Act{"/queue/retry": audit.JobRetried, "/queue/discard": audit.JobDiscarded} {
		admin.Handle("POST "+path, own.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.act(w, r, act) })))
	}
}

type view struct {
	queue.Survey
	Problem string
	// Acts is true for whoever may press the buttons; CSRF is what their forms carry.
	Acts bool
	CSRF string
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, status int, problem string) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	v := view{Problem: problem, Acts: true}
	if g, ok := access.Of(ctx); ok {
		v.Acts, v.CSRF = g.Role.AtLeast(access.Operator), g.CSRF
	}
	var err error
	if v.Survey, err = p.Survey(ctx); err != nil {
		p.Shell.Trouble(w, r, err)
		return
	}
	var content bytes.Buffer
	if err := templates.Execute(&content, "queue", v); err != nil {
		p.Shell.Trouble(w, r, err)
		return
	}
	p.Shell.Page(w, r, status, "Queue", "./", template.HTML(content.String()))
}

func (p Pages) asJSON(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	s, err := p.Survey(ctx)
	if err != nil {
		p.Shell.Trouble(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s) // a client that went away is not worth a log line
}

func (p Pages) act(w http.ResponseWriter, r *http.Request, act audit.Act) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	if err != nil || id <= 0 {
		http.Error(w, "400: the form names no job.", http.StatusBadRequest)
		return
	}
	switch err := p.Act(r.Context(), act, id, p.Shell.Caller(r)); {
	case errors.Is(err, change.ErrNotFound):
		http.Error(w, "409: the job runs now, is done or gone, or an equal one waits: go back and reload the page.", http.StatusConflict)
	case err != nil:
		p.Shell.Trouble(w, r, err)
	default:
		// Reloading the page that follows must not repeat it. http.Redirect would make the address one of this listener,
		// without what a proxy has before it.
		w.Header().Set("Location", "../queue")
		w.WriteHeader(http.StatusSeeOther)
	}
}
