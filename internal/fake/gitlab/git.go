package gitlab

import (
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// serveOthers answers what is no API: git clients, and those who fetch the issuer's keys.
func (l *Lab) serveOthers(w http.ResponseWriter, r *http.Request) {
	if l.serveIssuer(w, r) {
		return
	}
	name, service, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), ".git/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	l.serveGit(w, r, name, service)
}

// serveGit lets a git client clone and push. The token is the password, whatever the user name.
func (l *Lab) serveGit(w http.ResponseWriter, r *http.Request, name, service string) {
	var who caller
	if _, secret, ok := r.BasicAuth(); ok {
		var err error
		if who, err = l.caller(secret); err != nil || !who.token.scope("api", "read_repository", "write_repository") {
			challenge(w, "HTTP Basic: Access denied.")
			return
		}
	}
	push := service == "git-receive-pack" || (service == "info/refs" && r.URL.Query().Get("service") == "git-receive-pack")
	l.mu.RLock()
	p := l.paths[strings.ToLower(name)]
	visible := p != nil && l.sees(p, who)
	allowed := visible && (!push || (l.level(p, who.user) >= Developer && who.token.scope("api", "write_repository")))
	var closed []string
	if push && allowed {
		closed = l.closed(p, who.user)
	}
	l.mu.RUnlock()
	known := service == "info/refs" || service == "git-upload-pack" || service == "git-receive-pack"
	switch {
	case !allowed && who.user == nil:
		challenge(w, "HTTP Basic: Access denied.")
		return
	case !known || !visible:
		http.Error(
			w,
			"The project you were looking for could not be found or you don't have permission to view it.",
			http.StatusNotFound,
		)
		return
	case !allowed:
		http.Error(w, "You are not allowed to push code to this project.", http.StatusForbidden)
		return
	}
	changes, err := p.git.ServeGit(w, r, service, who.name(), closed...)
	if err != nil {
		l.opt.Log.ErrorContext(r.Context(), "serve git", "project", name, "error", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.pushed(p, changes, who.user); err != nil {
		l.opt.Log.ErrorContext(r.Context(), "follow up push", "project", name, "error", err)
	}
}

// closed are the references that somebody may not push to: protected branches, and what a pattern with "*" at its end names.
func (l *Lab) closed(p *project, u *user) []string {
	var out []string
	for _, ref := range p.git.RefNames("refs/heads/") {
		if !l.mayPush(p, u, strings.TrimPrefix(ref, "refs/heads/")) {
			out = append(out, ref)
		}
	}
	for _, b := range p.protected {
		name := strings.TrimSuffix(b.pattern, "/*")
		if !strings.Contains(name, "*") && !l.mayPush(p, u, strings.ReplaceAll(b.pattern, "*", "x")) {
			out = append(out, "refs/heads/"+name)
		}
	}
	return out
}

func challenge(w http.ResponseWriter, text string) {
	w.Header().Set("WWW-Authenticate", `Basic realm="GitLab"`)
	http.Error(w, text, http.StatusUnauthorized)
}

// pushed follows up references that moved: versions of merge requests, those that came in by the push, their hooks.
func (l *Lab) pushed(p *project, changes []githost.RefChange, by *user) error {
	p.updated = l.now()
	l.pushEvents(p, changes, by)
	for _, c := range changes {
		branch, ok := strings.CutPrefix(c.Name, "refs/heads/")
		if !ok {
			continue
		}
		for _, m := range l.openRequests() {
			if m.source == p && m.sourceRef == branch && c.New != "" && m.head != c.New {
				if err := l.newHead(m, c.New, by, true); err != nil {
					return err
				}
			}
			if m.target == p && m.targetRef == branch && c.New != "" {
				if err := l.cameIn(m, c.New, by); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (l *Lab) openRequests() []*request {
	var out []*request
	for _, id := range sortedKeys(l.requests) {
		if m := l.requests[id]; m.state == "opened" {
			out = append(out, m)
		}
	}
	return out
}
