// Package signin lets people in to the operators' listener: it signs them in by a provider, keeps their sessions, and
// answers only what their role may see.
//
// Callers may rely on:
//   - without a session that is alive, nothing is answered but the health and the sign-in itself;
//   - a session's id is 256 random bits, made anew by each sign-in, held by the browser in a __Host- cookie and here as a
//     hash; signing out ends it at once;
//   - a sign-in ends in the browser that began it, once, within ten minutes, at the provider that it began at;
//   - a request that changes something needs the token of its session, and comes from a page of this listener;
//   - a viewer gets the same 404 for a repository that they may not read as for one that does not exist.
package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/web"
)

// Way is one way to sign in.
type Way interface {
	// Start is the address at the provider where a sign-in goes on.
	Start(ctx context.Context, a access.Attempt) (string, error)
	// Finish returns who the person is. token is for questions to the provider in their name; empty when there are none.
	Finish(ctx context.Context, a access.Attempt, code string) (p access.Person, token string, err error)
}

// Store keeps sign-ins that have begun, and sessions, by hashes.
type Store interface {
	BeginSignIn(ctx context.Context, hash string, a access.Attempt) error
	TakeSignIn(ctx context.Context, hash string) (access.Attempt, error)
	SignIn(ctx context.Context, hash, before string, p access.Person, role access.Role) error
	RefuseSignIn(ctx context.Context, p access.Person, why string) error
	Session(ctx context.Context, hash string) (access.Session, error)
	SeeSession(ctx context.Context, hash string) error
	SignOut(ctx context.Context, hash string, p access.Person) error
}

// Repositories finds repositories by the names that addresses use.
type Repositories interface {
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
	// KnownRepositories are all of a forge.
	KnownRepositories(ctx context.Context, forge change.Forge) ([]change.Repository, error)
}

// Reader asks the forge in somebody's name.
type Reader interface {
	// CanRead returns the id of a repository that the holder of a token can read; 0 when they cannot.
	CanRead(ctx context.Context, token, owner, name string) (int64, error)
	// Readable are the ids of the repositories that the forge lists for the holder of a token.
	Readable(ctx context.Context, token string) ([]int64, error)
}

// Options are what a Door needs. Every field is needed, but those that say otherwise.
type Options struct {
	Ways         map[string]Way
	Store        Store
	Repositories Repositories
	// Reader answers for people of GitHub (nil: they may read nothing as viewers).
	Reader Reader
	Rules  access.Rules
	// URL is the address of the listener as people reach it.
	URL           string
	Idle, Longest time.Duration
	// MetricsToken lets a program read /metrics (empty: none may).
	MetricsToken string
	Log          *slog.Logger
	Now          func() time.Time
}

// Door is safe for concurrent use.
type Door struct {
	o    Options
	host string
	// show writes the page of the sign-in.
	show    func(w http.ResponseWriter, r *http.Request, status int, v web.SignInView)
	starts  limit
	tokens  tokens
	reading reading
	listing listing
}

// New checks that nothing is missing.
func New(o Options, show func(w http.ResponseWriter, r *http.Request, status int, v web.SignInView)) (*Door, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("make the sign-in: the address of the listener is needed")
	case len(o.Ways) == 0 || o.Store == nil || o.Repositories == nil || show == nil || o.Log == nil || o.Now == nil:
		return nil, errors.New("make the sign-in: a way, the store, the pages, the log and the clock are needed")
	case o.Idle <= 0 || o.Longest <= 0:
		return nil, errors.New("make the sign-in: sessions need an end")
	}
	return &Door{o: o, host: u.Hostname(), show: show}, nil
}

// Host is the name that people reach the listener by.
func (d *Door) Host() string { return d.host }

// The cookies. A browser takes a __Host- cookie from this very host alone, over TLS, for all paths: no other page can
// plant one.
const (
	sessionCookie = "__Host-lintel"
	attemptCookie = "__Host-lintel-signin"
)

func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// held is the value of a cookie; empty when it is none of ours.
func held(r *http.Request, name string) string {
	all := r.CookiesNamed(name)
	if len(all) != 1 || len(all[0].Value) != base64.RawURLEncoding.EncodedLen(32) {
		return ""
	}
	return all[0].Value
}

