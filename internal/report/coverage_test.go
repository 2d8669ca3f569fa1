package report

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMergeLines holds the merge of ranges to the merge of single lines.
func TestMergeLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		a, b := randomLines(r), randomLines(r)
		var want []LineRange
		for line := 1; line <= 40; line++ {
			if s := max(FileCoverage{Lines: a}.At(line), FileCoverage{Lines: b}.At(line)); s != Unmeasured {
				want = Append(want, LineRange{line, line, s})
			}
		}
		if got := mergeLines(a, b); !cmp.Equal(got, want) && len(got)+len(want) > 0 {
			t.Fatalf("%v and %v: %s", a, b, cmp.Diff(want, got))
		}
	}
}

func randomLines(r *rand.Rand) []LineRange {
	var single []LineRange
	for range r.IntN(20) {
		single = append(single, LineRange{From: 1 + r.IntN(30), State: State(1 + r.IntN(3))})
	}
	return Lines(single)
}

func TestMerge(t *testing.T) {
	unit := Coverage{
		Files: []FileCoverage{
			{Path: "a.go", Lines: []LineRange{{1, 3, Hit}, {5, 5, Miss}}},
			{Path: "b.go", Lines: []LineRange{{1, 1, Miss}}},
		},
		Unresolved: []string{"z", "y"},
	}
	integration := Coverage{
		Files:      []FileCoverage{{Path: "a.go", Lines: []LineRange{{5, 5, Hit}, {7, 7, Miss}}}},
		Unresolved: []string{"y"},
		Notes:      []string{"n"},
	}
	want := Coverage{
		Files: []FileCoverage{
			{Path: "a.go", Lines: []LineRange{{1, 3, Hit}, {5, 5, Hit}, {7, 7, Miss}}},
			{Path: "b.go", Lines: []LineRange{{1, 1, Miss}}},
		},
		Unresolved: []string{"y", "z"}, Notes: []string{"n"},
	}
	got := Merge(unit, integration)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, Merge(integration, unit)); d != "" {
		t.Error("the order of the reports matters:", d)
	}
	f, _ := got.File("a.go")
	if d := cmp.Diff(Counts{Hits: 4, Misses: 1}, f.Counts()); d != "" || f.Counts().Measured() != 5 {
		t.Error(d)
	}
	if _, ok := got.File("c.go"); ok {
		t.Error("c.go was found")
	}
}

func TestJSON(t *testing.T) {
	in := Report{Kind: CoverageKind, Format: "go", Trust: FullTrust, Coverage: &Coverage{
		Files: []FileCoverage{{Path: "a.go", Lines: []LineRange{{1, 3, Partial}}}}, Unresolved: []string{}, Notes: []string{},
	}}
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	const want = `"coverage":{"files":[{"path":"a.go","lines":[{"from":1,"to":3,"state":"partial"}]}],"unresolved":[],"notes":[]}`
	if !json.Valid(raw) || !strings.Contains(string(raw), want) {
		t.Errorf("got %s, want %s in it", raw, want)
	}
	var out Report
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out); d != "" {
		t.Error(d)
	}
	var s State
	if err := json.Unmarshal([]byte(`"green"`), &s); err == nil {
		t.Error("a state that does not exist was read")
	}
}
