package github

import (
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// servePeople answers what is not API: git clients and pages. It reports false for what it does not know.
func (h *Hub) servePeople(w http.ResponseWriter, r *http.Request, path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) >= 3 && strings.HasSuffix(parts[1], ".git") {
		h.serveGit(w, r, parts[0]+"/"+strings.TrimSuffix(parts[1], ".git"), strings.Join(parts[2:], "/"))
		return true
	}
	if owner, ok := h.manifestOwner(r, parts); ok {
		h.serveManifest(w, r, owner)
		return true
	}
	return h.serveActions(w, r, path) || h.servePage(w, r, parts)
}

// serveGit lets a git client clone and push. The token is the password, as on GitHub.
func (h *Hub) serveGit(w http.ResponseWriter, r *http.Request, name, service string) {
	who, err := h.authenticate(r)
	if err != nil {
		challenge(w, "Invalid username or token.")
		return
	}
	push := service == "git-receive-pack" || (service == "info/refs" && r.URL.Query().Get("service") == "git-receive-pack")
	h.mu.RLock()
	repo := h.names[lower(name)]
	allowed := repo != nil && h.sees(who, repo) && (!push || h.canPush(who, repo))
	visible := repo != nil && h.sees(who, repo)
	h.mu.RUnlock()
	known := service == "info/refs" || service == "git-upload-pack" || service == "git-receive-pack"
	switch {
	case !known || (!visible && who.key != "anonymous"):
		http.Error(w, "Repository not found.", http.StatusNotFound)
		return
	case !allowed && who.key == "anonymous":
		challenge(w, "Authentication required.")
		return
	case !allowed:
		http.Error(w, "Permission to "+name+".git denied.", http.StatusForbidden)
		return
	}
	login := who.key
	if u := who.account(); u != nil {
		login = u.login
	}
	changes, err := repo.git.ServeGit(w, r, service, login)
	if err != nil {
		h.opt.Log.ErrorContext(r.Context(), "serve git", "repository", name, "error", err)
		return
	}
	h.afterPush(repo, changes, who.account())
}

func challenge(w http.ResponseWriter, text string) {
	w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
	http.Error(w, text, http.StatusUnauthorized)
}

func (h *Hub) afterPush(r *repository, changes []githost.RefChange, by *account) {
	if len(changes) == 0 {
		return
	}
	h.warmPush(r, changes)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range changes {
		if err := h.pushed(r, c, by); err != nil {
			h.opt.Log.Error("follow up push", "repository", r.fullName(), "reference", c.Name, "error", err)
		}
	}
}
