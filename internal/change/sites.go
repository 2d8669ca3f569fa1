package change

import (
	"fmt"
	"net/url"
	"strings"
)

// Sites are where people see the forges, such as https://github.com, and what is on them. An address is empty where the
// forge's own is not known; no text of a change leaves its place in an address.
type Sites map[Forge]string

// Repository is the repository of a change.
func (s Sites) Repository(r Ref) string {
	site := strings.TrimSuffix(s[r.Forge], "/")
	if site == "" || r.Owner == "" {
		return ""
	}
	owner := url.PathEscape(r.Owner)
	if r.Forge == GitLab {
		owner = strings.ReplaceAll(owner, "%2F", "/") // groups nest
	}
	return site + "/" + owner + "/" + url.PathEscape(r.Name)
}

// page is the address of a part of a repository. GitLab keeps the names of projects apart from its pages by "/-/".
func (s Sites) page(r Ref, path string) string {
	repository := s.Repository(r)
	switch {
	case repository == "":
		return ""
	case r.Forge == GitLab:
		return repository + "/-/" + path
	}
	return repository + "/" + path
}

// Change is a change of the repository of r, by its number.
func (s Sites) Change(r Ref, number int) string {
	if number <= 0 {
		return ""
	}
	if r.Forge == GitLab {
		return s.page(r, fmt.Sprintf("merge_requests/%d", number))
	}
	return s.page(r, fmt.Sprintf("pull/%d", number))
}

// Commit is a commit of the repository of r.
func (s Sites) Commit(r Ref, sha string) string {
	if sha == "" {
		return ""
	}
	return s.page(r, "commit/"+url.PathEscape(sha))
}

// Lines is a file at a commit, at lines when from is not 0.
func (s Sites) Lines(r Ref, sha, path string, from, to int) string {
	if sha == "" || path == "" {
		return ""
	}
	parts := strings.Split(path, "/")
	for i := range parts {
		// git has no such names in a tree, and a browser would resolve them.
		if parts[i] == ".." || parts[i] == "." || parts[i] == "" {
			return ""
		}
		parts[i] = url.PathEscape(parts[i])
	}
	address := s.page(r, "blob/"+url.PathEscape(sha)+"/"+strings.Join(parts, "/"))
	switch {
	case address == "" || from <= 0:
		return address
	case to > from && r.Forge == GitLab:
		return address + fmt.Sprintf("#L%d-%d", from, to)
	case to > from:
		return address + fmt.Sprintf("#L%d-L%d", from, to)
	}
	return address + fmt.Sprintf("#L%d", from)
}
