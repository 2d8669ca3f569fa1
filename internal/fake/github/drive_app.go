package github

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"time"
)

// AddApp makes the hub know another App.
func (h *Hub) AddApp(spec AppSpec) (AppSpec, error) {
	spec.Key = cmp.Or(spec.Key, h.opt.Key)
	if err := spec.fill(); err != nil {
		return AppSpec{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addApp(spec).spec, nil
}

// SetWebhook points the App under test to a receiver, with its secret ("" keeps the one it has).
func (h *Hub) SetWebhook(url, secret string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.app.spec.WebhookURL, h.app.spec.WebhookSecret = url, cmp.Or(secret, h.app.spec.WebhookSecret)
}

// Ping sends the App the event GitHub sends when a webhook is set up.
func (h *Hub) Ping() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ping(h.app)
}

// Install installs the App under test on an account: on all repositories, or on those named. It returns the
// installation's id.
func (h *Hub) Install(owner string, repos ...string) (int64, error) {
	return h.InstallApp(h.app.spec.ID, owner, repos...)
}

// InstallApp is Install for any App the hub knows.
func (h *Hub) InstallApp(app int64, owner string, repos ...string) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, u := h.apps[app], h.accounts[lower(owner)]
	if a == nil || u == nil {
		return 0, fmt.Errorf("install App %d on %s: %w", app, owner, errNotFound)
	}
	for _, i := range h.installationsOf(a) {
		if i.account == u {
			return 0, fmt.Errorf("install App %d on %s: already installed", app, owner)
		}
	}
	chosen, err := h.named(repos)
	if err != nil {
		return 0, err
	}
	return h.install(a, u, len(repos) == 0, chosen, h.installer(u)).id, nil
}

// installer is an admin of the account.
func (h *Hub) installer(u *account) *account {
	if u.org != nil {
		for login, role := range u.org.members {
			if role == "admin" {
				return h.accounts[login]
			}
		}
	}
	return u
}

func (h *Hub) named(names []string) ([]*repository, error) {
	var out []*repository
	for _, name := range names {
		r := h.names[lower(name)]
		if r == nil {
			return nil, fmt.Errorf("repository %s: %w", name, errNotFound)
		}
		out = append(out, r)
	}
	return out, nil
}

// SetInstalled adds repositories to an installation of chosen ones, or takes them out.
func (h *Hub) SetInstalled(id int64, add bool, repos ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.installations[id]
	chosen, err := h.named(repos)
	if err != nil || i == nil || i.all {
		return errors.Join(err, fmt.Errorf("change installation %d: it must exist and be of chosen repositories", id))
	}
	action := "removed"
	if add {
		action = "added"
	}
	for _, r := range chosen {
		if add {
			i.repos[r.id] = true
		} else {
			delete(i.repos, r.id)
		}
	}
	h.tellRepositories(i, action, chosen, h.installer(i.account))
	return nil
}

// Uninstall removes an installation; its tokens stop working.
func (h *Hub) Uninstall(id int64) error {
	return h.onInstallation(id, func(i *installation) {
		h.tell(i, "installation", "deleted", h.installer(i.account), object{"repositories": list(h.covered(i), short)})
		delete(h.installations, id)
	})
}

// Suspend stops an installation until it is resumed: no webhooks, and its tokens answer 403.
func (h *Hub) Suspend(id int64, suspend bool) error {
	return h.onInstallation(id, func(i *installation) {
		action := "unsuspend"
		i.suspended = time.Time{}
		if suspend {
			i.suspended, action = h.now(), "suspend"
		}
		h.tell(i, "installation", action, h.installer(i.account), object{"repositories": list(h.covered(i), short)})
	})
}

// SetPermissions changes what an installation may do, as when its owner accepts or the App loses permissions.
func (h *Hub) SetPermissions(id int64, permissions map[string]string) error {
	return h.onInstallation(id, func(i *installation) {
		i.permissions = permissions
		h.tell(i, "installation", "new_permissions_accepted", h.installer(i.account), object{"repositories": list(h.covered(i), short)})
	})
}

func (h *Hub) onInstallation(id int64, f func(*installation)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.installations[id]
	if i == nil {
		return fmt.Errorf("installation %d: %w", id, errNotFound)
	}
	f(i)
	return nil
}

// InstallationToken makes a token of an installation with all it may do, as POST access_tokens would.
func (h *Hub) InstallationToken(id int64) (secret string, err error) {
	err = h.onInstallation(id, func(i *installation) {
		t := &token{secret: "ghs_" + random(18), inst: i, expires: h.now().Add(tokenLife), permissions: maps.Clone(i.permissions)}
		h.tokens[t.secret] = t
		secret = t.secret
	})
	return secret, err
}

// ExpireTokens makes every installation token invalid, as after an hour.
func (h *Hub) ExpireTokens() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for secret, t := range h.tokens {
		if t.inst != nil {
			delete(h.tokens, secret)
		}
	}
}
