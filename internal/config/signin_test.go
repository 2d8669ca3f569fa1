package config

import (
	"slices"
	"strings"
	"testing"
)

// TestSignIn: nobody but this machine reaches a listener at which nobody signs in, unless the file says that others are
// kept out; and what is wrong with a sign-in is said.
func TestSignIn(t *testing.T) {
	t.Parallel()
	on := func(change func(*SignIn)) SignIn {
		s := defaultSignIn()
		s.URL = "https://lintel-admin.example.com"
		s.OIDC = SignInOIDC{Issuer: "https://login.example.com", ClientID: "lintel", ClientSecretFile: "f", GroupsClaim: "groups"}
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		listen    string
		protected bool
		signIn    SignIn
		want      string
	}{
		"loopback":           {"127.0.0.1:8081", false, defaultSignIn(), ""},
		"loopback by name":   {"localhost:8081", false, defaultSignIn(), ""},
		"version 6":          {"[::1]:8081", false, defaultSignIn(), ""},
		"all addresses":      {":8081", false, defaultSignIn(), "admin_listen"},
		"any address":        {"0.0.0.0:8081", false, defaultSignIn(), "admin_listen"},
		"protected":          {"0.0.0.0:8081", true, defaultSignIn(), ""},
		"off":                {"", false, defaultSignIn(), ""},
		"people sign in":     {"0.0.0.0:8081", false, on(func(*SignIn) {}), ""},
		"not encrypted":      {"", false, on(func(s *SignIn) { s.URL = "http://lintel-admin.example.com" }), "signin.url"},
		"a path":             {"", false, on(func(s *SignIn) { s.URL += "/lintel" }), "signin.url"},
		"issuer in the open": {"", false, on(func(s *SignIn) { s.OIDC.Issuer = "http://login.example.com" }), "signin.oidc.issuer"},
		"no secret":          {"", false, on(func(s *SignIn) { s.OIDC.ClientSecretFile = "" }), "signin.oidc"},
		"a bare name":        {"", false, on(func(s *SignIn) { s.Operators = []string{"olga"} }), "signin.operators"},
		"a login of OIDC":    {"", false, on(func(s *SignIn) { s.Viewers = []string{"oidc:olga"} }), "signin.viewers"},
		"no repository": {"", false, on(func(s *SignIn) {
			s.Groups = []SignInGroup{{Name: "g", Repositories: []string{"shop"}}}
		}), "signin.groups"},
		"no end": {"", false, on(func(s *SignIn) { s.Longest = "8760h" }), "signin.longest"},
	} {
		var all problems
		c.signIn.check(c.listen, c.protected, all.add)
		ok := slices.ContainsFunc(all, func(p string) bool { return strings.HasPrefix(p, c.want+":") })
		if c.want == "" && len(all) > 0 || c.want != "" && !ok {
			t.Errorf("%s: %q, want %q", name, all, c.want)
		}
	}
}
