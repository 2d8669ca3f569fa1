package signin

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/web"
)

// need is what a request needs.
type need struct {
	role access.Role
	// forge, owner and name are the repository that a page is about, where a viewer may see it. An empty forge is the one
	// that has the name.
	forge       change.Forge
	owner, name string
	// figures is true for a page of figures, which shows a viewer those of what they may read.
	figures bool
}

// needOf says what a request needs. A path that nobody thought of needs an auditor, and a request that changes something
// an operator.
func needOf(r *http.Request) need {
	p := r.URL.Path
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if p == "/signout" {
			return need{role: access.Viewer}
		}
		return need{role: access.Operator}
	}
	under := func(prefix string) bool { return p == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(p, prefix) }
	switch {
	case p != path.Clean(p) && p != path.Clean(p)+"/":
		return need{role: access.Operator} // the mux only sends such a request elsewhere
	case p == "/healthz", under("/signin/"), under("/assets/"):
		return need{}
	case under("/debug/"), under("/metrics/"):
		return need{role: access.Operator}
	case under("/docs/rules/"):
		return need{role: access.Viewer}
	case under("/pr/"), under("/group/"):
		return pageOf(r.URL.EscapedPath())
	case p == "/flow", p == "/flow.json", p == "/flow.csv", p == "/flow/pulls", p == "/flow/pulls.json", p == "/flow/pulls.csv",
		p == "/flow/dora":
		return need{role: access.Viewer, figures: true}
	case p == "/definitions":
		return need{role: access.Viewer}
	case under("/flow/pull/"):
		return pageOf(strings.TrimPrefix(r.URL.EscapedPath(), "/flow"))
	case p == "/rules/evidence", p == "/rules/evidence.json":
		if owner, name, ok := change.SplitName(r.URL.Query().Get("repo")); ok && len(r.URL.Query()["repo"]) == 1 {
			return need{role: access.Viewer, forge: change.Forge(r.URL.Query().Get("forge")), owner: owner, name: name}
		}
	}
	return need{role: access.Auditor}
}

// pageOf reads the repository off the path of a change's page, from the right as the page does: an owner may hold
// slashes.
func pageOf(escaped string) need {
	parts := strings.Split(escaped, "/")
	if len(parts) < 6 {
		return need{role: access.Auditor}
	}
	for i := range parts {
		var err error
		if parts[i], err = url.PathUnescape(parts[i]); err != nil {
			return need{role: access.Auditor}
		}
	}
	full, _, _ := change.SplitName(strings.Join(parts[3:], "/"))
	owner, name, _ := change.SplitName(full)
	if owner == "" || name == "" {
		return need{role: access.Auditor} // no page that there is
	}
	return need{role: access.Viewer, forge: change.Forge(parts[2]), owner: owner, name: name}
}

// Protect answers only what the person who asks may see.
func (d *Door) Protect(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection()
	return own.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := needOf(r)
		if r.URL.Path == "/metrics" && d.o.MetricsToken != "" {
			token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if ok && same(hashed(d.o.MetricsToken), hashed(token)) {
				next.ServeHTTP(w, r)
				return
			}
		}
		g, id, err := d.who(r)
		switch {
		case err != nil && !errors.Is(err, change.ErrNotFound):
			d.trouble(w, r, err)
			return
		case err == nil:
			r = r.WithContext(access.With(r.Context(), g))
		case n.role != access.Nobody:
			d.ask(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !same(csrf(id), given(w, r)) {
			d.refuse(w, r, http.StatusForbidden, "This did not come from a page of yours. Open the page again, and repeat it.")
			return
		}
		if !g.Role.AtLeast(n.role) {
			d.refuse(w, r, http.StatusForbidden, "You have the role "+cmp.Or(string(g.Role), "of nobody")+
				" here, and this is for the role "+string(n.role)+".")
			return
		}
		if g.Role == access.Viewer && n.owner != "" {
			repository, err := d.read(r, id, g.Person, n)
			if err != nil {
				d.trouble(w, r, err)
				return
			}
			if repository.ID == 0 {
				web.NotFound(w, r)
				return
			}
			g.Repository, g.Readable = repository.ID, map[access.Repository]bool{repository: true}
			r = r.WithContext(access.With(r.Context(), g))
		}
		if g.Role == access.Viewer && n.figures {
			if g.Readable, err = d.readable(r, id, g.Person); err != nil {
				d.trouble(w, r, err)
				return
			}
			r = r.WithContext(access.With(r.Context(), g))
		}
		next.ServeHTTP(w, r)
	}))
}

// seenEvery is how often the use of a session is noted.
const seenEvery = time.Minute

// who is the person of a request; change.ErrNotFound for nobody.
func (d *Door) who(r *http.Request) (g access.Granted, id string, err error) {
	if id = held(r, sessionCookie); id == "" {
		return g, "", change.ErrNotFound
	}
	s, err := d.o.Store.Session(r.Context(), hashed(id))
	if err != nil {
		return g, "", err
	}
	now := d.o.Now()
	if !s.Alive(now, d.o.Idle, d.o.Longest) {
		return g, "", change.ErrNotFound
	}
	// The rules of today count, not those of the sign-in.
	g = access.Granted{Person: s.Person, Role: d.o.Rules.Role(s.Person), CSRF: csrf(id)}
	if now.Sub(s.Seen) >= min(seenEvery, d.o.Idle/4) {
		if err := d.o.Store.SeeSession(r.Context(), hashed(id)); err != nil {
			return g, "", err
		}
	}
	return g, id, nil
}

// ask sends a browser to the sign-in, and tells a program to sign in.
func (d *Door) ask(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Refresh", "true") // the browser asks again for the whole page, and is sent to the sign-in
	}
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/signin?return="+url.QueryEscape(local(r.URL.RequestURI())), http.StatusSeeOther)
		return
	}
	d.refuse(w, r, http.StatusUnauthorized, "Sign in first.")
}

// given is the token that a request which changes something carries: in a header, or in a form's field.
func given(w http.ResponseWriter, r *http.Request) string {
	if token := r.Header.Get("X-CSRF-Token"); token != "" {
		return token
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		return r.PostFormValue("csrf")
	}
	return ""
}

// local is a path of this listener to go to; "/" for everything that leads elsewhere.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(to, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(u.Path, "//") ||
		strings.HasPrefix(u.Path, "/signin") || len(to) > 2000 {
		return "/"
	}
	return to
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// limit counts the sign-ins of the last minute, by address.
type limit struct {
	mu   sync.Mutex
	from time.Time
	seen map[string]int
}

// perMinute is how many steps of sign-ins one address may take, and all may together.
const (
	perMinute    = 60
	allPerMinute = 600
)

func (l *limit) allow(who string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil || now.Sub(l.from).Abs() >= time.Minute {
		l.from, l.seen = now, map[string]int{}
	}
	l.seen[who]++
	l.seen[""]++
	return l.seen[who] <= perMinute && l.seen[""] <= allPerMinute
}
