// Package githubaccess finds the address of GitHub's API and the token for it in the environment of a person or a CI
// job, by the names that GitHub's own command line and CI use.
//
// Callers may rely on: a token goes to a host that the environment names and to no other, and to no other machine in
// clear text.
package githubaccess

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/lintel-review/lintel/internal/usage"
)

// DefaultHost is where repositories are when nobody says otherwise.
const DefaultHost = "github.com"

// APIURL is the address of the API for a host; empty is the one that the environment names. It refuses any other: an
// address that somebody pasted is no reason to show a token to a stranger.
func APIURL(asked string, getenv func(string) string) (string, error) {
	api := strings.TrimSuffix(getenv("GITHUB_API_URL"), "/")
	own := getenv("GH_HOST")
	if own == "" && api != "" {
		own = Host(getenv("GITHUB_SERVER_URL"))
	}
	if own == "" {
		own = DefaultHost
		if api != "" {
			own = Host(api)
		}
	}
	if asked != "" && !strings.EqualFold(asked, own) {
		return "", &usage.Error{
			What:   fmt.Sprintf("--pull-request: the page is at %.100q and the token is for %s", asked, own),
			Remedy: "set GH_HOST to that host when the token is for it",
		}
	}
	switch {
	case api != "" && getenv("GH_HOST") == "":
	case own == DefaultHost:
		api = "https://api.github.com"
	default:
		api = "https://" + own + "/api/v3"
	}
	u, err := url.Parse(api)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", &usage.Error{
			What:   fmt.Sprintf("%.100q is no address of GitHub's API", api),
			Remedy: "set GITHUB_API_URL to one such as https://github.example/api/v3, or GH_HOST to the host",
		}
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return "", &usage.Error{
			What:   fmt.Sprintf("GITHUB_API_URL is %.100q: a token is sent to no other machine in clear text", api),
			Remedy: "use its https address",
		}
	}
	return api, nil
}

func loopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// Host is the host of an address; "" when it has none.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// Token finds the token, by the names that GitHub's own command line and CI use.
func Token(api string, getenv func(string) string) (string, error) {
	names := []string{"GH_TOKEN", "GITHUB_TOKEN"}
	if Host(api) != "api.github.com" {
		names = append([]string{"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"}, names...)
	}
	for _, n := range names {
		token := strings.TrimSpace(getenv(n))
		if token == "" {
			continue
		}
		if len(token) > 4096 || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return "", &usage.Error{
				What:   n + " holds no token: there are characters in it that none has",
				Remedy: "set it to the one line that \"gh auth token\" prints",
			}
		}
		return token, nil
	}
	return "", &usage.Error{
		What:   "there is no token to read the pull request with",
		Remedy: "set GH_TOKEN, as by GH_TOKEN=$(gh auth token); in a workflow write env: { GH_TOKEN: ${{ github.token }} }",
	}
}
