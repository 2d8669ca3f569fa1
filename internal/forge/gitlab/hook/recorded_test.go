package hook_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
)

// TestFlow: deliveries tell the life of a request for the metrics.
func TestFlow(t *testing.T) {
	kinds := func(body string) (all []string) {
		for _, e := range decode(t, body).Flow {
			if e.Key == "" || e.Pull.String() != "gitlab:7#12" || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
			all = append(all, string(e.Kind))
		}
		return all
	}
	for name, c := range map[string]struct {
		body string
		want []flow.Kind
	}{
		"opened as a draft": {mergeRequest("open", "", `"draft": true`), []flow.Kind{flow.Opened, flow.Whole, flow.Drafted}},
		"pushed":            {mergeRequest("update", "", `"oldrev": "`+tip+`"`), []flow.Kind{flow.Pushed}},
		"ready": {mergeRequest("update", `"draft": {
			"previous": true,
			"current": false}`), []flow.Kind{flow.Ready},
		},
		"retargeted": {mergeRequest("update", `"target_branch": {
			"previous": "next",
			"current": "main"}`), []flow.Kind{flow.Retargeted},
		},
		"a review asked": {mergeRequest("update", `"reviewers": {"previous": [{"id": 1}], "current": [{"id": 2, "username": "bob"}]}`),
			[]flow.Kind{flow.ReviewRequested, flow.ReviewRequestRemoved}},
		"approved": {mergeRequest("approved", ""), []flow.Kind{flow.Reviewed}},
		"merged": {
			mergeRequest("merge", "", `"state": "merged"`, `"description": "This reverts commit `+tip+`"`),
			[]flow.Kind{flow.Merged, flow.Reverted},
		},
		"commented": {note("hello", "create", "opened", ""), []flow.Kind{flow.Commented}},
		"edited":    {note("hello", "update", "opened", ""), nil},
	} {
		var want []string
		for _, k := range c.want {
			want = append(want, string(k))
		}
		if name == "merged" { // a commit that was taken back has no number
			if flows := decode(t, c.body).Flow; len(flows) != 2 || flows[1].SHA != tip {
				t.Errorf("%s: %+v", name, flows)
			}
			continue
		}
		if got := kinds(c.body); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	click := decode(t, mergeRequest("approved", "")).Flow[0].Key
	if click != decode(t, mergeRequest("approval", "")).Flow[0].Key {
		t.Error("the two events of one click are two reviews")
	}
}

// TestRecordedPayloads reads what the client's authors recorded: what GitLab is known to send is never lost by its shape.
func TestRecordedPayloads(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "gitlab.com/gitlab-org/api/client-go/v2").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{
		"merge_request":            "updated",
		"service_merge_request":    "updated",
		"note_merge_request":       "ignored",
		"push":                     "base_pushed",
		"pipeline":                 "updated",
		"emoji_note_merge_request": "ignored",
		"member":                   "access_changed",
		"project":                  "installed",
		"user_add_to_team":         "access_changed",
		"user_add_to_group":        "access_changed",
		"project_rename":           "repository_changed",
		"project_destroy":          "uninstalled",
		"user_destroy":             "access_changed",
	}
	seen := 0
	for _, folder := range []string{"webhooks", "systemhooks"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			ev := decode(t, string(body))
			name := strings.TrimSuffix(filepath.Base(f), ".json")
			// The names of the fields of group_merge_request end in blanks.
			if strings.Contains(ev.Reason, "template") && name != "group_merge_request" {
				t.Errorf("%s/%s: %s", folder, name, ev.Reason)
			}
			if want := known[name]; want != "" && string(ev.Kind) != want {
				t.Errorf("%s/%s is %s, want %s (%s)", folder, name, ev.Kind, want, ev.Reason)
			}
		}
	}
	if seen != 56 {
		t.Errorf("%d payloads were read, not 56", seen)
	}
}

// FuzzDecode: whatever an authentic body holds, it is no error and no panic, and what is taken from it names its change.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{mergeRequest("open", ""), mergeRequest("update", `"labels": {}`),
		note("/lintel recheck", "create", "opened", ""),
		push(true, 1, head, "a"), pipeline("running", "push", ofRequest), emoji("thumbsup", "Note", 6, 900),
		`{"object_kind": "merge_request"}`,
		`{"event_name": "project_create", "project_id": -1}`, `[]`, `{"changes": []}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := door(&testing.T{}, options())
		ev, err := d.Decode(headers(), body)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := d.Decode(headers(), body)
		if !reflect.DeepEqual(ev, again) {
			t.Error("it means two things")
		}
		if (ev.Kind == change.Updated || ev.Kind == change.Ended) &&
			(ev.Ref.RepoID <= 0 || ev.Ref.Number <= 0 || ev.Ref.Owner == "" || ev.Ref.Name == "" || ev.Repository.ID != ev.Ref.RepoID) {
			t.Errorf("it is about %+v", ev.Ref)
		}
		if (ev.Kind == change.Ignored) != (ev.Reason != "") || len(ev.Name) > 100 || len(ev.Action) > 100 {
			t.Errorf("%s: reason %q, name %q", ev.Kind, ev.Reason, ev.Name)
		}
		if _, err := json.Marshal(ev); err != nil {
			t.Error(err)
		}
	})
}
