package flow_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/flow"
)

// leadTable reads a CSV of another tool's tests of lead times; nil when the folder is not beside the project.
func leadTable(t *testing.T, name string) (all []map[string]string) {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/data/devlake/dora/change_lead_time", name+".csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		all = append(all, cells)
	}
	return all
}

func leadTime(t *testing.T, text string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-1-2 15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05.000-07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	t.Fatalf("%q is no time", text)
	return time.Time{}
}

// leadEvents are the events of a made-up change of their tests.
func leadEvents(t *testing.T, row map[string]string, commits, comments []map[string]string) (all []flow.Event) {
	number, err := strconv.Atoi(row["id"][len("pr"):])
	if err != nil {
		t.Fatal(err)
	}
	who := func(letter string) flow.Actor {
		if letter == "" {
			return flow.NewActor(0, "", "")
		}
		return flow.NewActor(int64(letter[0]), letter, "User")
	}
	add := func(kind flow.Kind, by flow.Actor, at, sha string, d flow.Detail) {
		pull := flow.Pull{Forge: "github", RepoID: 1, Number: number}
		e := flow.Event{Pull: pull, Kind: kind, Actor: by, At: leadTime(t, at), SHA: sha, Detail: d}
		e.Key = flow.Key(e)
		all = append(all, e)
	}
	add(flow.Opened, who(row["author_id"]), row["created_date"], "", flow.Detail{})
	for _, c := range commits {
		if c["pull_request_id"] == row["id"] {
			add(flow.Commit, who(""), c["commit_authored_date"], c["commit_sha"], flow.Detail{})
		}
	}
	for i, c := range comments {
		if c["pull_request_id"] == row["id"] {
			add(flow.Commented, who(c["account_id"]), c["created_date"], "", flow.Detail{})
			all[len(all)-1].Key = flow.CommentKey("github", false, int64(i+1))
		}
	}
	if row["merged_date"] != "" {
		add(flow.Merged, who(""), row["merged_date"], row["merge_commit_sha"], flow.Detail{})
	}
	return all
}

// leadMinutes rounds up to minutes, as they do.
func leadMinutes(seconds *int64) string {
	if seconds == nil {
		return ""
	}
	return strconv.FormatInt((*seconds+59)/60, 10)
}

// TestPublicLeadTimes holds lead times against those of another tool's tests. Each difference is one that was agreed on.
func TestPublicLeadTimes(t *testing.T) {
	pulls := leadTable(t, "pull_requests")
	if pulls == nil {
		t.Log("the public lead times are not beside the project: nothing was compared")
		return
	}
	commits, comments := leadTable(t, "pull_request_commits"), leadTable(t, "pull_request_comments")
	theirs := map[string]map[string]string{}
	for _, row := range leadTable(t, "project_pr_metrics") {
		theirs[row["id"]] = row
	}
	finished := map[string]time.Time{}
	for _, d := range leadTable(t, "cicd_deployment_commits") {
		if d["environment"] == "PRODUCTION" && d["result"] == "SUCCESS" {
			finished[d["commit_sha"]] = leadTime(t, d["finished_date"])
		}
	}
	deployed := map[string]time.Time{} // by merge commit
	for _, d := range leadTable(t, "commits_diffs") {
		if d["old_commit_sha"] != "" {
			deployed[d["commit_sha"]] = finished[d["new_commit_sha"]]
		}
	}
	got := map[string]string{}
	for _, row := range pulls {
		f, ok := flow.Derive(leadEvents(t, row, commits, comments), flow.Given{DeployedAt: deployed[row["merge_commit_sha"]]})
		if !ok {
			t.Fatalf("%s has no facts", row["id"])
		}
		their := theirs[row["id"]]
		for _, c := range []struct {
			name  string
			ours  *int64
			their string
		}{
			{"coding", f.Coding, their["pr_coding_time"]},
			{"pickup", f.Pickup, their["pr_pickup_time"]},
			{"deploy", f.Deploy, their["pr_deploy_time"]},
			{"lead", f.Lead, their["pr_cycle_time"]},
		} {
			if ours := leadMinutes(c.ours); ours != c.their {
				got[row["id"]+" "+c.name] = fmt.Sprintf("%q, theirs %q", ours, c.their)
			}
		}
	}
	want := map[string]string{
		// Theirs adds up what is known, also of what was never deployed: ours has no lead time before a deployment.
		"pr0 lead": `"", theirs "44640"`,
		"pr4 lead": `"", theirs "11764"`,
		"pr5 lead": `"", theirs "13204"`,
		// The commits are younger than the opening, so nobody knows when the work began.
		"pr2 lead": `"", theirs "1598"`,
		// The deployment ended before the merge, so another one brought it.
		"pr3 lead": `"", theirs "10203"`,
		// The first comment came before the opening: ours takes the next one, theirs has none.
		"pr3 pickup": `"1440", theirs ""`,
		// The first comment came after the merge: it is no answer to what waited.
		"pr4 pickup": `"", theirs "1500"`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
