package gitlab_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

// arrival is one webhook as it came in.
type arrival struct {
	header http.Header
	body   []byte
	kind   string // object_kind and what happened
	raw    map[string]any
}

type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	all    []arrival
	status int
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: 200}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the sender ended, or gave up: nothing arrived, and whoever waits for it goes on waiting
		}
		a := arrival{header: req.Header, body: body}
		if err := json.Unmarshal(body, &a.raw); err != nil {
			t.Error(err)
		}
		kind, _ := a.raw["object_kind"].(string)
		attributes, _ := a.raw["object_attributes"].(map[string]any)
		action, _ := attributes["action"].(string)
		if state, ok := attributes["status"].(string); ok {
			action = state
		}
		a.kind = strings.TrimSpace(kind + " " + action)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, a)
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

// take waits for all deliveries and returns what came in since the last time.
func (r *receiver) take(w *world) []arrival {
	w.t.Helper()
	w.ok(w.WaitDelivered(w.t.Context()))
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.all
	r.all = nil
	return out
}

func kinds(list []arrival) string {
	var out []string
	for _, a := range list {
		out = append(out, a.kind)
	}
	return strings.Join(out, ", ")
}

func TestHooksTellWhatHappened(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL, Token: "secret"}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	before := w.Tip(w.project, "topic")
	steps := []struct {
		what string
		do   func() error
		want string
	}{
		{"push and open", func() error { return nil }, "push, merge_request open"},
		{"another push", func() error {
			_, err := w.Commit(w.project, fakelab.Commit{Branch: "topic", Message: "more", By: "dev",
				Files: map[string]string{"c.go": "package c\n"}})
			return err
		}, "push, merge_request update"},
		{"retitle", func() error { return w.Edit(w.project, iid, "dev", fakelab.Edit{Title: ptr("Draft: later")}) },
			"merge_request update"},
		{"approve", func() error { return w.Approve(w.project, iid, "ann") }, "merge_request approval, merge_request approved"},
		{"say", func() error { _, err := w.Say(w.project, iid, "ann", "hello"); return err }, "note create"},
		{"pipeline", func() error {
			_, _, err := w.StartPipeline(
				w.project,
				fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit", State: "running"}}},
			)
			return err
		}, "pipeline running"},
		{
			"close",
			func() error { return w.Edit(w.project, iid, "dev", fakelab.Edit{State: ptr("closed")}) },
			"merge_request close",
		},
		{
			"reopen",
			func() error { return w.Edit(w.project, iid, "dev", fakelab.Edit{State: ptr("opened")}) },
			"merge_request reopen",
		},
	}
	for _, s := range steps {
		w.ok(s.do())
		got := r.take(w)
		if kinds(got) != s.want {
			t.Errorf("%s: %s, want %s", s.what, kinds(got), s.want)
			continue
		}
		last := got[len(got)-1]
		attributes, _ := last.raw["object_attributes"].(map[string]any)
		changes, _ := last.raw["changes"].(map[string]any)
		switch s.what {
		case "another push":
			if attributes["oldrev"] != before || last.header.Get("X-Gitlab-Event") != "Merge Request Hook" {
				t.Errorf("oldrev %v", attributes["oldrev"])
			}
		case "retitle":
			if changes["title"] == nil || changes["draft"] == nil || attributes["oldrev"] != nil {
				t.Errorf("changes %v", changes)
			}
		}
	}
}

func TestHooksCarryEveryHeader(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.ok(w.SetMember("acme", "rita", fakelab.Owner))
	key := "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	hook := w.id(w.AddHook(fakelab.Hook{Group: "acme", URL: r.URL, Token: "secret", Signing: key}))
	w.id(w.AddHook(fakelab.Hook{URL: r.URL})) // the instance's
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	r.take(w)
	w.ok(w.Edit(w.project, iid, "dev", fakelab.Edit{Title: ptr("other")}))
	got := r.take(w)
	if len(got) != 2 {
		t.Fatalf("%s", kinds(got))
	}
	mine, system := got[0], got[1]
	h := mine.header
	if h.Get("X-Gitlab-Token") != "secret" || h.Get("X-Gitlab-Instance") != w.URL() ||
		h.Get("webhook-id") != h.Get("Idempotency-Key") ||
		h.Get("webhook-signature") != fakelab.Sign(key, h.Get("webhook-id"), h.Get("webhook-timestamp"),
			mine.body) ||
		h.Get("Idempotency-Key") == "" {
		t.Errorf("headers %v", h)
	}
	if s := system.header; s.Get("X-Gitlab-Event") != "System Hook" ||
		s.Get("X-Gitlab-Event-UUID") != h.Get("X-Gitlab-Event-UUID") ||
		s.Get("Idempotency-Key") == h.Get("Idempotency-Key") ||
		system.raw["event_name"] != "merge_request" {
		t.Errorf("the instance's: %v, %v", s, system.raw["event_name"])
	}
	// A resend has the same key, and stands in the log.
	rita, err := w.AddToken(fakelab.Token{User: "rita"})
	w.ok(err)
	_, _, raw := w.send("GET", fmt.Sprintf("/api/v4/groups/acme/hooks/%d/events", hook), "", rita.Secret)
	var events []struct {
		ID      int64
		Trigger string
		Headers map[string]string `json:"request_headers"`
		Status  string            `json:"response_status"`
	}
	w.ok(json.Unmarshal(raw, &events))
	if len(events) != 3 || events[0].Status != "200" || events[0].Trigger != "merge_requests_hooks" {
		t.Fatalf("%s", raw)
	}
	if code, _, raw := w.send("POST", fmt.Sprintf("/api/v4/groups/acme/hooks/%d/events/%d/resend", hook,
		events[0].ID), "", rita.Secret); code != 201 {
		t.Errorf("resend: %d %s", code, raw)
	}
	if again := r.take(w); len(again) != 1 || again[0].header.Get("Idempotency-Key") != h.Get("Idempotency-Key") ||
		string(again[0].body) != string(mine.body) {
		t.Errorf("resent: %+v", again)
	}
	old := newWorld(t, fakelab.Options{Version: "16.11"})
	old.id(old.AddHook(fakelab.Hook{Project: old.project, URL: r.URL, Signing: key}))
	old.open("topic", map[string]string{"a.go": "package b\n"})
	for _, a := range r.take(old) {
		if a.header.Get("Idempotency-Key")+a.header.Get("webhook-id") != "" {
			t.Errorf("16.11 sent %v", a.header)
		}
	}
}

