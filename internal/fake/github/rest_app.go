package github

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/sorting"
)

func appRoutes() []*route {
	return []*route{
		{method: "GET", pattern: "/app", need: "app", call: func(h *Hub, c *call) (any, error) {
			out := h.application(c.who.app).(object)
			out["installations_count"] = len(h.installationsOf(c.who.app))
			return out, nil
		}},
		{method: "GET", pattern: "/app/installations", need: "app", call: func(h *Hub, c *call) (any, error) {
			return paged(c, h.installationsOf(c.who.app), func(i *installation) any { return h.installation(i) }), nil
		}},
		{method: "GET", pattern: "/app/installations/{installation_id}", need: "app", call: (*Hub).getInstallation},
		{method: "POST", pattern: "/app/installations/{installation_id}/access_tokens", need: "app", call: (*Hub).postAccessToken},
		{method: "GET", pattern: "/app/hook/config", need: "app", call: func(h *Hub, c *call) (any, error) {
			return object{"url": c.who.app.spec.WebhookURL, "content_type": "json", "insecure_ssl": "0", "secret": "********"}, nil
		}},
		{method: "GET", pattern: "/app/hook/deliveries", need: "app", call: (*Hub).getDeliveries},
		{method: "GET", pattern: "/app/hook/deliveries/{delivery_id}", need: "app", call: (*Hub).getDelivery},
		{method: "POST", pattern: "/app/hook/deliveries/{delivery_id}/attempts", need: "app", call: (*Hub).postAttempt},
		{method: "POST", pattern: "/app-manifests/{code}/conversions", call: (*Hub).postConversion},
		{method: "GET", pattern: "/apps/{app_slug}", call: func(h *Hub, c *call) (any, error) {
			for _, a := range h.apps {
				if a.spec.Slug == c.params["app_slug"] {
					return h.application(a), nil
				}
			}
			return nil, errNotFound
		}},
		{method: "GET", pattern: "/installation/repositories", need: "installation", call: (*Hub).getInstallationRepositories},
		{method: "DELETE", pattern: "/installation/token", need: "installation", call: func(h *Hub, c *call) (any, error) {
			delete(h.tokens, c.who.token.secret)
			return noContent(), nil
		}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/installation", need: "app", call: func(h *Hub, c *call) (any, error) {
			for _, i := range h.installationsOf(c.who.app) {
				if i.covers(c.repo) {
					return h.installation(i), nil
				}
			}
			return nil, errNotFound
		}},
		{method: "GET", pattern: "/orgs/{org}/installation", need: "app", call: (*Hub).accountInstallation},
		{method: "GET", pattern: "/users/{username}/installation", need: "app", call: (*Hub).accountInstallation},
	}
}

func (h *Hub) sortedInstallations() []*installation {
	return sorting.Sorted(maps.Values(h.installations), func(a, b *installation) int { return cmp.Compare(a.id, b.id) })
}

func (h *Hub) installationsOf(a *app) []*installation {
	return slices.DeleteFunc(h.sortedInstallations(), func(i *installation) bool { return i.app != a })
}

func (h *Hub) installationFor(c *call) (*installation, error) {
	i := h.installations[c.id("installation_id")]
	if i == nil || i.app != c.who.app {
		return nil, errNotFound
	}
	return i, nil
}

func (h *Hub) getInstallation(c *call) (any, error) {
	i, err := h.installationFor(c)
	if err != nil {
		return nil, err
	}
	return h.installation(i), nil
}

func (h *Hub) accountInstallation(c *call) (any, error) {
	login := lower(c.params["org"] + c.params["username"])
	for _, i := range h.installationsOf(c.who.app) {
		if lower(i.account.login) == login {
			return h.installation(i), nil
		}
	}
	return nil, errNotFound
}

// tokenLife is how long an installation token works.
const tokenLife = time.Hour

