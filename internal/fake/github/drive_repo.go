package github

import (
	"fmt"
	"maps"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// AddRepo adds a repository and returns its id.
func (h *Hub) AddRepo(r Repo) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out, err := h.addRepository(r)
	if err != nil {
		return 0, err
	}
	return out.id, nil
}

// GitDir is the folder of a repository's bare git repository.
func (h *Hub) GitDir(repo string) (dir string, err error) {
	err = h.locked(repo, func(r *repository) error { dir = r.git.Dir(); return nil })
	return dir, err
}

// RenameRepo gives a repository another name; TransferRepo another owner. The old name redirects.
func (h *Hub) RenameRepo(repo, name, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.moveRepository(r, "", name, actor)
	})
}

// TransferRepo gives a repository to another account.
func (h *Hub) TransferRepo(repo, owner, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.moveRepository(r, owner, "", actor)
	})
}

// DeleteRepo deletes a repository, with what is in it. Its address answers with 404 from then on.
func (h *Hub) DeleteRepo(repo, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		h.emit(audience{repo: r}, "repository", "deleted", actor, object{})
		for _, i := range h.sortedInstallations() {
			delete(i.repos, r.id)
		}
		maps.DeleteFunc(h.names, func(_ string, named *repository) bool { return named == r })
		delete(h.repos, r.id)
		return nil
	})
}

// SetPrivate changes a repository's visibility.
func (h *Hub) SetPrivate(repo string, private bool, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		h.setVisibility(r, private, actor)
		return err
	})
}

// SetTopics changes a repository's topics.
func (h *Hub) SetTopics(repo string, topics []string, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		from := append([]string{}, r.topics...)
		r.topics, r.updated = append([]string{}, topics...), h.now()
		h.emit(audience{repo: r}, "repository", "edited", actor, object{"changes": object{"topics": object{"from": from}}})
		return err
	})
}

// SetProperty changes a custom property of a repository: a string, a list of strings, or nil for none. An App is told that
// names the event custom_property_values and may read organization_custom_properties.
func (h *Hub) SetProperty(repo, name string, value any, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		old := r.properties[name]
		r.properties, r.updated = maps.Clone(r.properties), h.now()
		if r.properties == nil {
			r.properties = map[string]any{}
		}
		if r.properties[name] = value; value == nil {
			delete(r.properties, name)
		}
		property := func(value any) []object { return []object{{"property_name": name, "value": value}} }
		h.emit(audience{repo: r}, "custom_property_values", "updated", actor,
			object{"new_property_values": property(value), "old_property_values": property(old)})
		return err
	})
}

// SetMerge changes how a repository lets pull requests in. GitHub sends no event for it.
func (h *Hub) SetMerge(repo string, m MergeSettings) error {
	return h.locked(repo, func(r *repository) error {
		m.fill()
		r.merge, r.updated = m, h.now()
		return nil
	})
}

// SetDefaultBranch changes the default branch, which must exist.
func (h *Hub) SetDefaultBranch(repo, branch, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.setDefaultBranch(r, branch, actor)
	})
}

// SetCollaborator gives somebody a permission on a repository, or with "" takes it away.
func (h *Hub) SetCollaborator(repo, login, permission, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.setCollaborator(r, login, permission, actor)
	})
}

// Protect protects a branch, or with nil unprotects it.
func (h *Hub) Protect(repo, branch string, p *Protection) error {
	return h.locked(repo, func(r *repository) error {
		if p == nil {
			delete(r.protected, branch)
		} else {
			r.protected[branch] = p
		}
		return nil
	})
}

// Commit makes a commit and pushes it to its branch, as its author. It returns the commit's id.
func (h *Hub) Commit(repo string, c Commit) (string, error) {
	h.mu.RLock()
	r := h.names[lower(repo)]
	if r == nil {
		h.mu.RUnlock()
		return "", fmt.Errorf("repository %s: %w", repo, errNotFound)
	}
	if c.Branch == "" {
		c.Branch = r.defaultBranch
	}
	sha, err := h.commitFiles(r, c)
	h.mu.RUnlock()
	if err != nil {
		return "", err
	}
	if c.Signed {
		h.mu.Lock()
		h.signed[sha] = true
		h.mu.Unlock()
	}
	return sha, h.Push(repo, c.Branch, sha, c.Author, c.Force)
}

// Push points a branch at a commit the repository (or its fork network) has.
func (h *Hub) Push(repo, branch, sha, by string, force bool) error {
	name := "refs/heads/" + branch
	h.mu.RLock()
	r := h.names[lower(repo)]
	h.mu.RUnlock()
	if r == nil {
		return fmt.Errorf("repository %s: %w", repo, errNotFound)
	}
	old, _ := r.git.Ref(name)
	h.warmPush(r, []githost.RefChange{{Name: name, Old: old, New: sha}})
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.setRef(r, name, sha, force, actor)
	})
}

// DeleteBranch removes a branch; pull requests from or to it are closed, as on GitHub.
func (h *Hub) DeleteBranch(repo, branch, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.deleteRef(r, "refs/heads/"+branch, actor)
	})
}

// Tip is the commit a branch points to, "" if there is none.
func (h *Hub) Tip(repo, branch string) (sha string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if r := h.names[lower(repo)]; r != nil {
		sha, _ = r.git.Ref("refs/heads/" + branch)
	}
	return sha
}