func TestHooksAreNeverSentAgainAndGetDisabled(t *testing.T) {
	now := newClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	w := newWorld(t, fakelab.Options{AutoDisable: true, Now: now.Now})
	r := newReceiver(t)
	hook := w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL, Events: []string{"note_events"}}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	say := func() int {
		_, err := w.Say(w.project, iid, "ann", "hello")
		w.ok(err)
		return len(r.take(w))
	}
	r.status = 503
	for i := range 4 {
		if n := say(); n != 1 {
			t.Fatalf("failure %d: %d deliveries", i, n)
		}
	}
	if say() != 0 {
		t.Error("a disabled hook was told")
	}
	rita, err := w.AddToken(fakelab.Token{User: "rita"})
	w.ok(err)
	alert := func() string {
		h, _, err := w.as(rita.Secret).Projects.GetProjectHook(w.project, hook)
		w.ok(err)
		return h.AlertStatus
	}
	if alert() != "temporarily_disabled" {
		t.Error(alert())
	}
	now.pass(61 * time.Second)
	r.status = 200
	if alert() != "executable" || say() != 1 {
		t.Error("after a minute: " + alert())
	}
	r.status = 404
	for range 50 {
		say()
		now.pass(25 * time.Hour)
	}
	if alert() != "disabled" {
		t.Error("after 40 failures: " + alert())
	}
}

func TestMaintainersMayLeaveFieldsOut(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL, Events: []string{"note_events"},
		Template: `{"text": "{{object_attributes.note}}", "project": {{project.id}}}`}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	_, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	if got := r.take(w); string(got[0].body) != fmt.Sprintf(`{"text":"hello","project":%d}`, w.project) {
		t.Errorf("%s", got[0].body)
	}
}

func TestPushHooks(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL}))
	first := w.Tip(w.project, "main")
	for i := range 25 {
		w.commit("many", "feat: "+strconv.Itoa(i), map[string]string{"n": strconv.Itoa(i)})
	}
	r.take(w)
	w.ok(w.Push(w.project, "main", w.Tip(w.project, "many"), "rita"))
	got := r.take(w)
	if len(got) != 1 {
		t.Fatal(kinds(got))
	}
	commits, _ := got[0].raw["commits"].([]any)
	newest, _ := commits[len(commits)-1].(map[string]any)
	if len(commits) != 20 || got[0].raw["total_commits_count"] != 25.0 || got[0].raw["before"] != first ||
		newest["id"] != w.Tip(w.project, "main") {
		t.Errorf("%d commits of %v", len(commits), got[0].raw["total_commits_count"])
	}
}

