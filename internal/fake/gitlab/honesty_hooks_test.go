package gitlab_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// notSent are keys of the client's example payloads that a Lab does not send, with why.
var notSent = map[string]string{
	"merge_request.object_attributes.system":        "only where GitLab itself acts",
	"merge_request.object_attributes.system_action": "only where GitLab itself acts",
	"merge_request.changes":                         "depends on what was changed",
	"issue.changes":                                 "depends on what was changed",
	"issue.object_attributes.escalation_policy":     "nobody is on call",
	"pipeline.source_pipeline":                      "no pipeline of a pipeline is played",
	"pipeline.object_attributes.variables":          "no variables are played",
	"pipeline.builds.runner":                        "no runner is played",
	"pipeline.builds.environment":                   "no environment is played",
}

// hooks are the examples of webhooks that a Lab is held to, systemHooks those of the hooks of groups and of the instance.
var (
	hooks = map[string]string{"merge_request": "merge_request.json", "note": "note_merge_request.json", "push": "push.json",
		"pipeline": "pipeline.json", "emoji": "emoji_note_merge_request.json", "deployment": "deployment.json",
		"release": "release.json", "issue": "issue.json", "award": "emoji_merge_request.json"}
	systemHooks = map[string]string{"system user_add_to_group": "systemhooks/user_add_to_group", "system push": "systemhooks/push",
		"system user_add_to_team": "systemhooks/user_add_to_team", "system project_rename": "systemhooks/project_rename",
		"system project_create": "systemhooks/project_create", "group user_add_to_group": "webhooks/member",
		"group project_create": "webhooks/project", "group expiring_access_token": "webhooks/resource_access_token_group",
		"project expiring_access_token": "webhooks/resource_access_token_project",
		"system user_remove_from_group": "systemhooks/user_remove_from_group", "system project_destroy": "systemhooks/project_destroy",
		"system user_remove_from_team": "systemhooks/user_remove_from_team"}
)

// keys lists the paths of all keys.
func keys(v any, at string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			into[at+"."+k] = true
			keys(e, at+"."+k, into)
		}
	case []any:
		for _, e := range v {
			keys(e, at, into)
		}
	}
}

// TestPayloadsHaveWhatTheClientsExamplesHave holds webhooks to the example payloads of GitLab's own client: they are a
// floor, since some are years old.
func TestPayloadsHaveWhatTheClientsExamplesHave(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: r.URL}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.ok(
		w.Edit(
			w.project,
			iid,
			"dev",
			fakelab.Edit{Labels: []string{"bug"}, Reviewers: []string{"ann"}, Assignees: []string{"dev"}},
		),
	)
	note, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	w.ok(w.Award(w.project, iid, note, "dev", "thumbsup"))
	_, _, err = w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}}})
	w.ok(err)
	tip := w.Tip(w.project, "main")
	w.id(w.Deploy(w.project, fakelab.Deployment{Environment: "production", SHA: tip, By: "dev", States: []string{"success"}}))
	w.ok(w.Release(w.project, "v1", tip, "dev", time.Now()))
	w.ok(w.EditIssue(w.project, w.id(w.Issue(w.project, "down", "incident", "dev", "bug")), false, "sev1"))
	last := map[string]arrival{}
	for _, a := range r.take(w) {
		kind, _, _ := strings.Cut(a.kind, " ")
		last[kind] = a
	}
	code, _, raw := w.send("POST", fmt.Sprintf("/api/v4/projects/%d/merge_requests/%d/award_emoji", w.project, iid),
		`{"name": "thumbsup"}`, w.bot.Secret)
	if code != 201 {
		t.Fatalf("%d %s", code, raw)
	}
	for _, a := range r.take(w) {
		last["award"] = a
	}
	used := map[string]bool{}
	for kind, file := range hooks {
		raw, err := os.ReadFile(filepath.Join(clientDir(t), "testdata", "webhooks", file))
		w.ok(err)
		var example any
		w.ok(json.Unmarshal(raw, &example))
		theirs, ours := map[string]bool{}, map[string]bool{}
		keys(example, kind, theirs)
		keys(last[kind].raw, kind, ours)
		if lacking := lack(theirs, ours, notSent, used); len(lacking) > 0 {
			t.Errorf("%s lacks %s", file, strings.Join(lacking, ", "))
		}
		event, err := client.ParseWebhook(client.EventType(last[kind].header.Get("X-Gitlab-Event")), last[kind].body)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if got := fmt.Sprintf("%T", event); !strings.Contains(strings.ToLower(got),
			map[string]string{"merge_request": "merge", "note": "mergecomment"}[kind]) {
			t.Errorf("%s was read as %s", kind, got)
		}
	}
	allUsed(t, notSent, used)
}

