package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/access"
)

// SignIn is how people sign in to the operators' listener. Without a provider nobody does.
type SignIn struct {
	URL              string        `json:"url"`
	OIDC             SignInOIDC    `json:"oidc"`
	GitHub           SignInGitHub  `json:"github"`
	Operators        []string      `json:"operators"`
	Auditors         []string      `json:"auditors"`
	Viewers          []string      `json:"viewers"`
	Groups           []SignInGroup `json:"groups"`
	Idle             Duration      `json:"idle"`
	Longest          Duration      `json:"longest"`
	MetricsTokenFile string        `json:"metrics_token_file"`
}

// SignInOIDC is an OpenID provider.
type SignInOIDC struct {
	Issuer           string `json:"issuer"`
	ClientID         string `json:"client_id"`
	ClientSecretFile string `json:"client_secret_file"`
	GroupsClaim      string `json:"groups_claim"`
}

// SignInGitHub is an OAuth App, or the App itself, on the GitHub that github names.
type SignInGitHub struct {
	ClientID         string `json:"client_id"`
	ClientSecretFile string `json:"client_secret_file"`
}

// SignInGroup lets a group of the OpenID provider see repositories.
type SignInGroup struct {
	Name         string   `json:"name"`
	Repositories []string `json:"repositories"`
}

func defaultSignIn() SignIn {
	return SignIn{OIDC: SignInOIDC{GroupsClaim: "groups"}, Operators: []string{}, Auditors: []string{}, Viewers: []string{},
		Groups: []SignInGroup{}, Idle: "1h", Longest: "12h"}
}

// On reports whether people sign in.
func (s SignIn) On() bool { return s.OIDC.Issuer != "" || s.GitHub.ClientID != "" }

// Rules say who may what.
func (s SignIn) Rules() access.Rules {
	r := access.Rules{Operators: s.Operators, Auditors: s.Auditors, Viewers: s.Viewers}
	for _, g := range s.Groups {
		r.Read = append(r.Read, access.Grant{Group: g.Name, Repositories: g.Repositories})
	}
	return r
}

var signInKeys = map[string]string{
	"admin_protected": "true says that a proxy or a network keeps others from admin_listen. Without it, and without signin, " +
		"admin_listen must be on loopback.",
	"signin": "How people sign in to the pages at admin_listen; signin.md. Without oidc and github nobody does.",
	"signin.url": "The address under which people reach admin_listen, such as https://lintel-admin.example.com. It must be " +
		"https, or http on loopback.",
	"signin.oidc":                    "An OpenID provider. Register URL/signin/oidc/callback with it.",
	"signin.oidc.issuer":             "Its address, as its tokens name it.",
	"signin.oidc.client_id":          "What it knows Lintel by.",
	"signin.oidc.client_secret_file": "File with the secret that it gave Lintel.",
	"signin.oidc.groups_claim":       "The claim of its tokens that lists somebody's groups.",
	"signin.github": "An OAuth App, or the App itself, on the GitHub that github names. Register URL/signin/github/callback " +
		"with it.",
	"signin.github.client_id":          "What GitHub knows it by.",
	"signin.github.client_secret_file": "File with its client secret.",
	"signin.operators": "Who may do all: group:NAME, email:ADDRESS and subject:ID of the OpenID provider, github:LOGIN and " +
		"github-id:NUMBER of GitHub; oidc:* and github:* are everybody.",
	"signin.auditors":              "Who may see all pages, but not the process itself, and may switch nothing.",
	"signin.viewers":               "Who may see pages about repositories that they may read.",
	"signin.groups":                "Which repositories groups of the OpenID provider may read. People of GitHub are asked about there.",
	"signin.groups.*.name":         "The group, as the claim lists it.",
	"signin.groups.*.repositories": "Patterns such as acme/shop or acme/*.",
	"signin.idle":                  "How long a session lives without being used. A duration such as 1h.",
	"signin.longest":               "How long a session lives at the most. A duration such as 12h.",
	"signin.metrics_token_file": "File with a token, at least 16 characters, by which a program may read /metrics: " +
		"Authorization: Bearer TOKEN.",
}

// check finds what the schema cannot express.
func (s SignIn) check(listen string, protected bool, add func(key, format string, args ...any)) {
	if !s.On() {
		if listen != "" && !protected && !loopback(listen) {
			add("admin_listen", "%s is reached from other machines, and nobody signs in there: keep it on loopback, set signin, "+
				"or set admin_protected: true when a proxy or a network keeps others out", listen)
		}
		return
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil ||
		(u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Host))) {
		add("signin.url", "%q is not an address such as https://lintel-admin.example.com, without a path", s.URL)
	}
	for _, x := range []struct {
		key, id, secret string
		on              bool
	}{
		{"signin.oidc", s.OIDC.ClientID, s.OIDC.ClientSecretFile, s.OIDC.Issuer != ""},
		{"signin.github", s.GitHub.ClientID, s.GitHub.ClientSecretFile, s.GitHub.ClientID != ""},
	} {
		if x.on && (x.id == "" || x.secret == "") {
			add(x.key, "client_id and client_secret_file are needed")
		}
	}
	if i, err := url.Parse(s.OIDC.Issuer); s.OIDC.Issuer != "" &&
		(err != nil || i.Host == "" || i.Scheme != "https" && (i.Scheme != "http" || !loopback(i.Host))) {
		add("signin.oidc.issuer", "%q is not an address such as https://login.example.com", s.OIDC.Issuer)
	}
	for key, patterns := range map[string][]string{"operators": s.Operators, "auditors": s.Auditors, "viewers": s.Viewers} {
		for _, p := range patterns {
			if what := access.Pattern(p); what != "" {
				add("signin."+key, "%q: %s", p, what)
			}
		}
	}
	for _, g := range s.Groups {
		for _, p := range g.Repositories {
			if _, err := path.Match(p, ""); err != nil || strings.Count(p, "/") != 1 {
				add("signin.groups", "%q is not a pattern such as acme/shop or acme/*", p)
			}
		}
	}
	for key, d := range map[string]Duration{"idle": s.Idle, "longest": s.Longest} {
		if !d.within(time.Minute, 30*24*time.Hour) {
			add("signin."+key, "%q is not a duration from 1m to 720h, such as 1h", d)
		}
	}
}

// loopback reports whether an address is of this machine alone.
func loopback(address string) bool {
	host := address
	if h, _, err := net.SplitHostPort(address); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// SignInSecrets are what the files of SignIn hold.
type SignInSecrets struct{ OIDC, GitHub, Metrics string }

// Secrets reads them. Metrics is empty when no program may read the metrics.
func (s SignIn) Secrets() (out SignInSecrets, err error) {
	for _, f := range []struct {
		key, path string
		into      *string
		least     int
	}{
		{"oidc.client_secret_file", s.OIDC.ClientSecretFile, &out.OIDC, 1},
		{"github.client_secret_file", s.GitHub.ClientSecretFile, &out.GitHub, 1},
		{"metrics_token_file", s.MetricsTokenFile, &out.Metrics, 16},
	} {
		if f.path == "" {
			continue
		}
		raw, err := os.ReadFile(f.path)
		if err != nil {
			return out, fmt.Errorf("signin.%s: %w", f.key, err)
		}
		if *f.into = strings.TrimSpace(string(raw)); len(*f.into) < f.least {
			return out, fmt.Errorf("signin.%s: %s holds less than %d characters", f.key, f.path, f.least)
		}
	}
	return out, nil
}