// TestAPushToManyBranchesTellsNothing pushes with a real git client: to four branches at once there is no push hook.
func TestAPushToManyBranchesTellsNothing(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL}))
	token, err := w.AddToken(fakelab.Token{User: "dev", Scopes: []string{"write_repository"}})
	w.ok(err)
	dir := t.TempDir()
	git := func(args ...string) error {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("git %v: %w: %s", args, err, out)
		}
		return nil
	}
	address := func(secret string) string {
		return strings.Replace(w.URL(), "http://", "http://anybody:"+secret+"@", 1) + "/" + shopPath + ".git"
	}
	if err := git("clone", "-q", address("glpat-none"), "none"); err == nil ||
		!strings.Contains(err.Error(), "Authentication failed") {
		t.Errorf("a wrong token: %v", err)
	}
	w.ok(git("clone", "-q", "--bare", address(token.Secret), "."))
	w.ok(git("push", "-q", address(token.Secret), "main:a", "main:b", "main:c"))
	if got := kinds(r.take(w)); got != "push, push, push" {
		t.Errorf("three branches: %s", got)
	}
	w.ok(git("push", "-q", address(token.Secret), "main:d", "main:e", "main:f", "main:g"))
	if got := kinds(r.take(w)); got != "" {
		t.Errorf("four branches: %s", got)
	}
	w.ok(w.Protect(w.project, "release/*", &fakelab.Protection{Push: fakelab.Maintainer}))
	other := w.commit("other", "feat: other", map[string]string{"x": "x\n"})
	w.ok(git("fetch", "-q", address(token.Secret), "other"))
	for _, branch := range []string{"main", "release/1"} {
		if err := git("push", "-q", address(token.Secret), other+":refs/heads/"+branch); err == nil ||
			w.Tip(w.project, branch) == other {
			t.Errorf("a Developer could push to %s", branch)
		}
	}
	maintainer, err := w.AddToken(fakelab.Token{User: "rita"})
	w.ok(err)
	w.ok(git("push", "-q", address(maintainer.Secret), other+":refs/heads/release/1"))
	read, err := w.AddToken(fakelab.Token{User: "dev", Scopes: []string{"read_repository"}})
	w.ok(err)
	if err := git("push", "-q", address(read.Secret), "main:h"); err == nil {
		t.Error("a token that reads could push")
	}
}

func TestDeliveriesGetLostRepeatedAndReordered(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL, Events: []string{"note_events"}}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	say := func(text string) {
		_, err := w.Say(w.project, iid, "ann", text)
		w.ok(err)
	}
	w.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
	say("lost")
	w.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Copies: 1} })
	say("twice")
	w.ok(w.WaitDelivered(t.Context()))
	w.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: true} })
	say("one")
	say("two")
	w.Webhooks().Release(1, 0)
	var texts, keys []string
	for _, a := range r.take(w) {
		attributes, _ := a.raw["object_attributes"].(map[string]any)
		text, _ := attributes["note"].(string)
		texts, keys = append(texts, text), append(keys, a.header.Get("Idempotency-Key"))
	}
	if !slices.Equal(texts, []string{"twice", "twice", "two", "one"}) || keys[0] != keys[1] || keys[2] == keys[3] {
		t.Errorf("%q, %q", texts, keys)
	}
}

func TestChainsOfHooksEnd(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL, Events: []string{"note_events"}}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	_, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	first := r.take(w)
	path := fmt.Sprintf("%s/api/v4/projects/%d/merge_requests/%d/notes", w.URL(), w.project, iid)
	for uuid, want := range map[string]int{first[0].header.Get("X-Gitlab-Event-UUID"): 0, "": 1} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", path, strings.NewReader(`{"body":"answer"}`))
		w.ok(err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("PRIVATE-TOKEN", w.bot.Secret)
		req.Header.Set("X-Gitlab-Event-UUID", uuid)
		resp, err := http.DefaultClient.Do(req)
		w.ok(err)
		w.ok(resp.Body.Close())
		if got := r.take(w); len(got) != want {
			t.Errorf("with %q: %s", uuid, kinds(got))
		}
	}
}

func TestStatusChecksHear(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddStatusCheck(w.project, fakelab.StatusCheck{Name: "lintel", URL: r.URL, Secret: "shared"}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	got := r.take(w)
	rule, _ := got[0].raw["external_approval_rule"].(map[string]any)
	h := got[0].header
	if len(got) != 1 || rule["name"] != "lintel" || len(h.Get("X-Gitlab-Signature")) != 64 ||
		h.Get("X-Gitlab-Event")+h.Get("Idempotency-Key") != "" {
		t.Errorf("%s, %v, %v", kinds(got), rule, h)
	}
	_, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	if got = r.take(w); len(got) != 1 {
		t.Errorf("a comment: %s", kinds(got))
	}
}

func TestApprovalsTakenBackTellNoName(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.SetRules(w.project, false, fakelab.Rule{Name: "any", Kind: "any_approver", Required: 1}))
	r := newReceiver(t)
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL, Events: []string{"merge_requests_events"}}))
	w.ok(w.Approve(w.project, iid, "ann"))
	if got := r.take(w); kinds(got) != "merge_request approval, merge_request approved" {
		t.Error(kinds(got))
	}
	w.commit("topic", "more", map[string]string{"a.go": "package c\n"})
	got := r.take(w)
	if kinds(got) != "merge_request update, merge_request unapproval, merge_request unapproved" {
		t.Fatal(kinds(got))
	}
	attributes, _ := got[1].raw["object_attributes"].(map[string]any)
	user, _ := got[1].raw["user"].(map[string]any)
	if attributes["system"] != true || attributes["system_action"] != "approvals_reset_on_push" || user["username"] != "dev" {
		t.Errorf("%v %v %v", attributes["system"], attributes["system_action"], user)
	}
}
