package dora_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/flow/dora"
)

// table reads a CSV of another tool's tests; nil when the folder is not beside the project.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../../shared/data/devlake/dora/connect_incident_to_deployment", name))
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
	var all []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		all = append(all, cells)
	}
	return all
}

func when(t *testing.T, layout, text string) time.Time {
	t.Helper()
	at, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestPublicIncidents lays the incidents of another tool's tests to deployments. It lays each to the last deployment before
// it, however long ago that was; ours to one of the day before. That is the agreed difference.
func TestPublicIncidents(t *testing.T) {
	const theirDeployment = "prev_success_deployment_commit/cicd_deployment_commits_after.csv"
	rows := table(t, theirDeployment)
	if rows == nil {
		t.Log("the public deployments are not beside the project: nothing was compared")
		return
	}
	var all []dora.Deployment
	for _, row := range rows {
		if row["cicd_scope_id"] == "cicd3" { // of another project
			continue
		}
		all = append(all, dora.Deployment{
			ID:         row["cicd_deployment_id"],
			Production: row["environment"] == "PRODUCTION",
			Source:     dora.ByStatus,
			SHA:        row["commit_sha"],
			Success:    row["result"] == "SUCCESS",
			FinishedAt: when(t, "2006-01-02T15:04:05.000-07:00", row["finished_date"]),
		})
	}
	theirs := map[string]string{}
	for _, row := range table(t, "snapshot_tables/project_incident_deployment_relationships.csv") {
		theirs[row["id"]] = row["deployment_id"]
	}
	got := map[string][]string{}
	for _, row := range table(t, "raw_tables/incidents.csv") {
		opened, id := when(t, time.DateTime, row["created_date"]), row["id"]
		is := ""
		for _, j := range dora.Judge(all, []dora.Incident{{ID: id, OpenedAt: opened}}, nil) {
			if j.FailedBy == dora.InTime {
				is = j.ID
			}
		}
		number := id[len("github:GithubIssue:1:"):]
		switch {
		case theirs[id] == "":
			got["theirs leaves it out: it is of another project"] = append(got["theirs leaves it out: it is of another project"], number)
		case is == theirs[id]:
			got["the same"] = append(got["the same"], number)
		case is == "":
			got["more than a day after any deployment"] = append(got["more than a day after any deployment"], number)
		default:
			got["laid to "+is+", not "+theirs[id]] = append(got["laid to "+is+", not "+theirs[id]], number)
		}
	}
	want := map[string][]string{
		"the same":                                       {"1373792478"},
		"more than a day after any deployment":           {"1367714738", "1370816458", "1371320153", "1372381019", "1372644519"},
		"theirs leaves it out: it is of another project": {"1373792477"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
