package policy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/policies"
)

// Nothing is read for rules that are in shadow because nobody gave them a mode, as the tests of a source are; for those
// that somebody put there, and for all others, the files are read: some of smells warn by default.
func TestNothingIsReadForWhatNobodyAskedFor(t *testing.T) {
	e := shipped(t)
	lines := []diff.Line{}
	for range 12 {
		lines = append(lines, diff.Line{Op: diff.Add, Text: "\tif pay() { refund() }"})
	}
	code := diff.File{Path: "cart/cart.go", Status: diff.Modified, State: diff.Text, Additions: len(lines),
		Hunks: []diff.Hunk{{OldStart: 3, NewStart: 4, NewLines: len(lines), Lines: lines}}}
	plain := code
	plain.Hunks = []diff.Hunk{{OldStart: 3, NewStart: 4, NewLines: 1, Lines: []diff.Line{{Op: diff.Add, Text: "\tx := refund()"}}}}
	manifest := diff.File{Path: "go.mod", Status: diff.Modified, State: diff.Text, Additions: 1}
	workflow := diff.File{Path: ".github/workflows/ci.yml", Status: diff.Modified, State: diff.Text, Additions: 1}
	for name, c := range map[string]struct {
		set                 func(*settings.Settings)
		files               []diff.File
		source, tests, base bool
	}{
		"by default":     {set: func(*settings.Settings) {}, files: []diff.File{code}, source: true},
		"without a hint": {set: func(*settings.Settings) {}, files: []diff.File{plain}},
		"a rule without a hint": {set: func(s *settings.Settings) {
			s.Rules = map[string]settings.Rule{"smells/todo": {Mode: finding.Shadow}}
		}, files: []diff.File{plain}, source: true},
		"a family without a hint": {set: func(s *settings.Settings) { s.Smells.Mode = finding.Shadow }, files: []diff.File{plain},
			source: true},
		"other families":    {set: func(*settings.Settings) {}, files: []diff.File{manifest, workflow}, base: true},
		"smells in shadow":  {set: func(s *settings.Settings) { s.Smells.Mode = finding.Shadow }, files: []diff.File{code}, source: true},
		"smells that warn":  {set: func(s *settings.Settings) { s.Smells.Mode = finding.Warn }, files: []diff.File{code}, source: true},
		"smells that block": {set: func(s *settings.Settings) { s.Smells.Mode = finding.Enforce }, files: []diff.File{code}, source: true},
		"smells off":        {set: func(s *settings.Settings) { s.Smells.Mode = finding.Off }, files: []diff.File{code}},
		"a rule of smells": {set: func(s *settings.Settings) {
			s.Rules = map[string]settings.Rule{"smells/todo": {Mode: finding.Shadow}}
		}, files: []diff.File{code}, source: true},
		"a rule about text": {set: func(s *settings.Settings) {
			s.Smells.Mode = finding.Off
			s.Rules = map[string]settings.Rule{"smells/hidden-text": {Mode: finding.Warn}}
		}, files: []diff.File{code}},
		"a floor": {set: func(s *settings.Settings) {
			s.Least = map[string]finding.Mode{"smells": finding.Warn}
		}, files: []diff.File{code}, source: true},
		"tests in shadow": {set: func(s *settings.Settings) { s.Tests.Mode = finding.Shadow }, files: []diff.File{code},
			source: true, tests: true},
		"coverage is expected": {set: func(s *settings.Settings) {
			s.Reports.Expect = []settings.Expected{{Kind: "coverage"}}
		}, files: []diff.File{code}, source: true, tests: true},
		// A linter that Lintel runs costs a verdict no file that nobody wants without it.
		"a linter is expected": {set: func(s *settings.Settings) {
			s.Checks = []settings.Check{{Name: "format", Tool: "gofmt", Mode: finding.Enforce, Report: settings.CheckReport{Kind: "lint"}}}
		}, files: []diff.File{code}, source: true},
		"a check measures coverage": {set: func(s *settings.Settings) {
			s.Checks = []settings.Check{{Name: "tests", Mode: finding.Warn, Report: settings.CheckReport{Kind: "coverage"}}}
		}, files: []diff.File{code}, source: true, tests: true},
	} {
		set := settings.Default()
		c.set(&set)
		var source, tests, base bool
		for _, w := range e.Wants(&set)(c.files, change.Controls{}, nil) {
			source = source || w.Path == code.Path
			tests = tests || w.Path == "cart/cart_test.go"
			base = base || w.Side == change.AtBase
		}
		if source != c.source || tests != c.tests || base != c.base {
			t.Errorf("%s: source %v, tests %v, base %v", name, source, tests, base)
		}
		all := e.WantsOfAll(&set)(c.files, change.Controls{}, nil)
		if len(all) == 0 {
			t.Errorf("%s: nothing is read for evidence", name)
		}
	}
}

