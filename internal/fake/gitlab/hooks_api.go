package gitlab

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

// hookEvents are the switches of hooks that the API knows, beside those that a Lab can send.
var hookEvents = []string{"push_events", "tag_push_events", "merge_requests_events", "repository_update_events", "issues_events",
	"confidential_issues_events", "note_events", "confidential_note_events", "pipeline_events", "wiki_page_events", "deployment_events",
	"feature_flag_events", "job_events", "releases_events", "milestone_events", "emoji_events", "resource_access_token_events",
	"member_events", "subgroup_events", "project_events", "vulnerability_events"}

func (l *Lab) hookShape(h *hook) object {
	out := object{"id": h.id, "url": h.spec.URL, "name": "", "description": "", "created_at": stamp(h.created),
		"enable_ssl_verification": true,
		"url_variables":           []any{}}
	if l.since("18.0") {
		out["token_present"], out["signing_token_present"] = h.spec.Token != "", h.spec.Signing != ""
	}
	system := h.project == nil && h.group == nil
	for _, name := range hookEvents {
		general := !slices.Contains([]string{"member_events", "subgroup_events", "project_events"}, name)
		if (system && !slices.Contains([]string{"push_events", "tag_push_events", "merge_requests_events",
			"repository_update_events"}, name)) ||
			(h.project != nil && !general) || (h.group != nil && name == "repository_update_events") {
			continue
		}
		out[name] = slices.Contains(h.spec.Events, name)
	}
	if system {
		return out
	}
	out["alert_status"], out["disabled_until"] = h.alert(l.now()), stamp(h.until)
	out["push_events_branch_filter"], out["branch_filter_strategy"] = "", "wildcard"
	out["custom_webhook_template"], out["custom_headers"] = h.spec.Template, []any{}
	if h.project != nil {
		out["project_id"] = h.project.id
	} else {
		out["group_id"] = h.group.id
	}
	return out
}

// mine reports whether a hook belongs to what the path names.
func (c *call) mine(h *hook) bool { return h.project == c.project && h.group == c.group }

func listHooks(l *Lab, c *call) (any, error) {
	out := []any{}
	for _, h := range l.allHooks {
		if c.mine(h) {
			out = append(out, l.hookShape(h))
		}
	}
	return c.page(out), nil
}

func (l *Lab) hookOf(c *call) (*hook, error) {
	for _, h := range l.allHooks {
		if h.id == c.number("hook_id") && c.mine(h) {
			return h, nil
		}
	}
	return nil, missing("")
}

func getHook(l *Lab, c *call) (any, error) {
	h, err := l.hookOf(c)
	if err != nil {
		return nil, err
	}
	return l.hookShape(h), nil
}

// setHook takes what the parameters say of a hook.
func (c *call) setHook(h *hook) error {
	for name, at := range map[string]*string{"custom_webhook_template": &h.spec.Template, "url": &h.spec.URL,
		"token": &h.spec.Token, "signing_token": &h.spec.Signing} {
		if s, ok := c.text(name); ok {
			*at = s
		}
	}
	if !strings.HasPrefix(h.spec.URL, "http://") && !strings.HasPrefix(h.spec.URL, "https://") {
		return fail(http.StatusUnprocessableEntity, object{"error": "Invalid url given"})
	}
	for _, name := range hookEvents {
		if _, given := c.values[name]; !given {
			continue
		}
		h.spec.Events = slices.DeleteFunc(slices.Clone(h.spec.Events), func(e string) bool { return e == name })
		if c.flag(name) {
			h.spec.Events = append(h.spec.Events, name)
		}
	}
	return nil
}

func createHook(l *Lab, c *call) (any, error) {
	h := &hook{project: c.project, group: c.group, created: l.now(), spec: Hook{Events: []string{}}}
	if _, given := c.values["push_events"]; !given {
		h.spec.Events = []string{"push_events"}
	}
	if err := c.setHook(h); err != nil {
		return nil, err
	}
	return l.hookShape(l.addHook(h)), nil
}

func updateHook(l *Lab, c *call) (any, error) {
	h, err := l.hookOf(c)
	if err != nil {
		return nil, err
	}
	return l.hookShape(h), c.setHook(h)
}

