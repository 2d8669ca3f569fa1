package definition_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/flow/definition"
)

//go:generate go test -run ^TestPublished -update .

var update = flag.Bool("update", false, "write docs/definitions.md anew")

// TestPublishedDefinitions holds that docs/definitions.md says what the registry says.
func TestPublishedDefinitions(t *testing.T) {
	const path = "../../../docs/definitions.md"
	if *update {
		if err := os.WriteFile(path, []byte(definition.Document()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(definition.Document(), string(got)); d != "" {
		t.Errorf("%s is out of date; run go generate ./internal/flow/definition\n%s", path, d)
	}
}

// TestEachIsWhole: a figure without its meaning is shown nowhere.
func TestEachIsWhole(t *testing.T) {
	names := map[string]bool{}
	for _, d := range definition.All() {
		if d.Name == "" || d.Title == "" || d.Formula == "" || d.Unit == "" || d.Excludes == "" || d.Source == "" || d.Version < 1 {
			t.Errorf("%s lacks something: %+v", d.Name, d)
		}
		if names[d.Name] || strings.ToLower(d.Name) != d.Name || !slices.Contains(definition.Groups(), d.Group) {
			t.Errorf("%s is no name of its own in a group", d.Name)
		}
		names[d.Name] = true
		if got, ok := definition.Of(d.Name); !ok || got.Name != d.Name || !strings.Contains(d.Help(), d.Title) {
			t.Errorf("%s is not found", d.Name)
		}
	}
	if _, ok := definition.Of("lines_of_code_per_person"); ok {
		t.Error("people are ranked")
	}
}

// TestEachColumnIsDefined reads the migrations: each column of seconds or counts of a fact has a definition or is a part of
// one, and the views are what the registry says.
func TestEachColumnIsDefined(t *testing.T) {
	schema := read(t, "0022_flow.sql")
	_, table, _ := strings.Cut(schema, "CREATE TABLE flow_fact (")
	table, _, _ = strings.Cut(table, ");")
	defined := map[string]bool{
		"replaced_lines": true, "additions": true, "deletions": true, "files": true, // size and rewritten lines are made of them
		"change_id": true, "forge": true, "repo_id": true, "number": true, "team": true, "author_id": true, "author_kind": true,
		"state": true, "draft": true, "fork": true, "base": true, "base_is_default": true, "branch": true, "head_sha": true,
		"merge_sha": true, "labels": true, "reviewers": true, "waits_for": true, "stacked": true, "reverts": true, "reverted_by": true,
		"complete": true, "def_version": true,
	}
	for _, d := range definition.All() {
		defined[d.Column] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^    ([a-z_0-9]+) `).FindAllStringSubmatch(table, -1) {
		point := strings.HasSuffix(m[1], "_at") || strings.HasSuffix(m[1], "_day") || strings.HasSuffix(m[1], "_b")
		if !defined[m[1]] && !point {
			t.Errorf("the column %s of flow_fact has no definition", m[1])
		}
	}
	if !strings.Contains(read(t, "0023_deployment.sql"), definition.PullView()) {
		t.Errorf("migration 0023 does not make the view as defined:\n%s", definition.PullView())
	}
}

// TestDeployView: the view of deployments is what the registry says, and holds each column that a figure of DORA reads.
func TestDeployView(t *testing.T) {
	if !strings.Contains(read(t, "0023_deployment.sql"), definition.DeployView()) {
		t.Errorf("migration 0023 does not make the view as defined:\n%s", definition.DeployView())
	}
	figures := 0
	for _, d := range definition.All() {
		if d.Group != definition.Dora || d.Column != "" { // what has a column is of changes
			continue
		}
		figures++
		for _, column := range regexp.MustCompile(`[a-z_]+`).FindAllString(d.SQL, -1) {
			if !regexp.MustCompile(`\bd\.` + column + `\b`).MatchString(definition.DeployView()) {
				t.Errorf("%s reads %s, which the view does not have", d.Name, column)
			}
		}
	}
	if figures != 4 {
		t.Errorf("%d figures of deployments", figures)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../store/migrations/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
