package gitlab_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
	".head_pipeline.detailed_status": "how a page shows it",
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
	for file, path := range map[string]string{
		"get_merge_request":           request,
		"get_merge_requests":          project + "/merge_requests",
		"list_merge_request_diff":     request + "/diffs",
		"get_merge_request_approvals": request + "/approvals",
		"get_branch":                  project + "/repository/branches/topic",
		"list_branches":               project + "/repository/branches",
		"get_commit":                  project + "/repository/commits/" + w.Tip(w.project, "topic"),
	} {
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
