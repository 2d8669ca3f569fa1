package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/verdict"
)

// finder finds changes by the names that addresses use.
type finder interface {
	// Named and NamedGroup list every change that has or had the name, the one that has it today first: a link
	// outlives its repository's name.
	Named(ctx context.Context, forge change.Forge, owner, name string, number int) ([]change.Record, error)
	NamedGroup(ctx context.Context, forge change.Forge, owner, name, sha string) ([]change.Record, error)
	// SameCommit lists the other open changes that share the commit, with their newest verdicts on it.
	SameCommit(ctx context.Context, r change.Record) ([]verdict.Peer, error)
}

// archive has a change's verdicts, newest first, and the documents of their evidence.
type archive interface {
	Verdicts(ctx context.Context, r change.Record, limit int) ([]verdict.Verdict, error)
	Evidence(ctx context.Context, digest string) ([]byte, error)
}

// journal has a change's history and what was published about it, newest first.
type journal interface {
	Lines(ctx context.Context, key change.Key, limit int) ([]history.Line, error)
	Effects(ctx context.Context, key change.Key, limit int) ([]effect.Posted, error)
}

// Record is all that the pages read.
type Record interface {
	finder
	archive
	journal
	consultations
}

// PageOptions are what Pages needs. Every field is needed, but those that say otherwise.
type PageOptions struct {
	Record     Record
	Capability Capability
	// Scores makes the page of scorecards (nil: there is none).
	Scores Scores
	// Objectives makes the page of response times (nil: there is none).
	Objectives ObjectivesReader
	// Explain says where each setting comes from that a verdict rests on, by the digest of its facts; it gives none when
	// that is not kept any more (nil: pages do not say it).
	Explain func(ctx context.Context, r change.Ref, digest string) ([]settings.Value, error)
	// Held says in one word which gate holds merges into a repository, as somebody saw it lately (fleet.Watched); empty where
	// nobody did (nil: pages do not say it).
	Held func(ctx context.Context, forge change.Forge, repo int64) (string, error)
	// Families and Rules are those of the policies in force, for titles, explanations and the manual.
	Families []policy.Family
	Rules    []policy.Rule
	// Gate is the server's switch: with warn, every page says that nothing blocks. Empty enforces.
	Gate finding.Mode
	// Sites are where people see the forges; one that is not there gets no links to files and commits.
	Sites change.Sites
	// Version is shown at the foot of each page (empty: none is).
	Version string
	// Limit is the time in which a page for operators answers, whatever the record does; zero takes the default.
	Limit time.Duration
	Log   *slog.Logger
	Now   func() time.Time
}

// Pages explains verdicts. It is safe for concurrent use.
type Pages struct {
	o PageOptions
	// words are what people call changes on the forges that are served.
	words change.Words
}

// NewPages checks that nothing is missing.
func NewPages(o PageOptions) (*Pages, error) {
	switch {
	case o.Record == nil || o.Log == nil || o.Now == nil:
		return nil, errors.New("make the pages: the record, the log and the clock are needed")
	case len(o.Capability.keys) == 0:
		return nil, errors.New("make the pages: the key that signs their links is missing")
	case len(o.Families) == 0 || len(o.Rules) == 0:
		return nil, errors.New("make the pages: the rules that they explain are missing")
	}
	o.Limit = cmp.Or(o.Limit, operatorTime)
	return &Pages{o, o.Sites.Words()}, nil
}

// byCapability shows a page to whoever has its link. Everything else gets the same 404 in the same time, so responses
// reveal nothing.
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
	// The link selects one of them, since it is bound to the repository's id. For an unknown change, compare with the
	// empty key, so that the answer takes as long.
	if len(named) == 0 {
		named = []change.Record{{}}
	}
	meant := slices.IndexFunc(named, func(c change.Record) bool { return p.o.Capability.Valid(c.Key, given) })
	if meant < 0 || named[meant].Key == (change.Key{}) {
		notFound(w, r)
		return
	}
	p.show(w, r, named[meant], false)
}

// forOperators shows any page.
func (p *Pages) forOperators(w http.ResponseWriter, r *http.Request) {
	named, err := p.find(r)
	named = slices.DeleteFunc(named, func(c change.Record) bool { return !access.Shows(r.Context(), c.RepoID) })
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
	forge := change.Forge(r.PathValue("forge"))
	full, last, _ := change.SplitName(r.PathValue("change"))
	owner, repo, _ := change.SplitName(full)
	if strings.HasPrefix(r.URL.Path, "/group/") {
		return p.o.Record.NamedGroup(r.Context(), forge, owner, repo, last)
	}
	number, err := strconv.Atoi(last)
	if err != nil || number <= 0 || strconv.Itoa(number) != last {
		// No change has this number. Query it all the same, so that the answer takes as long.
		number = -1
	}
	return p.o.Record.Named(r.Context(), forge, owner, repo, number)
}

// welcome is the front page of the public listener.
func (p *Pages) welcome(w http.ResponseWriter, _ *http.Request) {
	still(w, http.StatusOK, "welcome", frame{Tab: "This is Lintel", words: &p.words})
}

// still writes a page that needs only its template and our own words.
func still(w http.ResponseWriter, status int, name string, data any) {
	page := stillPage(name, data)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", itoa(len(page)))
	w.WriteHeader(status)
	// A client that went away is not worth a log line.
	_, _ = w.Write(page)
}

func stillPage(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates.Execute(&b, name, data); err != nil {
		panic("web: a page without data is written: " + err.Error())
	}
	return worded(b.Bytes(), data)
}

// failure is the page that is shown in place of one that fails. Title and Text are our own sentences.
type failure struct {
	frame
	Status      int
	Title, Text string
}

// fail answers a browser with a page, and a program with a line.
func fail(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	if browsing(r) {
		still(w, status, "failure", failureOf(rootFrom(r.URL.Path), status, title, text))
		return
	}
	plain(w, status, failureLine(status, title, text))
}

func failureOf(root string, status int, title, text string) failure {
	return failure{frame{Tab: title, Root: root}, status, title, text}
}

// rootFrom leads from a path to the site's root.
func rootFrom(path string) string { return strings.Repeat("../", max(0, strings.Count(path, "/")-1)) }

func failureLine(status int, title, text string) string {
	return itoa(status) + ": " + title + ". " + text + "\n"
}

// browsing reports whether the client wants a page.
func browsing(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

func (p *Pages) trouble(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		p.o.Log.ErrorContext(r.Context(), "a page could not be read", "path", r.URL.Path, "error", err.Error())
	}
	w.Header().Set("Retry-After", "5")
	fail(w, r, http.StatusServiceUnavailable, "The record cannot be read just now",
		"Verdicts and checks on the forge are not touched by it. Try again in a moment.")
}