func deleteHook(l *Lab, c *call) (any, error) {
	h, err := l.hookOf(c)
	if err != nil {
		return nil, err
	}
	l.allHooks = slices.DeleteFunc(l.allHooks, func(other *hook) bool { return other == h })
	return answer{status: http.StatusNoContent}, nil
}

// testHook sends a test payload at once. An answer of 2xx makes a disabled hook executable again.
func testHook(l *Lab, c *call) (any, error) {
	h, err := l.hookOf(c)
	if err != nil {
		return nil, err
	}
	h.until, h.disabled, h.failures = time.Time{}, false, 0
	p := c.project
	if p == nil {
		return nil, fail(http.StatusUnprocessableEntity, "Ensure the group has a project with commits")
	}
	tip, _ := p.branch(p.defaultBranch)
	l.sendHook(h, "push_events", "Push Hook", l.pushPayload(p, "refs/heads/"+p.defaultBranch, tip, tip, c.who.user))
	return object{"message": "201 Created"}, nil
}

// eventShape is one entry of a hook's log, as GET .../hooks/:hook_id/events lists it.
func eventShape(d hooklog.Delivery) object {
	status := "internal error"
	if d.StatusCode > 0 {
		status = strconv.Itoa(d.StatusCode)
	}
	return object{"id": d.ID, "url": "", "trigger": d.Event.Action + "_hooks", "request_headers": d.RequestHeaders,
		"request_data":     d.Payload,
		"response_headers": d.ResponseHeaders, "response_body": d.Response,
		"execution_duration": d.Duration.Seconds(), "response_status": status,
		"created_at": stamp(d.DeliveredAt)}
}

// keepEvents is how long the API shows a delivery.
const keepEvents = 7 * 24 * time.Hour

func listHookEvents(l *Lab, c *call) (any, error) {
	h, err := l.hookOf(c)
	if err != nil {
		return nil, err
	}
	want, filtered := c.list("status")
	out := []any{}
	for _, d := range l.hooks.Deliveries(h.id) {
		kind := "successful"
		if d.StatusCode >= 400 && d.StatusCode < 500 {
			kind = "client_failure"
		} else if d.Failed() {
			kind = "server_failure"
		}
		if l.now().Sub(d.DeliveredAt) > keepEvents ||
			(filtered && !slices.Contains(want, kind) && !slices.Contains(want, fmt.Sprint(d.StatusCode))) {
			continue
		}
		e := eventShape(d)
		e["url"] = h.spec.URL
		out = append(out, e)
	}
	return c.page(out), nil
}

// resends is how many deliveries of a hook one user may send again in a minute.
const resends = 5

// resendEvent sends a delivery again under its Idempotency-Key, and answers with what came of it.
//
// [?] The words of a refusal, and that one that fails is answered with its status.
func resendEvent(l *Lab, c *call) (any, error) {
	h, err := l.hookOf(c)
	if err != nil {
		return nil, err
	}
	if h.alert(l.now()) != "executable" {
		return nil, fail(http.StatusUnprocessableEntity, "422 Unprocessable entity - The hook is disabled")
	}
	recent := slices.DeleteFunc(h.resent[c.who.user.id], func(at time.Time) bool { return l.now().Sub(at) >= time.Minute })
	if len(recent) >= resends {
		return nil, fail(http.StatusTooManyRequests, object{"error": "This endpoint has been requested too many times. Try again later."})
	}
	for _, d := range l.hooks.Deliveries(h.id) {
		if d.ID != c.number("event_id") {
			continue
		}
		if h.resent == nil {
			h.resent = map[int64][]time.Time{}
		}
		h.resent[c.who.user.id] = append(recent, l.now())
		again, ended := l.delivering(h, d.Event.Name), make(chan hooklog.Delivery, 1)
		note := again.Done
		again.Done = func(d hooklog.Delivery) {
			note(d)
			ended <- d
		}
		l.hooks.Redeliver(again, d.ID)
		return answer{status: http.StatusCreated, then: func() (any, error) {
			select {
			case d := <-ended:
				if d.StatusCode == 0 {
					return object{"response_status": "internal error"}, nil
				}
				return object{"response_status": d.StatusCode}, nil
			case <-c.r.Context().Done():
				return nil, c.r.Context().Err()
			}
		}}, nil
	}
	return nil, missing("")
}