func setCookie(w http.ResponseWriter, name, value string, lasts time.Duration) {
	age := int(lasts / time.Second)
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

// csrf is the token that a form of a session carries. Who does not know the session's id cannot make it.
func csrf(id string) string {
	m := hmac.New(sha256.New, []byte(id))
	m.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func same(a, b string) bool { return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Route adds the paths of the sign-in.
func (d *Door) Route(mux *http.ServeMux) {
	mux.HandleFunc("GET /signin", d.page)
	mux.HandleFunc("GET /signin/{way}", d.start)
	mux.HandleFunc("GET /signin/{way}/callback", d.finish)
	mux.HandleFunc("POST /signout", d.signOut)
}

// page offers the ways to sign in, or says who is signed in.
func (d *Door) page(w http.ResponseWriter, r *http.Request) {
	v := web.SignInView{Return: local(r.URL.Query().Get("return"))}
	status := http.StatusOK
	if g, ok := access.Of(r.Context()); ok {
		v.Person, v.Role, v.CSRF = g.Named(), g.Role, csrf(held(r, sessionCookie))
	}
	d.show(w, r, status, d.offered(v))
}

func (d *Door) offered(v web.SignInView) web.SignInView {
	for name := range d.o.Ways {
		v.Ways = append(v.Ways, name)
	}
	slices.Sort(v.Ways)
	return v
}

// refuse ends a sign-in with our own words.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, status int, problem string) {
	d.show(w, r, status, d.offered(web.SignInView{Problem: problem}))
}

// start sends the browser to a provider.
func (d *Door) start(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("way")
	way := d.o.Ways[name]
	if way == nil {
		d.refuse(w, r, http.StatusNotFound, "There is no such way to sign in.")
		return
	}
	if !d.starts.allow(remote(r), d.o.Now()) {
		w.Header().Set("Retry-After", "60")
		d.refuse(w, r, http.StatusTooManyRequests, "There are too many sign-ins from your address. Wait for a minute.")
		return
	}
	id := secret()
	a := access.Attempt{Way: name, State: secret(), Nonce: secret(), Verifier: secret(), Return: local(r.URL.Query().Get("return"))}
	address, err := way.Start(r.Context(), a)
	if err == nil {
		err = d.o.Store.BeginSignIn(r.Context(), hashed(id), a)
	}
	if err != nil {
		d.o.Log.ErrorContext(r.Context(), "a sign-in could not begin", "way", name, "error", err.Error())
		d.refuse(w, r, http.StatusServiceUnavailable, "The provider does not answer. Whoever runs Lintel finds the reason in its log.")
		return
	}
	setCookie(w, attemptCookie, id, 10*time.Minute)
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// finish takes the browser back from a provider.
func (d *Door) finish(w http.ResponseWriter, r *http.Request) {
	const other = "This sign-in did not begin in this browser, or it is over. Begin it again."
	if !d.starts.allow(remote(r), d.o.Now()) {
		w.Header().Set("Retry-After", "60")
		d.refuse(w, r, http.StatusTooManyRequests, "There are too many sign-ins from your address. Wait for a minute.")
		return
	}
	id, q := held(r, attemptCookie), r.URL.Query()
	setCookie(w, attemptCookie, "", 0)
	if id == "" {
		d.refuse(w, r, http.StatusBadRequest, other)
		return
	}
	a, err := d.o.Store.TakeSignIn(r.Context(), hashed(id))
	if errors.Is(err, change.ErrNotFound) || err == nil && (a.Way != r.PathValue("way") || !same(a.State, q.Get("state"))) {
		d.refuse(w, r, http.StatusBadRequest, other)
		return
	}
	way := d.o.Ways[a.Way]
	if err != nil || way == nil {
		d.trouble(w, r, err)
		return
	}
	if q.Get("code") == "" {
		d.refuse(w, r, http.StatusForbidden, "The provider did not let you in.")
		return
	}
	person, token, err := way.Finish(r.Context(), a, q.Get("code"))
	if err != nil {
		d.o.Log.WarnContext(r.Context(), "a sign-in was refused", "way", a.Way, "from", remote(r), "error", err.Error())
		d.note(r, access.Person{Way: a.Way, Login: person.Login, Subject: person.Subject}, "the provider's answer is not believed")
		d.refuse(w, r, http.StatusForbidden, "The provider's answer is not believed. Whoever runs Lintel finds the reason in its log.")
		return
	}
	role := d.o.Rules.Role(person)
	if role == access.Nobody {
		d.note(r, person, "no role")
		d.refuse(w, r, http.StatusForbidden, "You are "+person.Named()+", and nobody gave you a role here. "+
			"Whoever runs Lintel can, in the server's file.")
		return
	}
	fresh := secret()
	if err := d.o.Store.SignIn(r.Context(), hashed(fresh), hashed(held(r, sessionCookie)), person, role); err != nil {
		d.trouble(w, r, err)
		return
	}
	d.tokens.keep(hashed(fresh), token, d.o.Now().Add(d.o.Longest), d.o.Now())
	d.o.Log.InfoContext(r.Context(), "signed in", "person", person.Named(), "role", string(role), "from", remote(r))
	setCookie(w, sessionCookie, fresh, d.o.Longest)
	if a.Return == "/" && role == access.Viewer {
		a.Return = "/flow" // the overview of all repositories is not for viewers
	}
	http.Redirect(w, r, a.Return, http.StatusSeeOther)
}

func (d *Door) note(r *http.Request, p access.Person, why string) {
	if err := d.o.Store.RefuseSignIn(r.Context(), p, why); err != nil {
		d.o.Log.ErrorContext(r.Context(), "a refused sign-in is not in the audit log", "person", p.Named(), "error", err.Error())
	}
}

func (d *Door) trouble(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil && r.Context().Err() == nil {
		d.o.Log.ErrorContext(r.Context(), "the record of sessions cannot be used", "error", err.Error())
	}
	w.Header().Set("Retry-After", "5")
	d.refuse(w, r, http.StatusServiceUnavailable, "The record cannot be used just now. Try again in a moment.")
}

// signOut ends the session. Protect has checked that it is the person's own wish.
func (d *Door) signOut(w http.ResponseWriter, r *http.Request) {
	id := held(r, sessionCookie)
	g, _ := access.Of(r.Context())
	if err := d.o.Store.SignOut(r.Context(), hashed(id), g.Person); err != nil {
		d.trouble(w, r, err)
		return
	}
	d.tokens.forget(hashed(id))
	setCookie(w, sessionCookie, "", 0)
	w.Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}
