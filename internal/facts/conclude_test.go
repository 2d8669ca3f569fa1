package facts

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/analysis/smells"
	"github.com/lintel-review/lintel/internal/analysis/tests"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestKindsOf(t *testing.T) {
	for path, want := range map[string]kinds{
		"src/a.go":                    {folders: 1},
		"CODEOWNERS":                  {folders: 1, rules: 1},
		".github/lintel.yml":          {folders: 1, rules: 1},
		"web/package.json":            {folders: 1, dependencies: 1},
		"go.sum":                      {folders: 1, dependencies: 1},
		".github/workflows/ci.yml":    {folders: 1, automation: 1},
		"deploy/app.yaml":             {folders: 1, automation: 1},
		"infra/main.tf":               {folders: 1, automation: 1},
		"Dockerfile":                  {folders: 1, automation: 1},
		"db/migrations/0001_init.py":  {folders: 1, migrations: 1},
		"db/schema.sql":               {folders: 1, migrations: 1},
		"pkg/userAuth/check.go":       {folders: 1, sensitive: 1},
		"app/reset_password.rb":       {folders: 1, sensitive: 1},
		"app/author.go":               {folders: 1},
		"pkg/auth/check_test.go":      {folders: 1},
		"docs/auth.md":                {folders: 1},
		"db/migrations/test/init.sql": {folders: 1},
	} {
		if got := kindsOf([]diff.File{{Path: path, State: diff.Text}}); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	files := []diff.File{
		{Path: "a/x.go", State: diff.Text}, {Path: "a/y.go", State: diff.TooLarge}, {Path: "b/z.go", State: diff.Unknown},
		{Path: "old/CODEOWNERS", OldPath: "CODEOWNERS", State: diff.PureRename},
	}
	if got, want := kindsOf(files), (kinds{folders: 3, unread: 2, rules: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestRiskIsConcluded(t *testing.T) {
	gather := func(files ...diff.File) Facts {
		t.Helper()
		s := &change.Snapshot{Kind: change.LocalBranch, State: change.Open, Files: files, FilesTotal: len(files)}
		f, err := Gather(t.Context(), s, settings.Resolution{Settings: settings.Default()})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := gather(); f.Risk.Level != risk.Low || len(f.Risk.Signals) != 0 {
		t.Errorf("a change without files: %+v", f.Risk)
	}
	file := diff.File{Path: "pay/migrations/7.go", Status: diff.Added, State: diff.Text, Additions: 400}
	file.Hunks = []diff.Hunk{{NewStart: 1, NewLines: 400}}
	for i := range 400 {
		file.Hunks[0].Lines = append(file.Hunks[0].Lines, diff.Line{Op: diff.Add, Text: fmt.Sprintf("x%d = %d", i, i)})
	}
	f := gather(file, diff.File{Path: ".github/workflows/ci.yml", Status: diff.Modified, State: diff.TooLarge})
	var reasons []string
	for _, r := range f.Risk.Reasons {
		reasons = append(reasons, r.Text)
	}
	want := "1 migration of stored data; 400 new lines; 1 file that builds, deploys or runs CI"
	if got := strings.Join(reasons, "; "); f.Risk.Level != risk.High || got != want {
		t.Errorf("%s because of %q, want %q", f.Risk.Level, got, want)
	}
	if !slices.Equal(f.Risk.Unknown, []string{"coverage", "history"}) {
		t.Errorf("unknown: %q", f.Risk.Unknown)
	}
}

// Every signal has a weight, and every weight a signal.
func TestSignalsHaveWeights(t *testing.T) {
	var have, weighed []string
	for _, s := range signals(&Facts{}, &change.Snapshot{}) {
		have = append(have, s.Name)
	}
	for _, w := range risk.Weights() {
		weighed = append(weighed, w.Signal)
	}
	if !slices.Equal(have, weighed) {
		t.Errorf("signals %q\nweights %q", have, weighed)
	}
}

// One more changed file never lowers what the paths of a change say of its risk.
func TestRiskGrowsWithTheChange(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	parts := []string{"auth", "src", "db", "migrations", "test", "a.go", "b.sql", "go.mod", "CODEOWNERS", ".github", "workflows", "docs"}
	states := []diff.State{diff.Text, diff.TooLarge, diff.Binary}
	for range 300 {
		s := &change.Snapshot{}
		score := 0
		for range 20 {
			path := parts[random.IntN(len(parts))] + "/" + parts[random.IntN(len(parts))] + fmt.Sprintf("/%d", random.IntN(9))
			s.Files = append(s.Files, diff.File{Path: path, State: states[random.IntN(3)]})
			got := conclude(&Facts{}, s)
			if got.Score < score {
				t.Fatalf("%+v lowers the score from %d to %d", s.Files[len(s.Files)-1], score, got.Score)
			}
			score = got.Score
		}
	}
}

// TestRiskOfHistory: what is known of the files of code counts, and what is not known counts nothing and is named.
func TestRiskOfHistory(t *testing.T) {
	edit := func(path string, status diff.Status) diff.File {
		return diff.File{Path: path, Status: status, State: diff.Text, Hunks: []diff.Hunk{{Lines: []diff.Line{
			{Op: diff.Delete, Text: "x = 1"}, {Op: diff.Delete, Text: " "}, {Op: diff.Add, Text: "x = 2"},
		}}}}
	}
	s := &change.Snapshot{Files: []diff.File{edit("a.go", diff.Modified), edit("a_test.go", diff.Modified),
		edit("b.go", diff.Modified), edit("new.go", diff.Added), edit("README.md", diff.Modified),
		{Path: "receipt.pdf", Status: diff.Added, State: diff.Binary}}}
	if got := conclude(&Facts{}, s); !slices.Contains(got.Unknown, "history") || got.Counts["recent_changes"] > 0 {
		t.Errorf("without a history: %+v", got)
	}
	s.Churn = &churn.History{Days: 90, Files: []churn.File{
		{Path: "a.go", Changes: 12, Authors: 3, Fixes: 2, Age: 1},
		{Path: "a_test.go", Changes: 50, Authors: 3, Fixes: 9, Age: 1},
		{Path: "b.go", Changes: 30, Authors: 3, Fixes: 3, Age: 8},
		{Path: "new.go", Changes: 7, Authors: 1, Age: 2}, // a file of that name was there once
		{Path: "README.md", Changes: 50, Age: 0},
	}}
	got := conclude(&Facts{}, s)
	want := map[string]int{"recent_changes": 42, "recent_fixes": 5, "fresh_files": 1, "removed_lines": 3, "code_hunks": 3,
		"added_files": 1, "folders": 1}
	if !maps.Equal(got.Counts, want) || slices.Contains(got.Unknown, "history") {
		t.Errorf("%+v", got)
	}
}

// TestRiskOfLogic: what the change adds to what the program decides counts, and more of it never lowers the score.
func TestRiskOfLogic(t *testing.T) {
	function := func(before, after int) smells.Function {
		return smells.Function{Cognitive: smells.Measure{Before: before, After: after}}
	}
	f := &Facts{}
	f.Tests.Sources = []tests.Source{{Branches: 7}, {Branches: 5, State: "none"}, {}}
	f.Smells.Functions = []smells.Function{function(0, 15), function(20, 40), function(3, 14), function(30, 20), function(18, 18)}
	want := map[string]int{"branches": 12, "complex_functions": 2}
	got := conclude(f, &change.Snapshot{})
	if !maps.Equal(got.Counts, want) || got.Score != 2 || slices.Contains(got.Unknown, "smells") {
		t.Errorf("%+v", got)
	}
	f.Smells.SkippedHinted = 1
	if got := conclude(f, &change.Snapshot{}); !slices.Contains(got.Unknown, "smells") {
		t.Errorf("a file that was not read is not named: %+v", got)
	}
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		f, score := &Facts{}, 0
		for range 20 {
			if random.IntN(2) == 0 {
				f.Tests.Sources = append(f.Tests.Sources, tests.Source{Branches: random.IntN(12)})
			} else {
				f.Smells.Functions = append(f.Smells.Functions, function(random.IntN(40), random.IntN(40)))
			}
			if got := conclude(f, &change.Snapshot{}).Score; got < score {
				t.Fatalf("%+v lowers the score from %d to %d", f, score, got)
			} else {
				score = got
			}
		}
	}
}
