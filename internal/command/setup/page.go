package setup

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"sync"

	"github.com/lintel-review/lintel/internal/forge/github"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is the local page: the form that sends the manifest to GitHub, and the address to which GitHub sends back.
type page struct {
	command GitHub
	host    string
	// state is known to whoever was sent to GitHub by this page, and to GitHub.
	state      string
	manifest   string
	exchange   func(ctx context.Context, code string) (github.Registration, error)
	registered chan github.Registration

	mu   sync.Mutex
	done *github.Registration
}

func newPage(c GitHub, host string) (*page, error) {
	p := &page{command: c, host: host, state: rand.Text(), registered: make(chan github.Registration, 1)}
	p.exchange = func(ctx context.Context, code string) (github.Registration, error) {
		return github.Register(ctx, c.APIURL, code, nil)
	}
	manifest, err := github.Manifest(c.Name, c.PublicURL, p.address()+"created")
	p.manifest = string(manifest)
	return p, err
}

func (p *page) address() string { return "http://" + p.host + "/" }

// form is where the manifest goes.
func (p *page) form() string {
	path := "/settings/apps/new"
	if p.command.Organisation != "" {
		path = "/organizations/" + url.PathEscape(p.command.Organisation) + path
	}
	return p.command.WebURL + path + "?state=" + url.QueryEscape(p.state)
}

// ServeHTTP answers the browser.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	// GitHub's answer to the form leads back here, and browsers hold redirects of a form to form-action as well.
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' "+p.command.WebURL)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Host != p.host {
		// Against DNS rebinding: a page of somebody else could point its name at this port.
		http.Error(w, "this page is at "+p.address(), http.StatusMisdirectedRequest)
		return
	}
	switch {
	case r.Method != http.MethodGet:
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		p.show(w, http.StatusOK, view{
			Form:     p.form(),
			Manifest: p.manifest,
			Name:     p.command.Name,
			Hook:     p.command.PublicURL + "/hooks/github",
		})
	case r.URL.Path == "/created":
		p.created(w, r)
	default:
		http.NotFound(w, r)
	}
}

// created takes the code with which GitHub sent the browser back.
func (p *page) created(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(p.state)) != 1 {
		p.show(w, http.StatusForbidden, view{Problem: "This answer does not belong to the button of this page.", Again: "/"})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done != nil { // the browser asks again, as by a reload
		p.show(w, http.StatusOK, view{Created: p.done})
		return
	}
	registered, err := p.exchange(r.Context(), q.Get("code"))
	switch {
	case errors.Is(err, github.ErrCode):
		p.show(w, http.StatusBadRequest, view{Problem: sentence(err), Again: "/"})
		return
	case err != nil:
		// The code stays good for an hour: a reload tries again.
		p.show(w, http.StatusBadGateway, view{
			Problem: fmt.Sprintf("The App exists, and its key could not be fetched: %v. Reload this page to try again.", err),
		})
		return
	}
	p.done = &registered
	p.show(w, http.StatusOK, view{Created: p.done})
	p.registered <- registered
}

func sentence(err error) string { return err.Error() + "." }

// view is what the page shows: the form, a problem, or the App.
type view struct {
	Form, Manifest, Name, Hook string
	Problem, Again             string
	Created                    *github.Registration
}

func (p *page) show(w http.ResponseWriter, status int, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, v) // the browser is gone
}
