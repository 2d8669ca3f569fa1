package web

import (
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/access"
)

// Door lets in who signed in.
type Door interface {
	// Host is the name that people reach the listener by.
	Host() string
	Route(mux *http.ServeMux)
	Protect(next http.Handler) http.Handler
}

// SignInView is the page of the sign-in.
type SignInView struct {
	frame
	// Ways are those that are offered, Return is the path to go to afterwards.
	Ways   []string
	Return string
	// Problem says why a sign-in or a request was refused.
	Problem string
	// Person is who is signed in, empty for nobody; CSRF is the token of the form that ends it.
	Person string
	Role   access.Role
	CSRF   string
}

// wayNamed is what people know a way by.
func wayNamed(way string) string {
	return map[string]string{access.ByGitHub: "GitHub", access.ByOIDC: "your organisation's account"}[way]
}

// ShowSignIn writes the page of the sign-in for a browser, and a line for a program.
func (p *Pages) ShowSignIn(w http.ResponseWriter, r *http.Request, status int, v SignInView) {
	if v.Problem != "" && !browsing(r) {
		plain(w, status, itoa(status)+": "+v.Problem+"\n")
		return
	}
	v.frame = p.frame("Sign in", rootFrom(r.URL.Path), v.Person != "")
	// Its one form ends a session.
	w.Header().Set("Content-Security-Policy", strings.Replace(contentSecurityPolicy, "form-action 'none'", "form-action 'self'", 1))
	p.renderAs(w, r, status, "signin", v)
}

// NotFound is the one answer for everything that a person may not see, or that does not exist.
func NotFound(w http.ResponseWriter, r *http.Request) { notFound(w, r) }
