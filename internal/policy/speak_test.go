package policy

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
)

// TestFindingsSpeakTheForgesWords: what a rule says of every change is said in the words of its forge and of the settings file
// that is there; what it made of facts is left as it is but for the name of that file.
func TestFindingsSpeakTheForgesWords(t *testing.T) {
	general, made := "Change .github/lintel.yml in another pull request.", "Name \"pull request.go\" in .github/lintel.yml."
	e := &Engine{byID: map[string]Rule{"a/b": {ID: "a/b", Remedy: general}}}
	for name, c := range map[string]struct {
		forge         change.Forge
		file          string
		general, made string
	}{
		"GitHub": {change.GitHub, ".github/lintel.yml", general, made},
		"GitLab": {change.GitLab, ".gitlab/lintel.yml", "Change .gitlab/lintel.yml in another merge request.",
			"Name \"pull request.go\" in .gitlab/lintel.yml."},
		"evidence of before": {change.GitLab, "", "Change .github/lintel.yml in another merge request.", made},
	} {
		all := []finding.Finding{{Rule: "a/b", Title: "A pull request", Remedy: general}, {Rule: "a/b", Remedy: made}}
		e.speak(all, c.forge.Words(), c.file)
		if all[0].Remedy != c.general || all[1].Remedy != c.made || all[0].Title != "A "+c.forge.Words().Change {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
