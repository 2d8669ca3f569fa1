package gitlab_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// old are keys of the client's example answers that GitLab has given up, or that a Lab does not play, with why.
var old = map[string]string{
	".approvals_before_merge":        "given up for approval rules",
	".merge_status":                  "given up for detailed_merge_status",
	".reference":                     "given up for references",
	".work_in_progress":              "given up for draft",
	".milestone":                     "no milestones are played",
	".followers":                     "the client itself has no such field",
	".following":                     "the client itself has no such field",
	".head_pipeline.detailed_status": "how a page shows it",
}

// answers are the examples that a Lab is held to, with where it answers so.
var answers = map[string]string{
	"get_merge_request":                      "REQUEST",
	"get_merge_requests":                     "PROJECT/merge_requests",
	"get_merge_requests_author_username":     "PROJECT/merge_requests?author_username=dev",
	"get_merge_requests_not_author_username": "PROJECT/merge_requests",
	"list_merge_request_diff":                "REQUEST/diffs",
	"get_merge_request_approvals":            "REQUEST/approvals",
	"get_branch":                             "PROJECT/repository/branches/topic",
	"list_branches":                          "PROJECT/repository/branches",
	"get_commit":                             "PROJECT/repository/commits/HEAD",
	"list_users_public_email":                "/api/v4/users?username=dev",
	"get_user":                               "/api/v4/user",
	"list_personal_access_tokens_single":     "/api/v4/personal_access_tokens/self",
}

// unplayed are the examples of what a Lab does not play, by the beginnings of their names.
var unplayed = []string{
	// Features that Lintel does not call.
	"add_project_managed", "edit_project_managed", "get_project_managed", "list_project_managed", "create_dependency", "get_dependency",
	"download_dependency", "create_group_ssh", "list_group_ssh", "create_member_role", "list_member_roles", "create_project_feature",
	"get_project_feature", "list_project_feature", "update_project_feature", "get_bulk", "post_bulk", "get_compound", "get_geo", "list_geo",
	"get_workitem", "list_work_items", "update_workitem", "issue_move", "list_group_iterations", "list_todos", "get_signature",
	"get_pipeline_testreport", "get_merge_request_dependencies", "create_merge_request_context", "list_merge_request_context",
	// A train is played by its pipelines, which are all that Lintel sees of it.
	"add_merge_request_in_merge_train", "get_merge_request_in_merge_train", "list_merge_requests_in_merge_train", "list_merge_trains",
	// Tokens and accounts are made by the Lab's own methods.
	"create_group_access", "get_group_access", "list_group_access", "rotate_", "create_project_access", "get_project_access",
	"list_project_access", "create_service", "get_service", "list_personal", "post_user_personal",
	// A draft on a line, and merged requests of a group with all of their labels.
	"create_draft", "update_draft", "get_draft", "list_draft", "list_group_merge_requests",
	// What administrators see of people.
	"get_user", "list_users", "search_users",
	// Hooks of what Lintel does not read.
	"group_create", "group_destroy", "group_rename", "key_", "repository_update", "tag_push", "user_create", "user_failed", "user_rename",
	"project_update", "project_transfer", "user_destroy", "project_destroy", "user_remove", "user_update", "build", "deployment",
	"emoji_issue", "emoji_merge_request", "emoji_note_commit", "emoji_note_issue", "emoji_note_snippet", "emoji_snippet", "feature_flag",
	"issue", "job", "milestone", "note_commit", "note_issue", "note_snippet", "release", "subgroup", "vulnerability", "wiki_page",
	"group_merge_request", "service_merge_request", // a merge request's, with names that end in blanks, and an old one's
	"resource_access_token_project", // as a group's
}

// TestEveryExampleIsHeldOrExcused: none of the client's examples is forgotten, also of a version to come.
func TestEveryExampleIsHeldOrExcused(t *testing.T) {
	held := slices.Collect(maps.Keys(answers))
	held = append(slices.AppendSeq(held, maps.Values(hooks)), slices.Collect(maps.Values(systemHooks))...)
	used, seen := map[string]bool{}, 0
	for _, folder := range []string{"", "webhooks/", "systemhooks/"} {
		files, err := filepath.Glob(filepath.Join(clientDir(t), "testdata", folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			seen++
			name := strings.TrimSuffix(filepath.Base(f), ".json")
			if slices.Contains(held, name) || slices.Contains(held, name+".json") || slices.Contains(held, folder+name) {
				continue
			}
			at := slices.IndexFunc(unplayed, func(beginning string) bool { return strings.HasPrefix(name, beginning) })
			if at < 0 {
				t.Errorf("%s%s is neither held nor excused", folder, name)
				continue
			}
			used[unplayed[at]] = true
		}
	}
	for _, beginning := range unplayed {
		if !used[beginning] {
			t.Errorf("%s is excused for nothing: remove it", beginning)
		}
	}
	if seen != 142 {
		t.Errorf("the client has %d examples, not 142", seen)
	}
}

// TestAnswersHaveWhatTheClientsExamplesHave is the floor under the answers: the example answers of GitLab's own client.
func TestAnswersHaveWhatTheClientsExamplesHave(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.ok(w.Approve(w.project, iid, "ann"))
	w.ok(
		w.Edit(
			w.project,
			iid,
			"dev",
			fakelab.Edit{Labels: []string{"bug"}, Reviewers: []string{"ann"}, Assignees: []string{"dev"}},
		),
	)
	_, _, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, State: "success"})
	w.ok(err)
	project := fmt.Sprintf("/api/v4/projects/%d", w.project)
	request := fmt.Sprintf("%s/merge_requests/%d", project, iid)
	used := map[string]bool{}
	for file, path := range answers {
		path = strings.NewReplacer("PROJECT", project, "REQUEST", request, "HEAD", w.Tip(w.project, "topic")).Replace(path)
		raw, err := os.ReadFile(filepath.Join(clientDir(t), "testdata", file+".json"))
		w.ok(err)
		_, _, answer := w.get(path)
		theirs, ours := map[string]bool{}, map[string]bool{}
		for into, text := range map[*map[string]bool][]byte{&theirs: raw, &ours: answer} {
			var v any
			w.ok(json.Unmarshal(text, &v))
			keys(v, "", *into)
		}
		if lacking := lack(theirs, ours, old, used); len(lacking) > 0 {
			t.Errorf("%s lacks %s", file, strings.Join(lacking, ", "))
		}
	}
	allUsed(t, old, used)
}
