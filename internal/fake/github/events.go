package github

import (
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

func lower(s string) string { return strings.ToLower(s) }

// eventPermission is the permission an installation needs to be told of an event (GitHub's "Webhook events and payloads").
var eventPermission = map[string]string{
	"custom_property_values": "organization_custom_properties",

	"check_run": "checks", "check_suite": "checks", "issue_comment": "issues|pull_requests", "member": "members|metadata",
	"membership":  "members",
	"merge_group": "merge_queues", "organization": "members", "pull_request": "pull_requests", "pull_request_review": "pull_requests",
	"pull_request_review_comment": "pull_requests", "pull_request_review_thread": "pull_requests", "push": "contents",
	"repository": "metadata", "status": "statuses",
	"team": "members", "team_add": "members", "workflow_run": "actions",
}

// audience says who is told: everybody installed on a repository or an account; only narrows it to one App.
type audience struct {
	repo    *repository
	account *account
	only    *app
}

// emit queues one event for every App that is installed, subscribed and permitted. The payload is GitHub's: the fields
// given, and repository, organization, sender and installation. It is encoded later, so nothing in it may change.
func (h *Hub) emit(to audience, event, action string, sender *account, payload object) {
	if action != "" {
		payload["action"] = action
	}
	owner := to.account
	var repositoryID int64
	if to.repo != nil {
		owner, repositoryID = to.repo.owner, to.repo.id
	}
	rendered := false
	for _, id := range slices.Sorted(maps.Keys(h.installations)) {
		i := h.installations[id]
		if i.account != owner || !i.suspended.IsZero() || (to.only != nil && i.app != to.only) || (to.repo != nil && !i.covers(to.repo)) {
			continue
		}
		if !slices.Contains(i.events, event) || !i.permits(eventPermission[event]) {
			continue
		}
		if !rendered {
			rendered = true
			payload["sender"] = h.user(sender)
			if to.repo != nil {
				if _, ok := payload["repository"]; !ok {
					payload["repository"] = h.repository(to.repo)
				}
			}
			if owner.org != nil {
				payload["organization"] = h.organization(owner)
			}
		}
		mine := maps.Clone(payload)
		mine["installation"] = object{"id": i.id, "node_id": nodeID("MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u", i.id)}
		h.send1(i, hooklog.Event{Name: event, Action: action, InstallationID: i.id, Repository: repositoryID, Payload: mine})
	}
}

// tell sends an event about an installation itself, which needs no subscription.
func (h *Hub) tell(i *installation, event, action string, sender *account, payload object) {
	payload["action"], payload["installation"], payload["sender"] = action, h.installation(i), h.user(sender)
	if i.account.org != nil {
		payload["organization"] = h.organization(i.account)
	}
	h.send1(i, hooklog.Event{Name: event, Action: action, InstallationID: i.id, Payload: payload})
}

func (h *Hub) send1(i *installation, e hooklog.Event) { h.hooks.Send(h.hook(i.app), e) }

func (h *Hub) hook(a *app) hooklog.Hook {
	return hooklog.Hook{ID: a.hookID, AppID: a.spec.ID, URL: a.spec.WebhookURL, Secret: a.spec.WebhookSecret}
}

func (i *installation) permits(names string) bool {
	for name := range strings.SplitSeq(names, "|") {
		if rank(i.permissions[name]) > 0 {
			return true
		}
	}
	return false
}

// pullEvent sends a pull_request event with the whole pull request.
func (h *Hub) pullEvent(p *pull, action string, sender *account, extra object) error {
	return h.pullMoment(p, action, sender, extra, moment{})
}

// pullMoment is pullEvent for one that the timeline keeps with more than its name.
func (h *Hub) pullMoment(p *pull, action string, sender *account, extra object, what moment) error {
	h.note(p, action, sender, what)
	if !h.listened(p.repo, "pull_request") {
		return nil
	}
	full, err := h.fullPull(p)
	if err != nil {
		return err
	}
	payload := object{"number": p.number, "pull_request": full, "repository": h.repository(p.repo)}
	maps.Copy(payload, extra)
	h.emit(audience{repo: p.repo}, "pull_request", action, sender, payload)
	return nil
}

// listened reports whether anybody would be told, so that a payload nobody reads is not rendered.
func (h *Hub) listened(r *repository, event string) bool {
	for _, i := range h.installations {
		if i.covers(r) && i.app.spec.WebhookURL != "" && slices.Contains(i.events, event) {
			return true
		}
	}
	return false
}

func (h *Hub) reviewEvent(p *pull, v *review, action string, sender *account, extra object) {
	shown := h.review(p, v)
	shown["state"] = lower(v.state) // webhooks spell the state in lower case, REST in upper case
	delete(shown, "author_association")
	shown["author_association"] = h.association(p.repo, v.user)
	payload := object{"review": shown, "pull_request": h.simplePull(p)}
	maps.Copy(payload, extra)
	h.emit(audience{repo: p.repo}, "pull_request_review", action, sender, payload)
}

func (h *Hub) commentEvent(p *pull, c *issueComment, action string, sender *account, extra object) {
	payload := object{"issue": h.issue(p), "comment": h.issueComment(p, c)}
	maps.Copy(payload, extra)
	h.emit(audience{repo: p.repo}, "issue_comment", action, sender, payload)
}

func (h *Hub) ping(a *app) {
	payload := object{"zen": "Keep it logically awesome.", "hook_id": a.hookID, "hook": object{
		"type": "App", "id": a.hookID, "name": "web", "active": true, "events": a.spec.Events, "app_id": a.spec.ID,
		"config":     object{"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": a.spec.WebhookURL},
		"updated_at": stamp(a.created), "created_at": stamp(a.created), "url": h.URL() + "/app/hook",
		"ping_url":       h.URL() + "/app/hook/pings",
		"deliveries_url": h.URL() + "/app/hook/deliveries"}}
	h.hooks.Send(h.hook(a), hooklog.Event{Name: "ping", Payload: payload})
}
