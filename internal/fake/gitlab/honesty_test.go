package gitlab_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// unknownToTheClient are fields that GitLab's documentation has and the client's structs lack, by the struct.
var unknownToTheClient = map[string][]string{
	"Compare": {"generated_file", "collapsed", "too_large"},                       // of each diff
	"Version": {"generated_file", "collapsed", "too_large"},                       // of each diff
	"Project": {"only_allow_merge_if_all_status_checks_passed"},                   // can be set, cannot be read
	"Job":     {"public_email"},                                                   // of the user: the client has it
	"User":    {}, "Request": {}, "Approvals": {}, "Discussion": {}, "Status": {}, // nothing
}

// without removes keys at every depth.
func without(v any, keys []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range keys {
			delete(v, k)
		}
		for _, e := range v {
			without(e, keys)
		}
	case []any:
		for _, e := range v {
			without(e, keys)
		}
	}
}

// TestAnswersHaveNoInventedField decodes every answer into the client's struct for it, which must know every field.
func TestAnswersHaveNoInventedField(t *testing.T) {
	for _, tier := range []string{fakelab.Free, fakelab.Premium, fakelab.Ultimate} {
		t.Run(tier, func(t *testing.T) { answersAreKnown(t, tier) })
	}
}

func answersAreKnown(t *testing.T, tier string) {
	w := newWorld(t, fakelab.Options{Tier: tier})
	fork := w.id(w.Fork(w.project, "eve/shop"))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.ok(w.Edit(w.project, iid, "dev", fakelab.Edit{Labels: []string{"bug"}, Reviewers: []string{"ann"}}))
	w.ok(
		w.SetRules(
			w.project,
			false,
			fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{w.bot.Bot}, Groups: []string{"acme/platform"},
				Branches: []string{"main"}},
		),
	)
	for _, state := range []string{"closed", "opened"} {
		w.ok(w.Edit(w.project, iid, "dev", fakelab.Edit{State: &state}))
	}
	w.ok(w.Approve(w.project, iid, "ann"))
	note, err := w.Say(w.project, iid, "ann", "hello")
	w.ok(err)
	pipeline, _, err := w.StartPipeline(
		w.project,
		fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}, {Name: "lint", State: "running"}}},
	)
	w.ok(err)
	head := w.Tip(w.project, "topic")
	project := fmt.Sprintf("/projects/%d", w.project)
	request := fmt.Sprintf("%s/merge_requests/%d", project, iid)
	var versions []struct{ ID int64 }
	_, _, raw := w.get("/api/v4" + request + "/versions")
	w.ok(json.Unmarshal(raw, &versions))
	for _, c := range []struct {
		path string
		into any
		key  string
		tier string
	}{
		{"/version", &client.Version{}, "", ""},
		{"/metadata", &client.Metadata{}, "", ""},
		{"/user", &client.User{}, "User", ""},
		{"/users?username=dev", &[]*client.User{}, "", ""},
		{"/personal_access_tokens/self", &client.PersonalAccessToken{}, "", ""},
		{"/groups/acme%2Fplatform", &client.Group{}, "", ""},
		{"/groups/acme/members", &[]*client.GroupMember{}, "", ""},
		{"/groups/acme/projects?include_subgroups=true", &[]*client.Project{}, "Project", ""},
		{"/groups/acme/merge_requests", &[]*client.BasicMergeRequest{}, "", ""},
		{project, &client.Project{}, "Project", ""},
		{fmt.Sprintf("/projects/%d/members/all", fork), &[]*client.ProjectMember{}, "", "absent"},
		{project + "/members/all", &[]*client.ProjectMember{}, "", ""},
		{project + "/labels", &[]*client.Label{}, "", ""},
		{project + "/protected_branches", &[]*client.ProtectedBranch{}, "", ""},
		{project + "/approvals", &client.ProjectApprovals{}, "", fakelab.Premium},
		{project + "/approval_rules", &[]*client.ProjectApprovalRule{}, "", fakelab.Premium},
		{project + "/repository/branches", &[]*client.Branch{}, "", ""},
		{project + "/repository/branches/topic", &client.Branch{}, "", ""},
		{project + "/repository/compare?from=main&to=topic", &client.Compare{}, "Compare", ""},
		{project + "/repository/merge_base?refs[]=main&refs[]=topic", &client.Commit{}, "", ""},
		{project + "/repository/tree?recursive=true", &[]*client.TreeNode{}, "", ""},
		{project + "/repository/files/a%2Ego?ref=main", &client.File{}, "", ""},
		{project + "/repository/commits", &[]*client.Commit{}, "", ""},
		{project + "/repository/commits/" + head, &client.Commit{}, "", ""},
		{project + "/repository/commits/" + head + "/statuses", &[]*client.CommitStatus{}, "Status", ""},
		{project + "/repository/commits/" + head + "/merge_requests", &[]*client.BasicMergeRequest{}, "", ""},
		{project + "/pipelines", &[]*client.PipelineInfo{}, "", ""},
		{fmt.Sprintf("%s/pipelines/%d", project, pipeline), &client.Pipeline{}, "", ""},
		{fmt.Sprintf("%s/pipelines/%d/jobs", project, pipeline), &[]*client.Job{}, "Job", ""},
		{project + "/merge_requests", &[]*client.BasicMergeRequest{}, "", ""},
		{request, &client.MergeRequest{}, "Request", ""},
		{request + "/diffs", &[]*client.MergeRequestDiff{}, "", ""},
		{request + "/versions", &[]*client.MergeRequestDiffVersion{}, "", ""},
		{fmt.Sprintf("%s/versions/%d", request, versions[0].ID), &client.MergeRequestDiffVersion{}, "Version", ""},
		{request + "/commits", &[]*client.Commit{}, "", ""},
		{request + "/pipelines", &[]*client.PipelineInfo{}, "", ""},
		{request + "/reviewers", &[]*client.MergeRequestReviewer{}, "", ""},
		{request + "/resource_state_events", &[]*client.StateEvent{}, "", ""},
		{request + "/participants", &[]*client.BasicUser{}, "", ""},
		{request + "/approvals", &client.MergeRequestApprovals{}, "Approvals", ""},
		{request + "/approval_rules", &[]*client.MergeRequestApprovalRule{}, "", fakelab.Premium},
		{request + "/approval_state", &client.MergeRequestApprovalState{}, "", fakelab.Premium},
		{request + "/notes", &[]*client.Note{}, "", ""},
		{fmt.Sprintf("%s/notes/%d", request, note), &client.Note{}, "", ""},
		{request + "/discussions", &[]*client.Discussion{}, "Discussion", ""},
	} {
		code, _, raw := w.get("/api/v4" + c.path)
		if c.tier == "absent" || (c.tier != "" && tier == fakelab.Free) {
			if code != 404 {
				t.Errorf("%s on %s: status %d", c.path, tier, code)
			}
			continue
		}
		if code != 200 {
			t.Errorf("%s: status %d: %s", c.path, code, raw)
			continue
		}
		var v any
		w.ok(json.Unmarshal(raw, &v))
		without(v, unknownToTheClient[c.key])
		trimmed, err := json.Marshal(v)
		w.ok(err)
		if err := strict(trimmed, c.into); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
		if list := reflect.ValueOf(c.into).Elem(); list.Kind() == reflect.Slice && list.Len() == 0 {
			t.Errorf("%s: an empty list proves nothing", c.path)
		}
		if strings.Contains(string(raw), w.bot.Secret) {
			t.Errorf("%s holds the token", c.path)
		}
	}
}
