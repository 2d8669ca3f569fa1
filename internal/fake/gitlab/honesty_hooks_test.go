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

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// notSent are keys of the client's example payloads that a Lab does not send, with why.
var notSent = map[string]string{
	"merge_request.object_attributes.system":        "only where GitLab itself acts",
	"merge_request.object_attributes.system_action": "only where GitLab itself acts",
	"merge_request.changes":                         "depends on what was changed",
	"pipeline.source_pipeline":                      "no pipeline of a pipeline is played",
	"pipeline.object_attributes.variables":          "no variables are played",
	"pipeline.builds.runner":                        "no runner is played",
	"pipeline.builds.environment":                   "no environment is played",
	"merge_request.assignees":                       "nobody is assigned",
	"note.merge_request.assignee":                   "nobody is assigned",
}

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
	w.ok(w.Edit(w.project, iid, "dev", fakelab.Edit{Labels: []string{"bug"}, Reviewers: []string{"ann"}}))
	note, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	w.ok(w.Award(w.project, iid, note, "dev", "thumbsup"))
	_, _, err = w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}}})
	w.ok(err)
	last := map[string]arrival{}
	for _, a := range r.take(w) {
		kind, _, _ := strings.Cut(a.kind, " ")
		last[kind] = a
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "gitlab.com/gitlab-org/api/client-go/v2").
		Output()
	w.ok(err)
	for kind, file := range map[string]string{"merge_request": "merge_request.json",
		"note": "note_merge_request.json", "push": "push.json",
		"pipeline": "pipeline.json", "emoji": "emoji_note_merge_request.json"} {
		raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "testdata", "webhooks", file))
		w.ok(err)
		var example any
		w.ok(json.Unmarshal(raw, &example))
		theirs, ours := map[string]bool{}, map[string]bool{}
		keys(example, kind, theirs)
		keys(last[kind].raw, kind, ours)
		var lacking []string
		for k := range theirs {
			excused := slices.ContainsFunc(
				fakelabKeys(notSent),
				func(e string) bool { return k == e || strings.HasPrefix(k, e+".") },
			)
			if !ours[k] && !excused {
				lacking = append(lacking, k)
			}
		}
		slices.Sort(lacking)
		if len(lacking) > 0 {
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
}

func fakelabKeys(m map[string]string) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}
