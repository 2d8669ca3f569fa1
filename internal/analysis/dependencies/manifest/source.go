package manifest

import (
	"net/url"
	"strings"
)

// host is the host of an address, in lower case; empty when it has none.
func host(address string) string {
	address = strings.TrimPrefix(address, "git+")
	if rest, ok := strings.CutPrefix(address, "git@"); ok {
		h, _, _ := strings.Cut(rest, ":")
		return strings.ToLower(h)
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// clean is an address without credentials, query and fragment.
func clean(address string) string {
	if at := strings.IndexAny(address, "?#"); at >= 0 {
		address = address[:at]
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	if at := strings.LastIndex(strings.SplitN(rest, "/", 2)[0], "@"); at >= 0 {
		rest = rest[at+1:]
	}
	return scheme + "://" + rest
}

// at fills the source of a package by an address that is no registry's.
func (p *Package) at(source, address string) {
	p.Source, p.Location = source, clean(address)
	p.Host = host(p.Location)
}

// gitHosts are the short names that npm has for forges.
var gitHosts = map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "gist": "gist.github.com"}

// npmRequirement reads what package.json and lock files of its family ask for.
func npmRequirement(p *Package, req string) {
	req = strings.TrimSpace(req)
	p.Requirement = req
	scheme, rest, _ := strings.Cut(req, ":")
	switch {
	case strings.HasPrefix(req, "npm:"):
		if at := strings.LastIndex(rest, "@"); at > 0 {
			p.Name, p.Requirement = rest[:at], rest[at+1:]
		} else if rest != "" {
			p.Name, p.Requirement = rest, ""
		}
	case scheme == "workspace" || scheme == "catalog":
		p.Source = "workspace"
	case scheme == "file" || scheme == "link" || scheme == "portal" || strings.HasPrefix(req, ".") || strings.HasPrefix(req, "/"):
		p.at("path", rest)
		p.Host = ""
	case strings.HasPrefix(scheme, "git"), strings.HasPrefix(req, "ssh://"):
		if forge, ok := gitHosts[scheme]; ok {
			req = "https://" + forge + "/" + rest
		}
		p.at("git", req)
	case gitHosts[scheme] != "":
		p.at("git", "https://"+gitHosts[scheme]+"/"+rest)
	case scheme == "http" || scheme == "https":
		if p.at("url", req); strings.HasSuffix(p.Location, ".git") {
			p.Source = "git"
		}
	case strings.Count(req, "/") == 1 && !strings.ContainsAny(req, " @<>=^~*"):
		p.at("git", "https://github.com/"+req)
	default:
		p.Version = exact(req)
	}
}

// exact is the version of a requirement that allows one alone.
func exact(req string) string {
	v := strings.TrimLeft(strings.TrimSpace(req), "=")
	v = strings.TrimPrefix(strings.TrimSpace(v), "v")
	if v == "" || v[0] < '0' || v[0] > '9' || strings.ContainsAny(v, " ,|<>^~*") || strings.Count(v, ".") < 2 {
		return ""
	}
	for _, part := range strings.SplitN(v, ".", 3) {
		if part == "x" || part == "X" {
			return ""
		}
	}
	return v
}