// TestSystemPayloadsHaveWhatTheClientsExamplesHave is the same floor for hooks of groups and of the instance.
func TestSystemPayloadsHaveWhatTheClientsExamplesHave(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	ofInstance, ofGroup, ofProject := newReceiver(t), newReceiver(t), newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{URL: ofInstance.URL}))
	w.id(w.AddHook(fakelab.Hook{Group: "acme", URL: ofGroup.URL}))
	w.ok(w.SetMember("acme", "eve", fakelab.Developer))
	w.ok(w.SetMember(shopPath, "eve", fakelab.Developer))
	w.ok(w.Rename(w.project, "acme/platform/store"))
	w.id(w.AddProject(fakelab.Project{Path: "acme/other"}))
	w.ok(w.Expiring(w.bot.Secret))
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: ofProject.URL}))
	own, err := w.AddToken(fakelab.Token{Project: w.project})
	w.ok(err)
	w.ok(w.Expiring(own.Secret))
	w.open("topic", map[string]string{"a.go": "package b\n"})
	w.ok(w.SetMember("acme/platform/store", "eve", 0))
	w.ok(w.SetMember("acme", "eve", 0))
	w.ok(w.DeleteProject(w.id(w.AddProject(fakelab.Project{Path: "acme/short"}))))
	last := map[string]arrival{}
	for prefix, r := range map[string]*receiver{"system ": ofInstance, "group ": ofGroup, "project ": ofProject} {
		for _, a := range r.take(w) {
			name, _ := a.raw["event_name"].(string)
			last[prefix+name] = a
		}
	}
	for name, file := range systemHooks {
		raw, err := os.ReadFile(filepath.Join(clientDir(t), "testdata", file+".json"))
		w.ok(err)
		var example any
		w.ok(json.Unmarshal(raw, &example))
		theirs, ours := map[string]bool{}, map[string]bool{}
		keys(example, "", theirs)
		keys(last[name].raw, "", ours)
		excuses := map[string]string{".owners": "nobody owns a group's project"}
		if lacking := lack(theirs, ours, excuses, map[string]bool{}); len(lacking) > 0 {
			t.Errorf("%s lacks %s", name, strings.Join(lacking, ", "))
		}
	}
}

// lack lists what the examples have and the answers do not, but for what is excused; it notes the excuses that were used.
func lack(theirs, ours map[string]bool, excuses map[string]string, used map[string]bool) (out []string) {
	for k := range theirs {
		if ours[k] {
			continue
		}
		excused := false
		for e := range excuses {
			if k == e || strings.HasPrefix(k, e+".") {
				excused, used[e] = true, true
			}
		}
		if !excused {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// allUsed refuses excuses for nothing.
func allUsed(t *testing.T, excuses map[string]string, used map[string]bool) {
	t.Helper()
	for e, why := range excuses {
		if !used[e] || why == "" {
			t.Errorf("%s is excused for nothing: remove it", e)
		}
	}
}

// clientDir is where the client's own source is, with its examples.
func clientDir(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "gitlab.com/gitlab-org/api/client-go/v2").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
