package setup

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/template"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Text(pageText, template.Funcs{"lost": lost}, template.Views{"": view{}})

// exchangeTime bounds the exchange of a code for the App's key.
const exchangeTime = time.Minute

// ticketCookie holds what the one-time token was exchanged for.
const ticketCookie = "lintel_setup"

// page registers the App: the form that sends the manifest to GitHub, and the address to which GitHub sends back. Where
// it asks, a form for the App comes first.
type page struct {
	// host is the only one that the page answers under; empty is every one, and then a token is needed.
	host string
	asks bool
	// keep writes the files of an App's server.
	keep     func(App, github.Registration) error
	exchange func(ctx context.Context, a App, code string) (github.Registration, error)
	// ended gets the App, once, with what came of its files.
	ended chan result

	mu  sync.Mutex
	app App
	// complete is false until everything about the App is known.
	complete bool
	// token opens the page once, for a browser that then holds the ticket.
	token, ticket string
	// state is known to whoever was sent to GitHub by this page's last form, and to GitHub.
	state string
	done  *result
}

// result is an App that was made, and whether its files could be written.
type result struct {
	app App
	github.Registration
	err error
}

func newPage(a App, asks bool, keep func(App, github.Registration) error) *page {
	return &page{
		app: a, asks: asks, complete: !asks, keep: keep, state: rand.Text(), ended: make(chan result, 1),
		exchange: func(ctx context.Context, a App, code string) (github.Registration, error) {
			return github.Register(ctx, a.APIURL, code, nil)
		},
	}
}

// form is where the manifest goes.
func (p *page) form() string {
	path := "/settings/apps/new"
	if p.app.Organisation != "" {
		path = "/organizations/" + url.PathEscape(p.app.Organisation) + path
	}
	return p.app.WebURL + path + "?state=" + url.QueryEscape(p.state)
}

// origin is where the form goes, as a policy names it: nothing of a path may have a meaning there.
func (p *page) origin() string {
	u, err := url.Parse(p.app.WebURL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// ServeHTTP answers the browser.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := w.Header()
	// GitHub's answer to the form leads back here, and browsers hold redirects of a form to form-action as well.
	policy := "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
	if p.complete {
		policy += " " + p.origin()
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.host != "" && r.Host != p.host {
		// Against DNS rebinding: a page of somebody else could point its name at this port.
		http.Error(w, "this page is at http://"+p.host+"/", http.StatusMisdirectedRequest)
		return
	}
	if p.token != "" && !p.admits(w, r) {
		return
	}
	switch {
	case r.URL.Path == "/" && r.Method == http.MethodPost && p.asks:
		p.asked(w, r)
	case r.Method != http.MethodGet:
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
	case r.URL.Path == "/" && p.done != nil:
		p.show(w, http.StatusOK, view{Created: p.done})
	case r.URL.Path == "/" && p.asks:
		p.show(w, http.StatusOK, view{Ask: &p.app})
	case r.URL.Path == "/":
		p.button(w, r)
	case r.URL.Path == "/created":
		p.created(w, r)
	default:
		http.NotFound(w, r)
	}
}

// admits lets in whoever holds the ticket, and gives it for the token, once.
func (p *page) admits(w http.ResponseWriter, r *http.Request) bool {
	if c, err := r.Cookie(ticketCookie); err == nil && p.ticket != "" && equal(c.Value, p.ticket) {
		return true
	}
	if p.ticket == "" && r.Method == http.MethodGet && r.URL.Path == "/" && equal(r.URL.Query().Get("token"), p.token) {
		p.ticket = rand.Text()
		// Lax: GitHub leads back by a link of another site.
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // a page of plain http has no other cookies
			Name: ticketCookie, Value: p.ticket, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return false
	}
	p.show(
		w,
		http.StatusForbidden,
		view{Problem: "This page opens once, for the address that the terminal printed. If it was " +
			"not you who opened it, end lintel there and start it again."},
	)
	return false
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// asked takes the form about the App.
func (p *page) asked(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		p.show(w, http.StatusForbidden, view{Problem: "This form was sent by another site.", Again: "/"})
		return
	}
	if p.done != nil {
		p.show(w, http.StatusOK, view{Created: p.done})
		return
	}
	given := p.app
	given.PublicURL, given.WebURL, given.APIURL = r.PostFormValue("public-url"), r.PostFormValue("web-url"), ""
	given.Organisation, given.Name = r.PostFormValue("organisation"), r.PostFormValue("name")
	complete, err := given.Complete()
	if err != nil {
		p.show(w, http.StatusBadRequest, view{Ask: &given, Problem: sentence(err)})
		return
	}
	// GitHub's answer to an earlier form belongs to another App.
	p.app, p.complete, p.state = complete, true, rand.Text()
	w.Header().Set("Content-Security-Policy", w.Header().Get("Content-Security-Policy")+" "+p.origin())
	p.button(w, r)
}

// button shows what is made, and the button that sends it to GitHub.
func (p *page) button(w http.ResponseWriter, r *http.Request) {
	scheme := "http://"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https://"
	}
	manifest, err := github.Manifest(p.app.Name, p.app.PublicURL, scheme+r.Host+"/created")
	if err != nil {
		p.show(w, http.StatusBadRequest, view{Problem: sentence(err)})
		return
	}
	p.show(w, http.StatusOK, view{
		Form:     p.form(),
		Manifest: string(manifest),
		Name:     p.app.Name,
		Hook:     p.app.PublicURL + "/hooks/github",
	})
}

// created takes the code with which GitHub sent the browser back.
func (p *page) created(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !p.complete || !equal(q.Get("state"), p.state) {
		p.show(
			w,
			http.StatusForbidden,
			view{Problem: "This answer does not belong to the button of this page.", Again: "/"},
		)
		return
	}
	if p.done != nil { // the browser asks again, as by a reload
		p.show(w, http.StatusOK, view{Created: p.done})
		return
	}
	// A code is good once: a browser that hangs up must not lose the key that comes for it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), exchangeTime)
	defer cancel()
	registered, err := p.exchange(ctx, p.app, q.Get("code"))
	switch {
	case errors.Is(err, github.ErrCode):
		p.show(w, http.StatusBadRequest, view{Problem: sentence(err), Again: "/"})
		return
	case err != nil:
		// The code stays good for an hour: a reload tries again.
		p.show(w, http.StatusBadGateway, view{
			Problem: fmt.Sprintf(
				"The App exists, and its key could not be fetched: %v. Reload this page to try again.",
				err,
			),
		})
		return
	}
	p.done = &result{app: p.app, Registration: registered, err: p.keep(p.app, registered)}
	status := http.StatusOK
	if p.done.err != nil {
		status = http.StatusInternalServerError
	}
	p.show(w, status, view{Created: p.done})
	p.ended <- *p.done
}

func sentence(err error) string { return err.Error() + "." }

// view is what the page shows: the form about the App, the button, a problem, or the App.
type view struct {
	Ask                        *App
	Form, Manifest, Name, Hook string
	Problem, Again             string
	Created                    *result
}

// lost says why the files of an App could not be written; empty when they were.
func lost(r *result) string {
	if r.err == nil {
		return ""
	}
	return r.err.Error()
}

func (p *page) show(w http.ResponseWriter, status int, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, "", v) // the browser is gone
}
