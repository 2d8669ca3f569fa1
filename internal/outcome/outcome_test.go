package outcome_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
)

// TestGolden holds the outcome to vectors that were written by hand from the definition: the strongest evidence wins.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		is   outcome.Evidence
		want outcome.Outcome
	}{
		"open":                                   {outcome.Evidence{End: change.Open}, outcome.Pending},
		"merged with it":                         {outcome.Evidence{End: change.Merged}, outcome.Ignored},
		"closed with it":                         {outcome.Evidence{End: change.Closed}, outcome.Abandoned},
		"fixed, open":                            {outcome.Evidence{Fate: outcome.Fixed, End: change.Open}, outcome.Addressed},
		"fixed, merged":                          {outcome.Evidence{Fate: outcome.Fixed, End: change.Merged}, outcome.Addressed},
		"fixed, closed":                          {outcome.Evidence{Fate: outcome.Fixed, End: change.Closed}, outcome.Addressed},
		"the file left the change, then merged":  {outcome.Evidence{Fate: outcome.Left, End: change.Merged}, outcome.Outdated},
		"the file left the change, then closed":  {outcome.Evidence{Fate: outcome.Left, End: change.Closed}, outcome.Outdated},
		"resolved, open":                         {outcome.Evidence{Resolved: true, End: change.Open}, outcome.ResolvedUnchanged},
		"resolved, merged":                       {outcome.Evidence{Resolved: true, End: change.Merged}, outcome.ResolvedUnchanged},
		"resolved, then fixed":                   {outcome.Evidence{Resolved: true, Fate: outcome.Fixed}, outcome.Addressed},
		"resolved, then left":                    {outcome.Evidence{Resolved: true, Fate: outcome.Left}, outcome.ResolvedUnchanged},
		"overridden, merged":                     {outcome.Evidence{Overridden: true, End: change.Merged}, outcome.Overridden},
		"overridden, then fixed":                 {outcome.Evidence{Overridden: true, Fate: outcome.Fixed}, outcome.Overridden},
		"overridden, closed":                     {outcome.Evidence{Overridden: true, End: change.Closed}, outcome.Overridden},
		"a false alarm, overridden":              {outcome.Evidence{FalseAlarm: true, Overridden: true}, outcome.DismissedFP},
		"a false alarm, fixed all the same":      {outcome.Evidence{FalseAlarm: true, Fate: outcome.Fixed}, outcome.DismissedFP},
		"a false alarm, and the change was shut": {outcome.Evidence{FalseAlarm: true, End: change.Closed}, outcome.DismissedFP},
	} {
		if got := outcome.Of(c.is); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestPartition: whatever the evidence, a finding has one of the outcomes, and more evidence never weakens it.
func TestPartition(t *testing.T) {
	rank := map[outcome.Outcome]int{}
	for i, o := range outcome.All() {
		rank[o] = i
	}
	reached := map[outcome.Outcome]bool{}
	for _, end := range []change.State{change.Open, change.Merged, change.Closed} {
		for _, fate := range []outcome.Fate{outcome.Found, outcome.Fixed, outcome.Left} {
			for bits := range 8 {
				e := outcome.Evidence{FalseAlarm: bits&1 > 0, Overridden: bits&2 > 0, Resolved: bits&4 > 0, Fate: fate, End: end}
				got := outcome.Of(e)
				if _, ok := rank[got]; !ok {
					t.Fatalf("%+v has the outcome %q", e, got)
				}
				reached[got] = true
				for _, more := range []outcome.Evidence{
					{FalseAlarm: true, Overridden: e.Overridden, Resolved: e.Resolved, Fate: fate, End: end},
					{FalseAlarm: e.FalseAlarm, Overridden: true, Resolved: e.Resolved, Fate: fate, End: end},
					{FalseAlarm: e.FalseAlarm, Overridden: e.Overridden, Resolved: true, Fate: fate, End: end},
				} {
					if stronger := outcome.Of(more); rank[stronger] > rank[got] {
						t.Errorf("%+v is %s, and with more evidence %s", e, got, stronger)
					}
				}
			}
		}
	}
	if len(reached) != len(rank) {
		t.Errorf("reached %v", reached)
	}
	for _, o := range outcome.All() {
		if o.Unwanted() && !o.Decided() {
			t.Errorf("%s counts in the numerator alone", o)
		}
	}
}

// file is a changed file whose one hunk begins at a line.
func file(path, blob string, start int, lines ...string) diff.File {
	f := diff.File{Path: path, Status: diff.Modified, State: diff.Text, Blob: blob}
	h := diff.Hunk{NewStart: start}
	for _, l := range lines {
		h.Lines = append(h.Lines, diff.Line{Op: diff.Op(l[0]), Text: l[1:]})
	}
	f.Hunks = append(f.Hunks, h)
	return f
}

func TestFate(t *testing.T) {
	before := file("a.go", "b1", 10, " one", "+two", "+three", "-old", " four")
	flagged := func(line, end int) finding.Finding {
		return finding.Finding{Rule: "smells/x", Family: "smells", Path: "a.go", Line: line, EndLine: end, Fingerprint: "f"}
	}
	secret := flagged(11, 11)
	secret.Rule, secret.Family = "secrets/key", "secrets"
	whole := finding.Finding{Rule: "commits/header", Family: "commits", Fingerprint: "f"}
	for name, c := range map[string]struct {
		finding  finding.Finding
		head     string
		files    []diff.File
		unjudged []string
		judged   bool
		want     outcome.Fate
		known    bool
	}{
		"the lines were changed": {flagged(11, 12), "new", []diff.File{file("a.go", "b2", 10, " one", "+2", "+three")}, nil, true,
			outcome.Fixed, true},
		"the lines moved and stand": {flagged(11, 12), "new", []diff.File{file("a.go", "b2", 90, "+\ttwo", "+three  ")}, nil, true,
			outcome.Left, true},
		"another line was changed": {flagged(11, 11), "new", []diff.File{file("a.go", "b2", 10, "+two", "+3")}, nil, true,
			outcome.Left, true},
		"the file left the change": {flagged(11, 11), "new", nil, nil, true, outcome.Left, true},
		"the file was removed": {flagged(11, 11), "new", []diff.File{{Path: "a.go", Status: diff.Removed}}, nil, true,
			outcome.Left, true},
		"the file is too large now": {flagged(11, 11), "new", []diff.File{{Path: "a.go", State: diff.TooLarge, Blob: "b2"}}, nil, true,
			outcome.Left, true},
		"nothing was pushed, and the base moved": {flagged(11, 11), "old", []diff.File{file("a.go", "b1", 500, "+x")}, nil, true,
			outcome.Left, true},
		"it was switched off": {flagged(11, 11), "new", []diff.File{before}, nil, false, outcome.Left, true},
		"it was not judged":   {flagged(11, 11), "new", nil, []string{"smells/x"}, true, outcome.Found, false},
		"nothing was judged":  {flagged(11, 11), "new", nil, []string{"*"}, true, outcome.Found, false},
		"outside the hunks, and the file was changed": {flagged(500, 500), "new", []diff.File{file("a.go", "b2", 10, "+two")}, nil, true,
			outcome.Fixed, true},
		"outside the hunks, and the file was not changed": {flagged(500, 500), "new", []diff.File{before}, nil, true, outcome.Left, true},
		"a secret, and the file was changed": {secret, "new", []diff.File{file("a.go", "b2", 10, "+two")}, nil, true,
			outcome.Fixed, true},
		"the change as a whole": {whole, "old", nil, nil, true, outcome.Fixed, true},
	} {
		old := outcome.NewLook("old", []diff.File{before})
		old.Sight(c.finding, false)
		s := old.Sighted[0]
		if c.finding.Family == "secrets" && strings.HasPrefix(s.Anchor, "lines:") {
			t.Error("the line of a secret is digested")
		}
		now := outcome.NewLook(c.head, c.files)
		now.Unjudged = c.unjudged
		if c.judged {
			now.Judged = []string{c.finding.Rule}
		}
		if got, known := now.FateOf(s, "old"); got != c.want || known != c.known {
			t.Errorf("%s: %q %t, want %q %t", name, got, known, c.want, c.known)
		}
	}
	old := outcome.NewLook("old", []diff.File{before})
	old.Sight(flagged(11, 11), false)
	now := outcome.NewLook("old", []diff.File{before})
	now.Judged, now.Unpushed = []string{"smells/x"}, []string{"smells/x"}
	if got, _ := now.FateOf(old.Sighted[0], "old"); got != outcome.Fixed {
		t.Errorf("a rule that a review meets: %q", got)
	}
}
