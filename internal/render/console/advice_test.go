package console

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/advice"
)

var update = flag.Bool("update", false, "write the golden files anew")

// stored reads advice that the tests of package comment share: "full" has everything that advice can have, in "hostile"
// every text is an attack.
func stored(t *testing.T, name string) advice.Advice {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "testdata", "advice-"+name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var a advice.Advice
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAdviceGoldens(t *testing.T) {
	quietOne := advice.Advice{
		Version: 1,
		Extent:  advice.Whole,
		Risk:    advice.Risk{Level: advice.Low},
		Models:  []string{"m"},
		Cost:    advice.Cost{Calls: 2},
	}
	nothing := advice.Advice{
		Version: 1,
		Extent:  advice.Nothing,
		NotRead: []advice.NotRead{{What: "the search for defects", Why: "the model could not be reached"}},
	}
	for name, got := range map[string]string{
		"advice-full.txt":    Advice(stored(t, "full")),
		"advice-nothing.txt": Advice(nothing),
		"advice-quiet.txt":   Advice(quietOne),
		"advice-hostile.txt": Advice(stored(t, "hostile")),
	} {
		file := filepath.Join("..", "testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got), go test ./internal/render/console -update writes it anew:\n%s", name, d)
		}
	}
}

// TestAdviceKeepsItsWeight: twenty findings in one file are two drafts and a list of the others, a line each, as a server
// would post two comments and fold the rest.
func TestAdviceKeepsItsWeight(t *testing.T) {
	a := advice.Advice{Version: 1, Extent: advice.Whole, Risk: advice.Risk{Level: advice.Low}}
	for i := range 20 {
		d := advice.Draft{Path: "a.go", Start: i + 1, Level: advice.Medium, Category: advice.Correctness, State: advice.Open,
			Message: fmt.Sprintf("Remark %d.", i+1)}
		if i < 2 {
			a.Drafts = append(a.Drafts, d)
			continue
		}
		a.Notes = append(a.Notes, d)
	}
	got := Advice(a)
	if n := strings.Count(got, "medium  correctness"); n != 2 {
		t.Errorf("%d findings have the weight of a comment:\n%s", n, got)
	}
	for _, want := range []string{"  18 remarks of less weight\n", "    a.go:3  Remark 3.\n", "    … and 13 more\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "Remark 8.") {
		t.Errorf("all are listed:\n%s", got)
	}
}

// TestAdviceTextIsInert: whatever a model says, a terminal shows it and a CI runner prints it.
func TestAdviceTextIsInert(t *testing.T) {
	a := stored(t, "hostile")
	a.Bullets[0].Text = "\x1b[2J::stop-commands::x ##vso[task.complete]"
	a.NotRead[0].Why = "\n::error::no"
	got := Advice(a)
	if m := regexp.MustCompile(`(?m)^\s*::|##vso\[|\x1b|\x{202e}|\x{200b}`).FindString(got); m != "" {
		t.Errorf("it holds %q:\n%s", m, got)
	}
}
