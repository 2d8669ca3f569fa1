package gitlab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

// Triggers of hooks, by their names in the API. Subscribed are those of a hook whose Events are not said.
var subscribed = []string{
	"push_events",
	"merge_requests_events",
	"note_events",
	"pipeline_events",
	"emoji_events",
	"member_events",
	"project_events",
	"resource_access_token_events",
	"deployment_events",
	"releases_events",
	"issues_events",
}

// systemEvents are all that a system hook can have: no note, no pipeline, no emoji.
var systemEvents = []string{"push_events", "merge_requests_events", "repository_update_events"}

// When a hook is disabled: after so many failures in a row for a time that doubles, after so many for good.
const (
	failuresToPause   = 4
	failuresToDisable = 40
	firstPause        = time.Minute
	longestPause      = 24 * time.Hour
)

// Hook is a webhook: of a project, of a group (Premium) with all below it, or with neither of the instance.
type Hook struct {
	Project int64
	Group   string
	URL     string
	Token   string // X-Gitlab-Token; "" sends none
	Signing string // whsec_ and 32 bytes in base64: signs each delivery; "" does not
	// Template replaces the payload, with {{a.b}} filled in from it, as Maintainers may set; "" leaves it.
	Template string
	Events   []string // by the API's names, as "note_events"; nil is all that a Lab can send
}

type hook struct {
	id       int64
	spec     Hook
	project  *project
	group    *group
	failures int
	until    time.Time // disabled until then
	disabled bool      // for good
	created  time.Time
	// resent is when users had deliveries sent again, by the user's id.
	resent map[int64][]time.Time
}

// AddHook adds a hook and returns its id.
func (l *Lab) AddHook(spec Hook) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &hook{spec: spec, created: l.now()}
	if spec.Project != 0 {
		if h.project = l.projects[spec.Project]; h.project == nil {
			return 0, missing("Project")
		}
	} else if spec.Group != "" {
		if h.group = l.groups[strings.ToLower(spec.Group)]; h.group == nil {
			return 0, missing("Group")
		}
	}
	return l.addHook(h).id, nil
}

func (l *Lab) addHook(h *hook) *hook {
	h.id = l.id()
	if h.spec.Events == nil {
		h.spec.Events = subscribed
		if h.project == nil && h.group == nil {
			h.spec.Events = systemEvents
		}
	}
	l.allHooks = append(l.allHooks, h)
	return h
}

// Hooks are all hooks, in the order they were made.
func (l *Lab) Hooks() (all []Hook) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, h := range l.allHooks {
		spec := h.spec
		spec.Events = slices.Clone(spec.Events)
		if h.project != nil {
			spec.Project = h.project.id
		}
		if h.group != nil {
			spec.Group = h.group.path
		}
		all = append(all, spec)
	}
	return all
}

// Webhooks is the delivery queue and log, for fates and releases. A delivery's AppID is its hook's id.
func (l *Lab) Webhooks() *hooklog.Log { return l.hooks }

// hears reports whether a hook is told of an event of a project.
func (h *hook) hears(p *project, trigger string) bool {
	switch {
	case !h.subscribes(trigger):
		return false
	case h.project != nil:
		return h.project == p
	case h.group != nil:
		for g := p.group; g != nil; g = g.parent {
			if g == h.group {
				return true
			}
		}
		return false
	}
	return slices.Contains(systemEvents, trigger)
}

// alert is alert_status of the API.
func (h *hook) alert(now time.Time) string {
	switch {
	case h.disabled:
		return "disabled"
	case now.Before(h.until):
		return "temporarily_disabled"
	}
	return "executable"
}

// fire sends an event of a project to every hook that is told of it. A hook that is disabled gets nothing and logs nothing.
func (l *Lab) fire(p *project, trigger, name string, payload object) {
	for _, h := range l.allHooks {
		if h.hears(p, trigger) {
			l.sendHook(h, trigger, name, payload)
		}
	}
}

func (l *Lab) sendHook(h *hook, trigger, name string, payload object) {
	if h.alert(l.now()) != "executable" || l.inChain(h) {
		return
	}
	if h.project == nil && h.group == nil {
		name = "System Hook"
		payload = maps.Clone(payload)
		payload["event_name"] = strings.TrimSuffix(trigger, "s_events")
		if trigger == "push_events" {
			payload["event_name"] = "push"
		}
	}
	l.sendAs(h, trigger, name, payload)
}

// subscribes reports whether a hook has an event switched on.
func (h *hook) subscribes(trigger string) bool { return slices.Contains(h.spec.Events, trigger) }

// sendAs queues a delivery as it is.
func (l *Lab) sendAs(h *hook, trigger, name string, payload object) {
	if h.alert(l.now()) != "executable" {
		return
	}
	raw, err := encode(payload) // now: what it shows changes later
	if err != nil {
		l.opt.Log.Error("encode webhook", "error", err)
		return
	}
	if h.spec.Template != "" {
		raw = filled(h.spec.Template, raw)
	}
	repository := int64(0)
	if p, ok := payload["project"].(object); ok {
		repository, _ = p["id"].(int64)
	}
	l.hooks.Send(
		l.delivering(h, name),
		hooklog.Event{Name: name, Action: strings.TrimSuffix(trigger, "_events"), Repository: repository,
			Payload: rawJSON(raw)},
	)
}

