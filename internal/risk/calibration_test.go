package risk

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// half sums the repositories of a set: changes, those that were hit, the places of the riskiest tenth, and how many of the
// hit stand there by risk and by new lines.
type half struct{ changes, hit, tenth, byRisk, byLines float64 }

// times is how often the base rate stands in the riskiest tenth.
func (h half) times(found float64) float64 { return found / h.hit / (h.tenth / h.changes) }

// docs/risk.md says of the calibration what the numbers of each repository give, and the tenth with the highest risk holds
// three times the base rate in the sets that the weights were not fitted on.
func TestCalibrationIsAsTheDocsSay(t *testing.T) {
	data, err := os.ReadFile("../../docs/risk-calibration.tsv")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/risk.md")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]*half{"all": {}}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if cells[0] == "repository" {
			continue
		}
		number := func(i int) float64 {
			n, err := strconv.ParseFloat(cells[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if sums[cells[1]] == nil {
			sums[cells[1]] = &half{}
		}
		for _, s := range []*half{sums[cells[1]], sums["all"]} {
			s.changes += number(2)
			s.hit += number(5)
			s.tenth += number(6)
			s.byRisk += number(7)
			s.byLines += number(8)
		}
	}
	for name, called := range map[string]string{"fit": "fitted", "held out": "held out", "fresh": "fresh", "all": "all"} {
		s := sums[name]
		if s == nil {
			t.Fatalf("no repository is %q", name)
		}
		if name != "fit" && s.times(s.byRisk) < 3 {
			t.Errorf("%s: %.1f times the base rate, want 3", name, s.times(s.byRisk))
		}
		thousands, rest := int(s.changes)/1000, int(s.changes)%1000
		want := fmt.Sprintf("| %s | %d,%03d | %.0f (%.1f %%) | %.1f", called, thousands, rest, s.hit, 100*s.hit/s.changes,
			s.times(s.byRisk))
		_, row, ok := strings.Cut(string(page), want)
		row, _, _ = strings.Cut(row, "\n")
		if lines := fmt.Sprintf(" | %.1f |", s.times(s.byLines)); !ok || !strings.Contains(row, lines) {
			t.Errorf("docs/risk.md does not say %q with%s", want, lines)
		}
	}
}