func (h *Hub) postAccessToken(c *call) (any, error) {
	i, err := h.installationFor(c)
	if err != nil {
		return nil, err
	}
	if !i.suspended.IsZero() {
		return nil, fail(http.StatusForbidden, "This installation has been suspended")
	}
	var in struct {
		Repositories  []string          `json:"repositories"`
		RepositoryIDs []int64           `json:"repository_ids"`
		Permissions   map[string]string `json:"permissions"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	t := &token{secret: "ghs_" + random(18), inst: i, expires: h.now().Add(tokenLife), permissions: maps.Clone(i.permissions)}
	if in.Permissions != nil {
		t.permissions = map[string]string{"metadata": "read"}
		for name, level := range in.Permissions {
			if rank(level) == 0 || rank(i.permissions[name]) < rank(level) {
				return nil, fail(http.StatusUnprocessableEntity, "The permissions requested are not granted to this installation.")
			}
			t.permissions[name] = level
		}
	}
	var chosen []*repository
	for _, name := range in.Repositories {
		name = lower(name)
		if !strings.Contains(name, "/") {
			name = lower(i.account.login) + "/" + name
		}
		chosen = append(chosen, h.names[name])
	}
	for _, id := range in.RepositoryIDs {
		chosen = append(chosen, h.repos[id])
	}
	out := object{"token": t.secret, "expires_at": stamp(t.expires), "permissions": t.permissions, "repository_selection": "all"}
	if !i.all {
		out["repository_selection"] = "selected"
	}
	if len(chosen) > 0 {
		t.repos = map[int64]bool{}
		for _, r := range chosen {
			if r == nil || !i.covers(r) {
				return nil,
					fail(http.StatusUnprocessableEntity,
						"There is at least one repository that does not exist or is not accessible to the parent installation.")
			}
			t.repos[r.id] = true
		}
		out["repository_selection"] = "selected"
		out["repositories"] = list(chosen, func(r *repository) any { return h.repository(r) })
	}
	h.tokens[t.secret] = t
	return created(out), nil
}

func (h *Hub) getInstallationRepositories(c *call) (any, error) {
	var all []*repository
	for _, r := range h.sortedRepositories() {
		if c.who.reaches(r) {
			all = append(all, r)
		}
	}
	selection := "selected"
	if c.who.inst.all && c.who.token.repos == nil {
		selection = "all"
	}
	return object{"total_count": len(all), "repository_selection": selection, "repositories": paged(c, all, func(r *repository) any {
		out := h.repository(r)
		out["permissions"] = object{"admin": false, "maintain": false, "push": h.canPush(c.who, r), "triage": false, "pull": true}
		return out
	})}, nil
}

func (h *Hub) sortedRepositories() []*repository {
	return sorting.Sorted(maps.Values(h.repos), func(a, b *repository) int { return cmp.Compare(a.id, b.id) })
}

func (h *Hub) getDeliveries(c *call) (any, error) {
	all := h.hooks.Deliveries(c.who.app.spec.ID)
	if s := c.query.Get("status"); s == "success" || s == "failure" {
		all = slices.DeleteFunc(all, func(d hooklog.Delivery) bool { return d.Failed() != (s == "failure") })
	}
	_, per := c.paging()
	from := 0
	if cursor := c.query.Get("cursor"); cursor != "" {
		last, err := strconv.ParseInt(strings.TrimPrefix(cursor, "v1_"), 10, 64)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "Invalid cursor")
		}
		for from < len(all) && all[from].ID >= last {
			from++
		}
	}
	to := min(from+per, len(all))
	if to < len(all) {
		q := maps.Clone(c.query)
		q.Set("cursor", fmt.Sprintf("v1_%d", all[to-1].ID))
		c.header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, c.origin(), c.r.URL.EscapedPath(), q.Encode()))
	}
	return list(all[from:to], func(d hooklog.Delivery) any { return delivery(d) }), nil
}

func delivery(d hooklog.Delivery) object {
	idOrNull := func(n int64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	return object{"id": d.ID, "guid": d.GUID, "delivered_at": d.DeliveredAt.UTC().Format(time.RFC3339Nano), "redelivery": d.Redelivery,
		"duration": float64(d.Duration.Milliseconds()) / 1000, "status": d.Status, "status_code": d.StatusCode, "event": d.Event.Name,
		"action": orNull(d.Event.Action), "installation_id": idOrNull(d.Event.InstallationID),
		"repository_id": idOrNull(d.Event.Repository),
		"throttled_at":  nil}
}

func (h *Hub) getDelivery(c *call) (any, error) {
	for _, d := range h.hooks.Deliveries(c.who.app.spec.ID) {
		if d.ID == c.id("delivery_id") {
			out := delivery(d)
			out["url"] = c.who.app.spec.WebhookURL
			out["request"] = object{"headers": d.RequestHeaders, "payload": d.Payload}
			out["response"] = object{"headers": d.ResponseHeaders, "payload": d.Response}
			return out, nil
		}
	}
	return nil, errNotFound
}

func (h *Hub) postAttempt(c *call) (any, error) {
	if !h.hooks.Redeliver(h.hook(c.who.app), c.id("delivery_id")) {
		return nil, errNotFound
	}
	return reply{status: http.StatusAccepted, body: object{}}, nil
}