// filled is a custom template with its names filled in from a payload.
func filled(template string, payload []byte) []byte {
	var values any
	if json.Unmarshal(payload, &values) != nil {
		return payload
	}
	return placeholders.ReplaceAllFunc([]byte(template), func(name []byte) []byte {
		at := values
		for part := range strings.SplitSeq(strings.Trim(string(name), "{} "), ".") {
			inner, _ := at.(map[string]any)
			at = inner[part]
		}
		if s, ok := at.(string); ok {
			return []byte(s)
		}
		out, err := encode(at)
		if err != nil {
			return nil
		}
		return out
	})
}

var placeholders = regexp.MustCompile(`\{\{[\w. ]+\}\}`)

// rawJSON is JSON that is encoded already.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// maxChains bounds what is remembered of chains.
const maxChains = 10_000

// inChain blocks a hook that is in the chain of requests which led here (X-Gitlab-Event-UUID sent back).
func (l *Lab) inChain(h *hook) bool {
	if l.origin == "" {
		return false
	}
	chain := l.chains[l.origin]
	if chain == nil {
		if len(l.chains) > maxChains {
			clear(l.chains)
		}
		chain = map[int64]bool{}
		l.chains[l.origin] = chain
	}
	seen := chain[h.id]
	chain[h.id] = true
	return seen && l.forwarded
}

// delivering is a hook as the log needs it, with GitLab's headers.
func (l *Lab) delivering(h *hook, name string) hooklog.Hook {
	origin := l.origin
	if origin == "" {
		origin = uuid()
	}
	return hooklog.Hook{ID: h.id, AppID: h.id, URL: h.spec.URL, Done: l.delivered(h),
		Headers: func(guid string, body []byte) map[string]string { return l.hookHeaders(h, name, origin, guid, body) }}
}

// hookHeaders are the headers of a delivery. The Event-UUID is that of the request which caused it and no delivery id;
// Idempotency-Key is one, and the same on a resend.
//
// [?] `webhook-signature` since 19.0.
func (l *Lab) hookHeaders(h *hook, name, origin, guid string, body []byte) map[string]string {
	out := map[string]string{
		"Content-Type":          "application/json",
		"User-Agent":            "GitLab/" + l.opt.Version + ".0",
		"X-Gitlab-Event":        name,
		"X-Gitlab-Event-UUID":   origin,
		"X-Gitlab-Webhook-UUID": uuid(),
		"X-Gitlab-Instance":     l.URL(),
	}
	if l.since("17.4") {
		out["Idempotency-Key"] = guid
	}
	if h.spec.Token != "" {
		out["X-Gitlab-Token"] = h.spec.Token
	}
	if h.spec.Signing != "" && l.since("19.0") {
		stamp := strconv.FormatInt(l.opt.Now().Unix(), 10)
		out["webhook-id"], out["webhook-timestamp"], out["webhook-signature"] = guid, stamp, Sign(
			h.spec.Signing,
			guid,
			stamp,
			body,
		)
	}
	return out
}

// Sign is the value of webhook-signature, in the form of Standard Webhooks.
func Sign(secret, id, timestamp string, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// delivered counts failures in a row, and disables the hook when the instance does that.
func (l *Lab) delivered(h *hook) func(hooklog.Delivery) {
	return func(d hooklog.Delivery) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !d.Failed() {
			h.failures, h.until = 0, time.Time{}
			return
		}
		if h.failures++; !l.opt.AutoDisable {
			return
		}
		if h.failures >= failuresToDisable {
			h.disabled = true
		} else if h.failures >= failuresToPause {
			h.until = l.now().Add(min(firstPause<<min(h.failures-failuresToPause, 16), longestPause))
		}
	}
}

// dispatch sends a merge request's payload to its external status checks, which is how they hear of it.
//
// [?] A status check hears of opening, pushes, edits and comments.
func (l *Lab) dispatch(m *request, payload object) {
	for _, k := range l.checksOf(m) {
		l.dispatchTo(k, payload)
	}
}

func (l *Lab) dispatchTo(k *statusCheck, payload object) {
	mine := maps.Clone(payload)
	mine["external_approval_rule"] = object{"id": k.id, "name": k.name, "external_url": k.url}
	raw, err := encode(mine)
	if err != nil {
		l.opt.Log.Error("encode status check", "error", err)
		return
	}
	l.hooks.Send(hooklog.Hook{ID: k.id, AppID: k.id, URL: k.url, Headers: func(_ string, body []byte) map[string]string {
		out := map[string]string{"Content-Type": "application/json"}
		if k.secret != "" {
			mac := hmac.New(sha256.New, []byte(k.secret))
			mac.Write(body)
			out["X-Gitlab-Signature"] = hex.EncodeToString(mac.Sum(nil))
		}
		return out
	}}, hooklog.Event{Name: "external_status_check", Payload: rawJSON(raw)})
}

// uuid is a random one, version 4.
func uuid() string {
	s := random(16)
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:]
}
