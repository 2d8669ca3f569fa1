package change

import (
	"net/url"
	"strings"
)

// ForgeOf says which forge an address of a git remote names by its host, such as git@gitlab.example.com:acme/shop.git; empty
// for a host that tells of none.
func ForgeOf(remote string) Forge {
	host, _, _ := strings.Cut(remote, ":") // git's short form: user@host:path
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		host = u.Hostname()
	} else if strings.ContainsAny(host, "/\\") {
		return "" // a folder
	}
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	for _, label := range strings.Split(strings.ToLower(host), ".") {
		for _, f := range Forges() {
			if label == string(f) || strings.HasPrefix(label, string(f)+"-") || strings.HasSuffix(label, "-"+string(f)) {
				return f
			}
		}
	}
	return ""
}
