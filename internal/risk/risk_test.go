package risk

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConclude(t *testing.T) {
	for name, c := range map[string]struct {
		signals []Signal
		level   Level
		reasons string
	}{
		"nothing":            {nil, Low, ""},
		"a small fix":        {[]Signal{{"new_lines", 12}, {"code_hunks", 2}, {"folders", 1}}, Low, ""},
		"what has no weight": {[]Signal{{"phase_of_the_moon", 1000}, {"new_lines", -3}}, Low, ""},
		"a migration and code": {
			[]Signal{{"new_lines", 140}, {"code_hunks", 4}, {"migration_files", 1}}, Medium,
			"1 migration of stored data; 140 new lines; 4 edited places in code",
		},
		"a large change of everything": {
			[]Signal{{"new_lines", 2000}, {"sensitive_files", 7}, {"folders", 20}, {"uncovered_lines", 60}, {"rule_files", 1}}, High,
			"7 files about secrets, access or payment; 2000 new lines; 20 changed folders",
		},
		"twice": {[]Signal{{"migration_files", 1}, {"migration_files", 9}, {"migration_files", 2}}, Low, "9 migrations of stored data"},
	} {
		f := Conclude(c.signals, nil)
		var texts []string
		for _, r := range f.Reasons {
			texts = append(texts, r.Text)
		}
		if got := strings.Join(texts, "; "); f.Level != c.level || got != c.reasons {
			t.Errorf("%s: %s because of %q, want %s because of %q", name, f.Level, got, c.level, c.reasons)
		}
	}
	f := Conclude(nil, []string{"coverage", "attributes", "coverage"})
	if d := cmp.Diff([]string{"attributes", "coverage"}, f.Unknown); d != "" || f.Signals == nil || f.Reasons == nil {
		t.Errorf("%+v: %s", f, d)
	}
}

// Whatever the signals, a larger count never lowers score or level, their order does not matter, and what is shown is
// what weighs most.
func TestConcludeIsMonotone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rank := map[Level]int{Low: 0, Medium: 1, High: 2}
	for range 5000 {
		var signals []Signal
		for _, w := range Weights() {
			if random.IntN(3) > 0 {
				signals = append(signals, Signal{w.Signal, random.IntN(2 * w.Steps[len(w.Steps)-1].From)})
			}
		}
		if len(signals) == 0 {
			continue
		}
		before := Conclude(signals, nil)
		more := slices.Clone(signals)
		more[random.IntN(len(more))].Count += random.IntN(500)
		after := Conclude(more, nil)
		if after.Score < before.Score || rank[after.Level] < rank[before.Level] {
			t.Fatalf("%+v is %s (%d), and %+v is %s (%d)", signals, before.Level, before.Score, more, after.Level, after.Score)
		}
		random.Shuffle(len(signals), func(i, j int) { signals[i], signals[j] = signals[j], signals[i] })
		if d := cmp.Diff(before, Conclude(signals, nil)); d != "" {
			t.Fatalf("in another order: %s", d)
		}
		sum := 0
		for i, r := range before.Signals {
			sum += r.Points
			if i > 0 && r.Points > before.Signals[i-1].Points || i < len(before.Reasons) && before.Reasons[i] != r {
				t.Fatalf("%+v", before)
			}
		}
		if sum != before.Score || len(before.Reasons) != min(maxReasons, len(before.Signals)) {
			t.Fatalf("%+v", before)
		}
	}
}

// TestWeights holds the table to its own form, and the page to the levels; package pages writes the table there.
func TestWeights(t *testing.T) {
	page, err := os.ReadFile("../../docs/risk.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, w := range Weights() {
		if seen[w.Signal] || len(w.Steps) == 0 {
			t.Errorf("%s stands there twice, or has no step", w.Signal)
		}
		seen[w.Signal] = true
		last := Step{}
		for _, s := range w.Steps {
			if s.From <= last.From || s.Points <= last.Points {
				t.Errorf("the steps of %s do not rise: %+v", w.Signal, w.Steps)
			}
			last = s
		}
	}
	for _, want := range []string{fmt.Sprintf("medium from %d", mediumFrom), fmt.Sprintf("high from %d", highFrom)} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/risk.md does not say %q", want)
		}
	}
}
