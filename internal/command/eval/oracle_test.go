package eval

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/eval/oracle"
)

// TestOracle holds what arrives of the golden suite's defects to the committed figures, and the other committed figures
// (of data that is not here) to their form; -update writes the golden ones.
//
//race:unwatched
func TestOracle(t *testing.T) {
	t.Parallel()
	suite, err := readSuite(suite("golden"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := oracle.Play(t.Context(), suite, evalRig().Redactor, "repository")
	if err != nil {
		t.Fatal(err)
	}
	const path = evals + "golden.oracle.json"
	if *update {
		raw, err := json.MarshalIndent(got, "", "  ")
		if err == nil {
			err = os.WriteFile(path, append(raw, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(path string) (base oracle.Report) {
		raw, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(raw, &base)
		}
		if err != nil {
			t.Fatal(err)
		}
		return base
	}
	base := read(path)
	for _, w := range got.Worse(base) {
		t.Error(w)
	}
	if n := got.Windows["128000"]["right"]; n.Of < 30 || n.Visible == 0 {
		t.Errorf("%+v: nothing was measured", n)
	}
	if aacr := read(evals + "aacr.oracle.json"); aacr.Windows["16384"]["right"].Arrived == 0 || len(got.Worse(aacr)) == 0 {
		t.Error("the figures of the labelled set are empty, or compare with another suite's")
	}
	worse := got
	worse.Windows = map[string]map[string]oracle.Counts{}
	if len(worse.Worse(base)) == 0 {
		t.Error("nothing arrives, and that is not worse")
	}
	// What a gate folds is no comment at its lines, though it passes.
	for g, change := range map[string]func(*oracle.Counts){
		"right": func(n *oracle.Counts) { n.Whole-- },
		"wrong": func(n *oracle.Counts) { n.AtLines++ },
	} {
		was := oracle.Counts{Of: 9, Passed: 8, AtLines: 7, Shown: 9, Arrived: 8, Whole: 7, Visible: 8}
		is := was
		change(&is)
		before, after := oracle.Report{Windows: map[string]map[string]oracle.Counts{"16384": {g: was}}},
			oracle.Report{Windows: map[string]map[string]oracle.Counts{"16384": {g: is}}}
		if got := after.Worse(before); len(got) != 1 || !strings.Contains(got[0], "at their lines") {
			t.Errorf("%s: %q says nothing of their lines", g, got)
		}
	}
}

// TestNoiseOfModels: a slip of a model may cost a comment and never puts it at wrong lines, unless its quote is of those.
//
//race:unwatched
func TestNoiseOfModels(t *testing.T) {
	t.Parallel()
	suite, err := readSuite(suite("golden"))
	if err != nil {
		t.Fatal(err)
	}
	grid, err := oracle.Noise(suite, evalRig().Redactor)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range oracle.Misplaced(grid) {
		t.Error(m)
	}
	of := grid["none"].Of
	for name, least := range map[string]int{"none": of, "ids off by 3, quote right": of * 8 / 10, "quote with signs": of * 9 / 10,
		"quote ends with dots": of * 9 / 10, "quote without indentation": grid["quote without indentation"].Of * 9 / 10} {
		if f := grid[name]; of < 20 || f.Right < least {
			t.Errorf("%s: %+v, want %d of %d at their lines", name, f, least, of)
		}
	}
	for _, name := range []string{"one word of the quote changed", "another file's id"} {
		if f := grid[name]; f.Dropped != f.Of {
			t.Errorf("%s: %+v, which must all be dropped", name, f)
		}
	}
}
