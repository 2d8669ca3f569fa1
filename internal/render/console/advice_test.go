package console

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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
