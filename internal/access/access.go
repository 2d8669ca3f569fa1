// Package access says who may see and do what on the operators' listener: people who signed in, their roles, and which
// repositories a viewer may see.
//
// Callers may rely on: a person without a role may nothing; a role comes from the server's file and from what the
// provider said of the person at the sign-in, and from nothing that a browser sends; a login name alone gives a role only
// where the file names it with its forge.
package access

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"
)

// Role is what somebody may do. Each may what the ones before it may.
type Role string

// The roles.
const (
	// Nobody may nothing.
	Nobody Role = ""
	// Viewer may see what is about repositories that the person may read.
	Viewer Role = "viewer"
	// Auditor may see all pages.
	Auditor Role = "auditor"
	// Operator may switch gates, and see the process itself, too.
	Operator Role = "operator"
)

var order = []Role{Nobody, Viewer, Auditor, Operator}

// AtLeast reports whether a role includes another.
func (r Role) AtLeast(other Role) bool { return slices.Index(order, r) >= slices.Index(order, other) }

// The ways to sign in.
const (
	ByOIDC   = "oidc"
	ByGitHub = "github"
)

// Person is who signed in, as the provider says.
type Person struct {
	// Way is how: ByOIDC or ByGitHub.
	Way string `json:"way"`
	// Subject never changes: the provider's subject, or the id of the account on GitHub.
	Subject string `json:"subject"`
	// Login is what people call them. On GitHub it may pass to another account.
	Login string `json:"login"`
	// Email is set only when the provider says that it is verified.
	Email  string   `json:"email,omitempty"`
	Groups []string `json:"groups,omitempty"`
}

// Named is how the audit log names somebody.
func (p Person) Named() string { return p.Way + ":" + p.Login + " (" + p.Subject + ")" }

// Rules say who has which role.
type Rules struct {
	// Operators, Auditors and Viewers are patterns: "group:x", "email:x" and "subject:x" for people of the OIDC provider,
	// "github:login" and "github-id:1" for people of GitHub, "oidc:*" and "github:*" for everybody who signs in so.
	Operators, Auditors, Viewers []string
	// Read says which repositories groups of the OIDC provider may read.
	Read []Grant
}

// Grant lets a group see repositories.
type Grant struct {
	Group string `json:"group"`
	// Repositories are patterns of owner/name in which * stands for any text without a slash.
	Repositories []string `json:"repositories"`
}

// Role is what somebody may do by the rules.
func (r Rules) Role(p Person) Role {
	for _, x := range []struct {
		role     Role
		patterns []string
	}{{Operator, r.Operators}, {Auditor, r.Auditors}, {Viewer, r.Viewers}} {
		if slices.ContainsFunc(x.patterns, func(pattern string) bool { return is(p, pattern) }) {
			return x.role
		}
	}
	return Nobody
}

// is reports whether a pattern means somebody.
func is(p Person, pattern string) bool {
	kind, value, _ := strings.Cut(pattern, ":")
	if value == "" || p.Subject == "" {
		return false
	}
	switch {
	case p.Way == ByOIDC && kind == "group":
		return slices.Contains(p.Groups, value)
	case p.Way == ByOIDC && kind == "email":
		return p.Email != "" && strings.EqualFold(p.Email, value)
	case p.Way == ByOIDC && kind == "subject", p.Way == ByGitHub && kind == "github-id":
		return p.Subject == value
	case p.Way == ByGitHub && kind == "github":
		return value == "*" || p.Login != "" && strings.EqualFold(p.Login, value)
	}
	return p.Way == ByOIDC && kind == "oidc" && value == "*"
}

// Pattern says in plain words what is wrong with a pattern of people; empty when nothing is.
func Pattern(pattern string) string {
	kind, value, _ := strings.Cut(pattern, ":")
	if !slices.Contains([]string{"group", "email", "subject", "oidc", "github", "github-id"}, kind) || value == "" {
		return "it is none of group:NAME, email:ADDRESS, subject:ID, oidc:*, github:LOGIN, github-id:NUMBER and github:*"
	}
	if kind == "oidc" && value != "*" {
		return "only oidc:* is known: name people by group, email or subject"
	}
	return ""
}

// Reads reports whether the rules let somebody see a repository, "acme/shop".
func (r Rules) Reads(p Person, repository string) bool {
	repository = strings.ToLower(repository)
	for _, g := range r.Read {
		if p.Way != ByOIDC || g.Group == "" || !slices.Contains(p.Groups, g.Group) {
			continue
		}
		for _, pattern := range g.Repositories {
			if ok, err := path.Match(strings.ToLower(pattern), repository); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// Attempt is a sign-in that has begun in one browser.
type Attempt struct {
	Way string `json:"way"`
	// State comes back through the browser, Nonce within the provider's token; Verifier proves to the provider that who ends
	// the sign-in has begun it.
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	// Return is the path that the person wanted to see.
	Return string `json:"return"`
}

// Session is one person in one browser.
type Session struct {
	Person
	Began, Seen time.Time
}

// Alive reports whether a session still holds. One that lies ahead was begun by a clock that was set back: it is over.
func (s Session) Alive(now time.Time, idle, longest time.Duration) bool {
	return !s.Began.IsZero() && !s.Began.After(now) && !s.Seen.After(now) && now.Sub(s.Began) < longest && now.Sub(s.Seen) < idle
}

// Granted is what the request of a page may see.
type Granted struct {
	Person
	Role Role
	// Repository is the only repository that may be shown; 0 is any.
	Repository int64
	// Readable are the repositories of which figures may be shown to a viewer.
	Readable map[Repository]bool
	// CSRF is what a form of this person's pages must carry.
	CSRF string
}

// Repository is one by what never changes.
type Repository struct {
	Forge string
	ID    int64
}

type granted struct{}

// With notes in a request's context what it may see.
func With(ctx context.Context, g Granted) context.Context {
	return context.WithValue(ctx, granted{}, g)
}

// Of is what a request may see; ok is false where nobody signs in.
func Of(ctx context.Context) (g Granted, ok bool) {
	g, ok = ctx.Value(granted{}).(Granted)
	return g, ok
}

// Only are the repositories of which a request may show figures; nil is any.
func Only(ctx context.Context) map[Repository]bool {
	g, ok := Of(ctx)
	if !ok || g.Role.AtLeast(Auditor) {
		return nil
	}
	if g.Readable == nil {
		return map[Repository]bool{} // nobody said that it may show any
	}
	return g.Readable
}

// Shows reports whether a request may show a repository.
func Shows(ctx context.Context, repository int64) bool {
	g, ok := Of(ctx)
	return !ok || g.Repository == 0 || g.Repository == repository
}
