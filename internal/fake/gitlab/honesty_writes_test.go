package gitlab_test

import (
	"encoding/json"
	"fmt"
	"testing"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// TestAnswersToWritesHaveNoInventedField is TestAnswersHaveNoInventedField for what changes something.
func TestAnswersToWritesHaveNoInventedField(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.SetMember("acme", w.bot.Bot, fakelab.Maintainer))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.commit("second", "feat: second", map[string]string{"b.go": "package b\n"})
	head, base := w.Tip(w.project, "topic"), w.Tip(w.project, "main")
	project := fmt.Sprintf("/api/v4/projects/%d", w.project)
	request := fmt.Sprintf("%s/merge_requests/%d", project, iid)
	note, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	check := w.id(
		w.AddStatusCheck(w.project, fakelab.StatusCheck{Name: "first", URL: "https://one.example", Branches: []string{"main"}}),
	)
	for _, c := range []struct {
		method, path, body string
		status             int
		into               any
		drop               []string // what the client does not read
	}{
		{"POST", project + "/labels", `{"name":"bug","color":"#fff"}`, 201, &client.Label{}, nil},
		{"POST", project + "/statuses/" + head, `{"state":"running","name":"lintel"}`, 201, &client.CommitStatus{}, nil},
		{"POST", request + "/notes", `{"body":"hello"}`, 201, &client.Note{}, nil},
		{"PUT", fmt.Sprintf("%s/notes/%d", request, note), `{"body":"again"}`, 200, &client.Note{}, nil},
		{"POST", request + "/discussions", fmt.Sprintf(`{"body":"x","position":{"position_type":"text","base_sha":%q,"start_sha":%q,
			"head_sha":%q,"new_path":"a.go","old_path":"a.go","new_line":1}}`, base, base, head), 201, &client.Discussion{}, nil},
		{"POST", fmt.Sprintf("%s/notes/%d/award_emoji", request, note), `{"name":"thumbsup"}`, 201, &client.AwardEmoji{}, nil},
		{"POST", request + "/draft_notes", `{"note":"x"}`, 201, &client.DraftNote{}, nil},
		{"GET", request + "/draft_notes", "", 200, &[]*client.DraftNote{}, nil},
		{"POST", request + "/draft_notes/bulk_publish", `{}`, 204, nil, nil},
		{"POST", request + "/approve", `{}`, 201, &client.MergeRequestApprovals{}, nil},
		{"POST", request + "/unapprove", `{}`, 201, &client.MergeRequestApprovals{}, nil},
		{"POST", request + "/pipelines", `{}`, 201, &client.PipelineInfo{}, nil},
		{"PUT", request, `{"title":"feat: other","add_labels":"bug"}`, 200, &client.MergeRequest{}, nil},
		{"POST", project + "/merge_requests", `{"source_branch":"second","target_branch":"main","title":"feat: second"}`, 201,
			&client.MergeRequest{}, nil},
		{"POST", project + "/external_status_checks", `{"name":"lintel","external_url":"https://x.example"}`, 201,
			&client.ProjectStatusCheck{}, nil},
		{"GET", project + "/external_status_checks", "", 200, &[]*client.ProjectStatusCheck{}, nil},
		{"GET", request + "/status_checks", "", 200, &[]*client.MergeStatusCheck{}, nil},
		{"POST", request + "/status_check_responses",
			fmt.Sprintf(`{"sha":%q,"external_status_check_id":%d,"status":"failed"}`, head, check), 201, nil, nil},
		{"POST", fmt.Sprintf("%s/status_checks/%d/retry", request, check), `{}`, 202, nil, nil},
		{"PUT", project, `{"merge_method":"ff"}`, 200, &client.Project{}, []string{"only_allow_merge_if_all_status_checks_passed"}},
		{"PUT", request + "/merge", fmt.Sprintf(`{"sha":%q}`, head), 200, &client.MergeRequest{}, nil},
	} {
		code, _, raw := w.send(c.method, c.path, c.body, w.bot.Secret)
		if code != c.status {
			t.Errorf("%s %s: status %d: %s", c.method, c.path, code, raw)
			continue
		}
		if c.into == nil {
			continue
		}
		var v any
		w.ok(json.Unmarshal(raw, &v))
		without(v, c.drop)
		trimmed, err := json.Marshal(v)
		w.ok(err)
		if err := strict(trimmed, c.into); err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
		}
	}
}