// TestFilesAreWantedByTheSettingsOfTheChange: settings are kept by the text of their file, and only where nothing but the
// text decides.
//
//race:unwatched
func TestFilesAreWantedByTheSettingsOfTheChange(t *testing.T) {
	e := shipped(t)
	files := []diff.File{{Path: "go.mod", Status: diff.Modified, State: diff.Text, Additions: 1}}
	wants, review := e.Wants(nil), e.WantsReview(nil)
	const off = "version: 1\ndependencies: {mode: off}\n"
	const on = "version: 1\ndependencies: {mode: enforce, advisories: {github: true}}\n"
	const floor = "version: 1\nfloor: {dependencies: {mode: enforce}}\n"
	for i, c := range []struct {
		text, floor string
		size        int
		want        bool
	}{
		{text: off}, {text: on, want: true}, {text: off}, {text: off, floor: floor, want: true}, {text: off},
		{text: on, want: true}, {text: off, size: settings.MaxBytes + 1, want: true}, // too large: not valid, so the defaults hold
		{text: "version: 1\nnonsense: true\n", want: true}, {text: off}, {want: true},
	} {
		controls := change.Controls{Files: map[string]change.File{}}
		if c.text != "" {
			controls.Files[settings.Path] = change.File{Path: settings.Path, Content: []byte(c.text), Size: int64(max(c.size, len(c.text)))}
		}
		if c.floor != "" {
			controls.Organisation = &change.Organisation{Own: &change.File{Path: "org.yml", Content: []byte(c.floor)}}
		}
		got := slices.ContainsFunc(wants(files, controls, nil), func(w change.Want) bool { return w.Path == "go.mod" })
		if asked := review(files, controls, nil); got != c.want || asked != (c.text == on) {
			t.Errorf("%d: wanted %v, the review %v; want %v and %v", i, got, asked, c.want, c.text == on)
		}
	}
}

// TestNothingIsReadForOtherRules: rules that are asked alone read the files of their own families, and those of the risk
// everything.
func TestNothingIsReadForOtherRules(t *testing.T) {
	e := builtIn(t)
	var lines []diff.Line
	for range 12 {
		lines = append(lines, diff.Line{Op: diff.Add, Text: "\tif pay() { refund() }"})
	}
	files := []diff.File{
		{Path: "cart/cart.go", Status: diff.Modified, State: diff.Text, Additions: len(lines),
			Hunks: []diff.Hunk{{OldStart: 3, NewStart: 4, NewLines: len(lines), Lines: lines}}},
		{Path: "go.mod", Status: diff.Modified, State: diff.Text, Additions: 1},
		{Path: ".github/workflows/ci.yml", Status: diff.Modified, State: diff.Text, Additions: 1},
	}
	set := settings.Default()
	for rule, want := range map[string]string{
		"workflows/app-token":     ".github/workflows/ci.yml",
		"dependencies/look-alike": ".github/workflows/ci.yml go.mod go.sum",
		"commits/title":           "",
		"smells/print":            "cart/cart.go",
		"ownership/by-risk":       "all",
		"":                        "all",
	} {
		var asked []string
		if rule != "" {
			asked = append(asked, rule)
		}
		read := map[string]bool{}
		for _, w := range e.WantsOfAll(&set, asked...)(files, change.Controls{}, nil) {
			read[w.Path] = true
		}
		got := strings.Join(slices.Sorted(maps.Keys(read)), " ")
		if len(read) > 3 && read["cart/cart.go"] && read["go.mod"] && read[".github/workflows/ci.yml"] {
			got = "all"
		}
		if got != want {
			t.Errorf("%q reads %q, want %q", rule, got, want)
		}
	}
}

// TestOtherFamiliesAreNotAnalysed: their facts are empty, and a secret stays covered all the same.
func TestOtherFamiliesAreNotAnalysed(t *testing.T) {
	e := builtIn(t)
	s := large(3, true)
	token := "ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	title := "feat: use " + token
	s.Title = &title
	r := settings.Resolution{Settings: enforcing(), Source: settings.FromFile}
	f, d, err := e.Judge(t.Context(), s, r, policy.Options{Rules: []string{"commits/title"}})
	switch {
	case err != nil:
		t.Fatal(err)
	case !slices.Contains(d.Judged, "commits/title") || slices.Contains(d.Judged, "size/too-large"):
		t.Errorf("judged were %v", d.Judged)
	case strings.Contains(string(d.FactsJSON), token) || strings.Contains(*f.Change.Title, token):
		t.Error("a secret is in the facts")
	case f.Smells.Judged != 0 || f.Risk.Level != "":
		t.Errorf("smells judged %d files, the risk is %q", f.Smells.Judged, f.Risk.Level)
	}
	if all, _, err := e.Judge(t.Context(), s, r, policy.Options{Rules: []string{"ownership/by-risk"}}); err != nil || all.Risk.Level == "" {
		t.Errorf("a rule that reads the risk was given %+v, %v", all.Risk, err)
	}
}

// builtIn is the engine as the program compiles it: each family by itself.
func builtIn(t *testing.T) *policy.Engine {
	t.Helper()
	e, err := policy.CompileTrusted(policies.Prebuilt(), policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	return e
}
