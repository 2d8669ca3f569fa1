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
	"list_users":                             "/api/v4/users?username=dev",
	// The list holds one.
	"create_draft_note": "REQUEST/draft_notes",
	"get_draft_note":    "REQUEST/draft_notes",
	"update_draft_note": "REQUEST/draft_notes",
}

// notServed are the examples that a Lab is not held to, by why. Each file is named in full.
var notServed = map[string][]string{
	"a feature that Lintel does not call": {
		"add_project_managed_license", "edit_project_managed_license", "get_project_managed_license", "list_project_managed_licenses",
		"create_dependency_list_export", "download_dependency_list_export", "get_dependency_list_export",
		"create_group_ssh_certificates", "list_group_ssh_certificates", "create_member_role", "list_member_roles",
		"create_project_feature_flag", "get_project_feature_flag", "list_project_feature_flags", "update_project_feature_flag",
		"update_project_feature_flag_gitlab_user_list", "update_project_feature_flag_scope_create",
		"update_project_feature_flag_scope_destroy", "get_bulk_import_entities_by_id_response", "get_bulk_import_entity_failures_response",
		"get_bulk_import_entity_response", "get_bulk_import_response", "get_bulk_imports_entities_response",
		"get_bulk_imports_response", "post_bulk_import_cancel_response", "post_bulk_imports_request", "post_bulk_imports_response",
		"get_compound_metrics", "get_geo_node_status", "list_geo_nodes_status", "get_workitem", "list_work_items", "update_workitem",
		"issue_move", "list_group_iterations", "list_todos", "get_signature", "get_pipeline_testreport",
		"get_pipeline_testreport_summary", "get_merge_request_dependencies", "create_merge_request_context_commits",
		"list_merge_request_context_commits", "list_group_merge_requests",
	},
	"a draft on a line, which Lintel does not make": {"list_draft_notes"},
	"a train is played by its pipelines, which are all that Lintel sees of it": {
		"add_merge_request_in_merge_train", "get_merge_request_in_merge_train", "list_merge_requests_in_merge_train",
		"list_merge_trains_in_project",
	},
	"tokens and accounts are made by the Lab's own methods, and rotated by people": {
		"create_group_access_token", "get_group_access_token", "list_group_access_tokens", "rotate_group_access_token",
		"create_project_access_token", "get_project_access_token", "list_project_access_tokens", "rotate_project_access_token",
		"rotate_personal_access_token", "create_service_account_user", "get_serviceaccounts",
		"list_personal_access_tokens_with_user_filter", "list_personal_access_tokens_without_user_filter",
		"post_user_personal_access_tokens",
	},
	"what administrators see of people, and searches for them": {
		"get_user_admin", "get_user_associations_count", "get_user_bot", "get_user_memberships", "get_user_status",
		"get_user_with_scim_identities", "search_users", "search_users_pagination",
	},
	"the hook of something that Lintel does not read": {
		"systemhooks/key_create", "systemhooks/key_destroy", "systemhooks/repository_update", "systemhooks/tag_push",
		"systemhooks/user_create", "systemhooks/user_failed_login", "systemhooks/group_create", "webhooks/build", "webhooks/job",
		"webhooks/feature_flag", "webhooks/emoji_issue", "webhooks/emoji_note_commit", "webhooks/emoji_note_issue",
		"webhooks/emoji_note_snippet", "webhooks/emoji_snippet", "webhooks/milestone_group", "webhooks/milestone_project",
		"webhooks/note_commit", "webhooks/note_issue", "webhooks/note_snippet", "webhooks/subgroup", "webhooks/tag_push",
		"webhooks/vulnerability", "webhooks/wiki_page",
	},
	"Lintel reads it, and no Lab plays what it tells: the door's tests send it by hand": {
		"systemhooks/project_transfer", "systemhooks/project_update", "systemhooks/user_destroy", "systemhooks/user_rename",
		"systemhooks/group_rename", "systemhooks/group_destroy", "systemhooks/user_update_for_team",
		"systemhooks/user_update_for_group",
	},
	"a merge request's hook in an older form, whose newer one is held": {
		"webhooks/group_merge_request", "webhooks/service_merge_request", "systemhooks/merge_request",
	},
}

// TestEveryExampleHasAVerdict: each of the client's examples is held, or named with the reason why not; none is forgotten,
// also none of a version to come.
func TestEveryExampleHasAVerdict(t *testing.T) {
	verdict := map[string]string{}
	give := func(file, what string) {
		if before, twice := verdict[file]; twice {
			t.Errorf("%s has two verdicts: %s, and %s", file, before, what)
		}
		verdict[file] = what
	}
	const held = "held"
	for _, files := range [][]string{slices.Collect(maps.Keys(answers)),
		slices.Collect(maps.Values(systemHooks))} {
		for _, file := range files {
			give(file, held)
		}
	}
	for _, file := range hooks {
		give("webhooks/"+strings.TrimSuffix(file, ".json"), held)
	}
	for why, files := range notServed {
		for _, file := range files {
			give(file, why)
		}
	}
	seen, kept := 0, 0
	for _, folder := range []string{"", "webhooks/", "systemhooks/"} {
		files, err := filepath.Glob(filepath.Join(clientDir(t), "testdata", folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			seen++
			name := folder + strings.TrimSuffix(filepath.Base(f), ".json")
			what, known := verdict[name]
			if !known {
				t.Errorf("%s has no verdict", name)
			}
			if what == held {
				kept++
			}
			delete(verdict, name)
		}
	}
	for name := range verdict {
		t.Errorf("%s has a verdict, and is no example", name)
	}
	if seen != 142 || kept != 37 {
		t.Errorf("%d of %d examples are held, not 37 of 142", kept, seen)
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
	if code, _, raw := w.send("POST", request+"/draft_notes", `{"note": "x"}`, w.bot.Secret); code != 201 {
		t.Fatalf("%d %s", code, raw)
	}
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
