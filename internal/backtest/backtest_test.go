package backtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

var update = flag.Bool("update", false, "write docs/backtest.schema.json and the golden files anew")

func commitOf(i int) string { return text.Digest(fmt.Sprint(i))[7:47] }

// decided is a decision about the i-th change: size/large fires in each, three times in every fifth; commits/header
// blocks every third; ownership/approval is never known.
func decided(i int) policy.Decision {
	d := policy.Decision{
		Judged:    []string{"commits/header", "commits/fixup", "size/large"},
		Abstained: []policy.Abstention{{Rule: "ownership/approval", Family: "ownership", Reason: "Nobody | can be asked\nhere."}},
		Waiting:   []string{"coverage/patch"},
	}
	times := 1
	if i%5 == 0 {
		times = 3
	}
	for k := range times {
		d.Findings = append(d.Findings, finding.Finding{
			Rule:    "size/large",
			Path:    "a`|\u202eb.go",
			Line:    k + 1,
			Message: fmt.Sprintf("Change %d is\n::error::large <b> ##[error]x.", i),
		})
	}
	if i%3 == 0 {
		d.Findings = append(d.Findings, finding.Finding{Rule: "commits/header", Blocking: true, Message: "No type."})
	}
	// A rule that could not know what it needs has not fired, whatever it says.
	d.Findings = append(d.Findings, finding.Finding{Rule: "coverage/patch", Blocking: true, Message: "Missing."})
	return d
}

var rules = []policy.Rule{
	{ID: "size/large", Family: "size", Title: "The change is large", Mode: finding.Warn},
	{ID: "commits/header", Family: "commits", Title: "The header has no type", Mode: finding.Enforce},
	{ID: "ownership/approval", Family: "ownership", Title: "An approval is missing", Mode: finding.Enforce},
}

var levels = []risk.Level{risk.High, risk.Low, risk.Medium}

func report(t *testing.T, order []int) Report {
	t.Helper()
	tally := NewTally(3)
	for _, i := range order {
		o := Of(commitOf(i), i, settings.FromFile, decided(i), 3)
		o.Risk = &Risk{Level: levels[i%3], Score: 9 - i, Counts: map[string]int{"new_lines": i}}
		if i == 4 {
			o = Outcome{Commit: commitOf(i), Error: "its commits are not there"}
		}
		tally.Add(o)
		tally.Add(o) // a change counts once
	}
	var changes []Change
	for i := range 10 {
		changes = append(changes, Change{Commit: commitOf(i), Number: i, Landed: "squash", FollowedDays: 14, Reverted: i == 2,
			Fixed: i < 2})
	}
	return tally.Report(About{Branch: "origin/main", Head: commitOf(9), Commits: 12, Squash: 10, LeftOut: 2, Version: "v1.2.3",
		Policy: "sha256:0"}, changes, rules)
}

// TestGoldens holds what people and programs read. Hostile text stays in its place.
func TestGoldens(t *testing.T) {
	r := report(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	page, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"table.txt": r.Table(), "report.md": r.Markdown(), "report.json": string(page)} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-file +code):\n%s", name, d)
		}
		if strings.ContainsRune(got, '\u202e') && name != "report.json" {
			t.Errorf("%s turns the reader's text", name)
		}
	}
}

// TestOrderDoesNotMatter: two processors, and a run that was stopped and resumed, give the same report.
func TestOrderDoesNotMatter(t *testing.T) {
	want := report(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	for seed := range uint64(20) {
		if d := cmp.Diff(want, report(t, rand.New(rand.NewPCG(seed, 1)).Perm(10))); d != "" {
			t.Fatalf("seed %d:\n%s", seed, d)
		}
	}
}

func TestCounts(t *testing.T) {
	r := report(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	if r.Judged != 9 || r.Refused != 4 || r.Failed != 1 || len(r.Changes) != 10 {
		t.Errorf("judged %d, refused %d, failed %d", r.Judged, r.Refused, r.Failed)
	}
	got := map[string]string{}
	for _, x := range r.Rules {
		commits := map[string]bool{}
		for _, s := range x.Samples {
			commits[s.Commit] = true
		}
		got[x.ID] = fmt.Sprint(x.Judged, x.Fired, x.Blocked, x.Findings, x.NotKnown, x.Share, len(commits))
	}
	want := map[string]string{
		"commits/header":     "9 4 4 4 0 0.4444 3",
		"commits/fixup":      "9 0 0 0 0 0 0",
		"size/large":         "9 9 0 13 0 1 3", // samples from three changes, though one has three findings
		"ownership/approval": "0 0 0 0 9 0 0",
		"coverage/patch":     "0 0 0 0 9 0 0",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestPublishedSchema holds docs/backtest.schema.json to the code, and a report to it.
func TestPublishedSchema(t *testing.T) {
	const path = "../../docs/backtest.schema.json"
	made, err := Schema()
	if err == nil && *update {
		err = os.WriteFile(path, made, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	page, err := report(t, []int{0, 4, 3}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := document.Compile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(made), string(kept)); d != "" {
		t.Errorf("%s is not what the code makes; run go test ./internal/backtest -update (-code +file):\n%s", path, d)
	}
	for _, p := range document.ValidateJSON(schema, page) {
		t.Errorf("%s: %s", p.Path, p.Message)
	}
	if len(document.ValidateJSON(schema, []byte(`{"schema":1}`))) == 0 {
		t.Error("the schema accepts anything")
	}
}
