package organisationpreview

import (
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestDiffering(t *testing.T) {
	t.Parallel()
	read := func(text string) settings.Settings {
		t.Helper()
		s, problems := settings.Parse("s.yml", []byte("version: 1\n"+text), []string{"commits/header", "secrets/added"})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return s
	}
	floor := read("")
	floor.Least = map[string]finding.Mode{"lint": finding.Enforce, "secrets/added": finding.Warn}
	part := read("")
	part.Floors = []settings.FloorRollout{
		{Name: "tests", Mode: finding.Warn, Rollout: settings.Rollout{Until: "2027-01-01"}},
		{Name: "secrets/added", Mode: finding.Warn, Rollout: settings.Rollout{From: "2027-01-01"}},
	}
	for name, c := range map[string]struct {
		other settings.Settings
		want  []string
	}{
		"nothing":  {read(""), nil},
		"a value":  {read("size: {fail_over: 7}\nreport: {comment: 'off'}\n"), []string{"size"}},
		"a rule":   {read("rules: {commits/header: {mode: 'off'}}\n"), []string{"commits"}},
		"a floor":  {floor, []string{"lint", "secrets"}},
		"a part":   {part, []string{"secrets", "tests"}},
		"a share":  {read("size: {mode: warn, rollout: 25}\n"), []string{"size"}},
		"no file":  {settings.Default(), family.Names(false)},
		"for chat": {read("overrides: {four_eyes: true}\n"), nil},
	} {
		if got := differing(read(""), c.other); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := differing(c.other, read("")); !slices.Equal(got, c.want) {
			t.Errorf("%s, the other way: %v, want %v", name, got, c.want)
		}
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	if got := most(map[string]int{"a": 1, "b": 3, "c": 1, "d": 1, "e": 1, "f": 1}); got != "b (3), a (1), c (1), d (1), e (1), 1 more" {
		t.Error(got)
	}
}
