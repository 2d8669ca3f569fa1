// Package fleet makes the operators' pages of repositories: the list of all, which can be searched and narrowed, and a
// page for each.
//
// Callers may rely on: text of others is escaped by package template; a list is one page of fifty; what is asked wrongly is
// answered in words.
package fleet

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/template"
	"github.com/lintel-review/lintel/internal/text"
)

// Record is what the pages read.
type Record interface {
	Repositories(ctx context.Context) ([]fleet.Repository, error)
	OpenOf(ctx context.Context, repository change.Repository, forge change.Forge) ([]fleet.Change, error)
	RefusalsSince(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]fleet.Refusals, error)
	// RepositoryNamed is change.ErrNotFound for a repository that nobody has heard of.
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// Shell puts content into a page, and answers what is no page.
type Shell interface {
	Page(w http.ResponseWriter, r *http.Request, status int, title, root string, content template.HTML)
	Trouble(w http.ResponseWriter, r *http.Request, err error)
	Missing(w http.ResponseWriter, r *http.Request)
}

// Pages serves them. It is safe for concurrent use.
type Pages struct {
	record Record
	shell  Shell
	now    func() time.Time
}

// New checks that nothing is missing.
func New(record Record, shell Shell, now func() time.Time) (*Pages, error) {
	if record == nil || shell == nil || now == nil {
		return nil, errors.New("make the pages of repositories: the record, the shell and the clock are needed")
	}
	return &Pages{record, shell, now}, nil
}

// Route adds the pages to the operators' listener.
func (p *Pages) Route(admin *http.ServeMux) {
	admin.HandleFunc("GET /repositories", p.list)
	admin.HandleFunc("GET /repositories.json", p.listJSON)
	admin.HandleFunc("GET /repositories/{path...}", p.one)
}

// patience is how long a page may read, window how far back refusals are counted.
const (
	patience = 10 * time.Second
	window   = 30 * 24 * time.Hour
)

//go:embed page/*.html
var files embed.FS

var templates = template.Files(files, "page/*.html", template.Funcs{
	"count": text.Count, "money": money, "thousands": thousands, "manual": manual, "ago": ago, "lasted": lasted,
	"words": change.Forge.Words, "never": time.Time.IsZero,
}, template.Views{"list": listView{}, "one": oneView{}})

// money writes millionths of a dollar.
func money(micro int64) string { return fmt.Sprintf("$%.2f", float64(micro)/1e6) }

// thousands shortens large counts.
func thousands(n int64) string {
	if n < 10_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d k", n/1000)
}

// listView is the list of repositories.
type listView struct {
	Question fleet.Question
	Problem  string
	States   []fleet.State
	All      int
	Total    fleet.Repository
	fleet.List
	Refusals       []fleet.Refusals
	Previous, Next string
	// Root leads to the site's root.
	Root string
	Now  time.Time
}

// manual is the address of a rule's page.
func manual(root, rule string) string {
	family, name, _ := strings.Cut(rule, "/")
	return root + "docs/rules/" + family + "#" + name
}

// ago says how long ago something was; a dash stands for what never was.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return lasted(now, t) + " ago"
}

// lasted says for how long something has lasted.
func lasted(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "a moment"
	case d < time.Hour:
		return text.Count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return text.Count(int(d/time.Hour), "hour")
	default:
		return text.Count(int(d/(24*time.Hour)), "day")
	}
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	v := listView{States: fleet.States(), Root: "./", Now: p.now()}
	status := http.StatusOK
	v.Question, v.Problem = fleet.Ask(r.URL.Query())
	if v.Problem != "" {
		status, v.Question = http.StatusBadRequest, fleet.Question{Page: 1}
	}
	all, err := p.record.Repositories(ctx)
	if err == nil {
		v.Refusals, err = p.record.RefusalsSince(ctx, "", 0, v.Now.Add(-window))
	}
	if err != nil {
		p.shell.Trouble(w, r, err)
		return
	}
	v.All, v.Total, v.List = len(all), fleet.Sum(all), v.Question.Answer(all)
	if v.Question.Page > 1 {
		v.Previous = "./repositories?" + v.Question.Values(v.Question.Page-1).Encode()
	}
	if v.More {
		v.Next = "./repositories?" + v.Question.Values(v.Question.Page+1).Encode()
	}
	p.show(w, r, status, "Repositories", "./", "list", v)
}

func (p *Pages) listJSON(w http.ResponseWriter, r *http.Request) {
	question, problem := fleet.Ask(r.URL.Query())
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	all, err := p.record.Repositories(r.Context())
	if err != nil {
		p.shell.Trouble(w, r, err)
		return
	}
	answer := question.Answer(all)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // a client that went away is not worth a log line
		"found": answer.Found, "page": question.Page, "more": answer.More,
		"repositories": append([]fleet.Repository{}, answer.Repositories...),
	})
}

// oneView is the page of one repository.
type oneView struct {
	listView
	Name      string
	Forge     change.Forge
	Open      []openView
	Gone      bool
	Sum       fleet.Repository
	JudgedAgo string
}

// openView is an open change with the address of its page.
type openView struct {
	fleet.Change
	Page string
}

func (p *Pages) one(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	forge := change.Forge(cmp.Or(r.URL.Query().Get("forge"), string(change.GitHub)))
	owner, name, _ := change.SplitName(r.PathValue("path")) // GitLab's groups nest
	repository, err := p.record.RepositoryNamed(ctx, forge, owner, name)
	if errors.Is(err, change.ErrNotFound) {
		p.shell.Missing(w, r)
		return
	}
	root := strings.Repeat("../", strings.Count(r.URL.EscapedPath(), "/")-1)
	v := oneView{listView: listView{Root: root, Now: p.now()}}
	var changes []fleet.Change
	if err == nil {
		changes, err = p.record.OpenOf(ctx, repository, forge)
	}
	if err == nil {
		v.Refusals, err = p.record.RefusalsSince(ctx, forge, repository.ID, v.Now.Add(-window))
	}
	var all []fleet.Repository
	if err == nil {
		all, err = p.record.Repositories(ctx)
	}
	if err != nil {
		p.shell.Trouble(w, r, err)
		return
	}
	for _, known := range all {
		if known.ID == repository.ID && known.Forge == forge {
			v.Sum = known
		}
	}
	v.Name = repository.Owner + "/" + repository.Name
	v.Forge = forge
	path := strings.ReplaceAll(url.PathEscape(repository.Owner), "%2F", "/") + "/" + url.PathEscape(repository.Name)
	for _, c := range changes {
		v.Open = append(v.Open, openView{c, fmt.Sprintf("%spr/%s/%s/%d", root, url.PathEscape(string(forge)), path, c.Ref.Number)})
	}
	v.JudgedAgo = ago(v.Now, v.Sum.JudgedAt)
	p.show(w, r, http.StatusOK, v.Name, root, "one", v)
}

// show writes a page of one of the templates.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, title, root, name string, data any) {
	var content bytes.Buffer
	if err := templates.Execute(&content, name, data); err != nil {
		p.shell.Trouble(w, r, err)
		return
	}
	p.shell.Page(w, r, status, title, root, template.HTML(content.String()))
}
