package comment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/analysis/dependencies"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
)

// withPackages is a verdict on a change with so many packages.
func withPackages(packages ...dependencies.Change) Verdict {
	v := Verdict{Snapshot: &change.Snapshot{}, Facts: &facts.Facts{}}
	v.Decision.Families = []policy.FamilyVerdict{{Name: family.Dependencies, Conclusion: policy.FamilySuccess}}
	v.Facts.Dependencies.Changes = packages
	v.Facts.Dependencies.Totals = []dependencies.Total{{Ecosystem: "npm", Added: len(packages), Bumped: 1}}
	return v
}

func TestTableOfPackages(t *testing.T) {
	v := withPackages(
		dependencies.Change{Ecosystem: "npm", Name: "left", New: "1.0.0", Kind: "added", Direct: true, Licence: "MIT"},
		dependencies.Change{Ecosystem: "npm", Name: "a|b`<img>@team", Old: "1", New: "2", Kind: "bumped", By: []string{"x|y", "z"}},
	)
	v.Facts.Dependencies.Used = []dependencies.Used{
		{Ecosystem: "GitHub Actions", Name: "acme/act`|<b>", Old: "v1", New: "v2", Kind: "bumped"},
		{Ecosystem: "submodule", Name: "libs/x", Old: "111111111111", New: "222222222222", Kind: "changed"},
	}
	got := v.Text()
	for _, want := range []string{
		"### Dependencies\n\nnpm: 2 added, 1 bumped\n\n| Package |",
		"`v1` | `v2` | bumped | the project |\n",
		"| submodule: `libs/x` | `111111111111` | `222222222222` | changed | the project |\n",
		"| npm: `left` | – | `1.0.0` | added, `MIT` | the project |\n",
		"`1` | `2` | bumped | ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 6 {
			t.Errorf("a name breaks its row: %s", line)
		}
	}
	if strings.Contains(got, "<details>") {
		t.Error("two rows are folded")
	}
}

func TestManyPackagesAreFolded(t *testing.T) {
	var many []dependencies.Change
	for i := range 60 {
		many = append(many, dependencies.Change{Ecosystem: "npm", Name: fmt.Sprintf("p%d", i), New: "1.0.0", Kind: "added"})
	}
	v := withPackages(many...)
	v.Facts.Dependencies.ChangesMore = 4
	v.Facts.Dependencies.Used = []dependencies.Used{{Ecosystem: "Docker", Name: "x", New: "1", Kind: "added"}}
	got := v.Text()
	if !strings.Contains(got, "<details><summary>npm: 60 added, 1 bumped</summary>\n\n| Package |") ||
		!strings.Contains(got, "\nand 15 packages more.\n\n</details>\n") || strings.Count(got, "| npm: ") != 50 {
		t.Error(got)
	}
}

func TestNoTableOfPackages(t *testing.T) {
	left := dependencies.Change{Ecosystem: "npm", Name: "left", New: "1.0.0", Kind: "added"}
	shadow, off := withPackages(left), withPackages(left)
	shadow.Facts.Settings.Dependencies.Mode = finding.Shadow
	off.Decision.Families[0].Conclusion = policy.FamilyOff
	alone := withPackages()
	alone.Facts.Dependencies.Used = []dependencies.Used{{Ecosystem: "Docker", Name: "x", New: "1", Kind: "added"}}
	if got := alone.Text(); !strings.Contains(got, "| Docker: `x` | – | `1` | added | the project |") {
		t.Errorf("an image alone: %s", got)
	}
	for what, v := range map[string]Verdict{"no package": withPackages(), "shadow": shadow, "off": off} {
		if got := v.Text(); strings.Contains(got, "Dependencies") {
			t.Errorf("%s: %s", what, got)
		}
	}
}
