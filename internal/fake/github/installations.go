package github

import (
	"maps"
)

func (h *Hub) addApp(spec AppSpec) *app {
	bot, err := h.addAccount(spec.Slug+"[bot]", "Bot", "", "")
	if err != nil {
		bot = h.accounts[lower(spec.Slug+"[bot]")]
	}
	a := &app{spec: spec, bot: bot, owner: bot, hookID: h.id(), created: h.now()}
	h.apps[spec.ID] = a
	return a
}

// short is how installation events list repositories.
func short(r *repository) any {
	return object{"id": r.id, "node_id": nodeID("R", r.id), "name": r.name, "full_name": r.fullName(), "private": r.private}
}

func (h *Hub) install(a *app, u *account, all bool, repos []*repository, by *account) *installation {
	i := &installation{id: h.id(), app: a, account: u, all: all, repos: map[int64]bool{}, permissions: maps.Clone(a.spec.Permissions),
		events: a.spec.Events, created: h.now()}
	for _, r := range repos {
		i.repos[r.id] = true
	}
	h.installations[i.id] = i
	h.tell(i, "installation", "created", by, object{"repositories": list(h.covered(i), short)})
	return i
}

func (h *Hub) covered(i *installation) []*repository {
	var out []*repository
	for _, r := range h.sortedRepositories() {
		if i.covers(r) {
			out = append(out, r)
		}
	}
	return out
}

func (h *Hub) tellRepositories(i *installation, action string, repos []*repository, by *account) {
	selection := "selected"
	if i.all {
		selection = "all"
	}
	added, removed := []any{}, []any{}
	if action == "added" {
		added = list(repos, short)
	} else {
		removed = list(repos, short)
	}
	h.tell(i, "installation_repositories", action, by, object{"repository_selection": selection, "repositories_added": added,
		"repositories_removed": removed, "requester": nil})
}
