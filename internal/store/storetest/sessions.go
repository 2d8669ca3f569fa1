package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
)

type sessions interface {
	BeginSignIn(ctx context.Context, hash string, a access.Attempt) error
	TakeSignIn(ctx context.Context, hash string) (access.Attempt, error)
	SignIn(ctx context.Context, hash, before string, p access.Person, role access.Role) error
	RefuseSignIn(ctx context.Context, p access.Person, why string) error
	Session(ctx context.Context, hash string) (access.Session, error)
	SeeSession(ctx context.Context, hash string) error
	SignOut(ctx context.Context, hash string, p access.Person) error
}

// sessionCases are about people who sign in.
var sessionCases = map[string]func(t *testing.T, r *Rig){
	"a sign-in that has begun is taken once, and not after its time": func(t *testing.T, r *Rig) {
		want := access.Attempt{Way: access.ByOIDC, State: "s", Nonce: "n", Verifier: "v", Return: "/audit"}
		for _, hash := range []string{"a", "b"} {
			r.fatal(r.BeginSignIn(ctx(), hash, want))
		}
		if got, err := r.TakeSignIn(ctx(), "a"); err != nil || got != want {
			t.Errorf("%+v %v", got, err)
		}
		r.Clock.Add(11 * time.Minute)
		for _, hash := range []string{"a", "b", "c"} {
			if _, err := r.TakeSignIn(ctx(), hash); !errors.Is(err, change.ErrNotFound) {
				t.Errorf("%s: %v", hash, err)
			}
		}
		r.fatal(r.BeginSignIn(ctx(), "d", want))
		r.Clock.Add(-time.Hour)
		if _, err := r.TakeSignIn(ctx(), "d"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("a sign-in that begins in the future: %v", err)
		}
	},
	"a session begins in place of another, is seen, and ends, each with its record": func(t *testing.T, r *Rig) {
		p := access.Person{Way: access.ByGitHub, Subject: "7", Login: "mona", Groups: []string{"x"}}
		r.fatal(r.SignIn(ctx(), "h1", "", p, access.Viewer))
		r.fatal(r.SignIn(ctx(), "h2", "h1", p, access.Operator))
		if _, err := r.Session(ctx(), "h1"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("the session from before: %v", err)
		}
		began := r.Clock.Now()
		r.Clock.Add(time.Minute)
		r.fatal(r.SeeSession(ctx(), "h2"))
		s, err := r.Session(ctx(), "h2")
		if r.fatal(err); s.Subject != "7" || !s.Began.Equal(began) || !s.Seen.Equal(r.Clock.Now()) {
			t.Errorf("%+v", s)
		}
		r.fatal(r.SignOut(ctx(), "h2", p))
		r.fatal(r.SignOut(ctx(), "h2", p))
		if _, err := r.Session(ctx(), "h2"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("a session that ended: %v", err)
		}
		r.fatal(r.RefuseSignIn(ctx(), p, "no role"))
		want := []string{"signin.done by github:mona (7)", "signin.done by github:mona (7)", "signin.ended by github:mona (7)",
			"signin.refused by github:mona (7)"}
		if got := r.acts(time.Time{}); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		r.verifies(4)
	},
}
