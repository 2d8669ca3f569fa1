package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
)

// Finder finds changes by the names that addresses use.
type Finder interface {
	// Named and NamedGroup list every change that is or was called so, the one that has the name today first: a link outlives its repository's name.
	Named(ctx context.Context, forge change.Forge, owner, name string, number int) ([]change.Record, error)
	NamedGroup(ctx context.Context, forge change.Forge, owner, name, sha string) ([]change.Record, error)
	// SameCommit lists the other open pull requests that share the commit, with their newest verdicts on it.
	SameCommit(ctx context.Context, r change.Record) ([]history.Peer, error)
}

// Archive gives a change's verdicts, newest first, and the documents they rest on.
type Archive interface {
	Verdicts(ctx context.Context, r change.Record, limit int) ([]history.Verdict, error)
	Evidence(ctx context.Context, digest string) ([]byte, error)
}

// Journal gives what happened to a change and what was published about it, newest first.
type Journal interface {
	Lines(ctx context.Context, key change.Key, limit int) ([]history.Line, error)
	Effects(ctx context.Context, key change.Key, limit int) ([]history.Posted, error)
}

// Record is all that the pages read.
type Record interface {
	Finder
	Archive
	Journal
	Consultations
}

// Pages explains verdicts. It is safe for concurrent use; the fields are set before use.
type Pages struct {
	Record Record
	// Missing tells "not there" from trouble with the record, by its error.
	Missing    func(error) bool
	Capability Capability
	// Families and Rules are those of the policies in force, for titles, explanations and the manual.
	Families []policy.Family
	Rules    []policy.Rule
	// Gate is the operator's switch for bad days: with warn every page says that nothing blocks.
	Gate finding.Mode
	// WebURL is where people see the forge, "https://github.com"; empty makes no links to files and commits.
	WebURL string
	// Version is shown at the foot of each page.
	Version string
	Log     *slog.Logger
	Now     func() time.Time
}

// byCapability shows a page to who has its link. All else gets the answer of a page that does not exist, in the same time.
func (p *Pages) byCapability(w http.ResponseWriter, r *http.Request) {
	given := r.URL.Query().Get("c")
	if !shaped(given) {
		notFound(w, r)
		return
	}
	named, err := p.find(r)
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	// The link says which of them is meant: it is bound to the repository's id. For a change that is not there the empty key is compared: the answer
	// takes as long.
	if len(named) == 0 {
		named = []change.Record{{}}
	}
	meant := slices.IndexFunc(named, func(c change.Record) bool { return p.Capability.Valid(c.Key, given) })
	if meant < 0 || named[meant].Key == (change.Key{}) {
		notFound(w, r)
		return
	}
	p.show(w, r, named[meant], false)
}

// forOperators shows any page.
func (p *Pages) forOperators(w http.ResponseWriter, r *http.Request) {
	named, err := p.find(r)
	switch {
	case err != nil:
		p.trouble(w, r, err)
	case len(named) == 0:
		notFound(w, r)
	default:
		p.show(w, r, named[0], true)
	}
}

func (p *Pages) find(r *http.Request) ([]change.Record, error) {
	forge, owner, repo := change.Forge(r.PathValue("forge")), r.PathValue("owner"), r.PathValue("repo")
	if sha := r.PathValue("sha"); sha != "" {
		return p.Record.NamedGroup(r.Context(), forge, owner, repo, sha)
	}
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number <= 0 || strconv.Itoa(number) != r.PathValue("number") {
		// Looked for all the same, so that the answer takes as long; no change has this number.
		number = -1
	}
	return p.Record.Named(r.Context(), forge, owner, repo, number)
}

// welcome is the front door of the public listener.
func (p *Pages) welcome(w http.ResponseWriter, _ *http.Request) {
	still(w, http.StatusOK, "welcome", frame{Tab: "This is Lintel"})
}

// still writes a page that rests on nothing but its template.
func still(w http.ResponseWriter, status int, name string, f frame) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, f); err != nil {
		panic("web: a page without data is written: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", itoa(b.Len()))
	w.WriteHeader(status)
	// A client that went away is not worth a line.
	_, _ = w.Write(b.Bytes())
}

func (p *Pages) trouble(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		p.Log.Error("a page could not be read", "path", r.URL.Path, "error", err.Error())
	}
	w.Header().Set("Retry-After", "5")
	plain(w, http.StatusServiceUnavailable, "503: the record cannot be read just now. Try again in a moment.\n")
}
