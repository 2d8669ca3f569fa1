package policy_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
)

func TestMeasuredInWords(t *testing.T) {
	for want, m := range map[string]policy.Measured{
		"28 of 30 findings were right; fired in 0.4 % of 12,000 changes": {Right: 28, Labelled: 30, Fired: 48, Changes: 12000},
		"30 of 30 findings were right; fired in 6.3 % of 1,000 changes":  {Right: 30, Labelled: 30, Fired: 63, Changes: 1000},
		"3 of 4 findings were right, too few to be sure; fired in 4 of 900 changes": {Right: 3, Labelled: 4, Fired: 4,
			Changes: 900},
		"3 of 3 findings were right, all that there were; fired in 2 of 20,000 changes": {Right: 3, Labelled: 3, All: true, Fired: 2,
			Changes: 20000},
		"fired too rarely to measure: 2 in 12,000 changes": {Fired: 2, Changes: 12000},
		"never fired in 1,234,567 changes. Nobody asks":    {Changes: 1234567, Why: "Nobody\n  asks."},
		"not measured. Approvals are on the forge":         {Why: "Approvals are on the forge."},
	} {
		if got := m.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestMeasuredAtLeast(t *testing.T) {
	for _, c := range []struct {
		right, labelled, percent int
		want                     bool
	}{{19, 20, 95, true}, {18, 20, 95, false}, {0, 0, 95, true}, {0, 1, 80, false}, {24, 30, 80, true}} {
		if got := (policy.Measured{Right: c.right, Labelled: c.labelled}).AtLeast(c.percent); got != c.want {
			t.Errorf("%d of %d at least %d %%: %v", c.right, c.labelled, c.percent, got)
		}
	}
}

// Numbers are written by hand, so those that cannot be are refused.
func TestMeasuredNumbersThatCannotBe(t *testing.T) {
	for measured, want := range map[string]string{
		`{right: 5, labelled: 4, fired: 9, changes: 10, date: "2026-11-28"}`:            "right is at most labelled",
		`{right: 4, labelled: 5, fired: 11, changes: 10, date: "2026-11-28"}`:           "fired at most changes",
		`{right: 4, labelled: 5, fired: 0, changes: 10, date: "2026-11-28"}`:            "did not fire",
		`{right: 4, labelled: 5, fired: 5, changes: 10, date: lately}`:                  `"lately"; it is a day such as`,
		`{right: 1, labelled: 1, all: true, fired: 2, changes: 10, date: "2026-11-28"}`: "all says that every finding",
		`{fired: 0}`:           "say by changes",
		`{useful: 4}`:          "cannot be read",
		`{why: Nobody asked.}`: "",
	} {
		rule := strings.Replace(
			block("demo/one", "warn", "recheck", say("x")),
			"custom:",
			"custom:\n#   measured: "+measured,
			1,
		)
		var problems []string
		for _, p := range demo(t, rule).Lint() {
			problems = append(problems, p.String())
		}
		said := strings.Join(problems, "\n")
		if want == "" && said != "" || !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", measured, said, want)
		}
	}
}

// rare is how many changes must have been looked at before all findings that there were, fewer than thirty, are enough.
const rare = 10_000

// breach says why a rule may not have its default mode, by what was measured of it; empty when it may. The gate's rules
// judge the evaluation and not a change.
func breach(r policy.Rule) string {
	on := r.Mode == finding.Warn || r.Mode == finding.Enforce
	m := r.Measured
	switch {
	case r.Family == policy.GateFamily:
		return ""
	case m == nil:
		return "it says nothing of how often it is right"
	// A reason in words stands for labels that nobody has, and never against labels; a rule that speaks for a family names what
	// nobody looked at.
	case m.Why != "" && (m.Labelled == 0 || r.StandsIn):
		return ""
	case m.Fired >= 30 && !m.Enough():
		return "it fires often enough to be labelled, thirty findings of it"
	case m.Fired == 0:
		return ""
	case !on && !m.Enough() && !m.All:
		return "it fired, and neither thirty findings of it are labelled nor all"
	case !on:
		return ""
	case !m.Enough() && !(m.All && m.Changes >= rare):
		return "fewer than thirty findings of it are labelled, and not all that there are in ten thousand changes"
	case r.Mode == finding.Enforce && !m.AtLeast(95):
		return "it blocks by default, with fewer than 95 % right; lower its mode"
	case !m.AtLeast(80):
		return "it is shown by default, with fewer than 80 % right; lower its mode"
	}
	return ""
}

func TestEveryRuleThatIsOnIsRight(t *testing.T) {
	for _, r := range shipped(t).Rules() {
		if said := breach(r); said != "" {
			t.Errorf("%s: %s", r.ID, said)
		}
	}
}

// The law finds what it is for.
func TestBreachesOfMeasuring(t *testing.T) {
	measured := func(right, labelled, fired int) *policy.Measured {
		return &policy.Measured{Right: right, Labelled: labelled, Fired: fired, Changes: rare}
	}
	all := func(m policy.Measured) *policy.Measured { m.All = true; return &m }
	why := func(m policy.Measured) *policy.Measured { m.Why = "x"; return &m }
	for name, c := range map[string]struct {
		rule policy.Rule
		want string
	}{
		"nothing said":          {policy.Rule{Mode: finding.Warn}, "says nothing"},
		"off, and nothing said": {policy.Rule{Mode: finding.Shadow}, "says nothing"},
		"off, and wrong":        {policy.Rule{Mode: finding.Shadow, Measured: measured(1, 30, 40)}, ""},
		"off, rare and wrong":   {policy.Rule{Mode: finding.Shadow, Measured: all(policy.Measured{Labelled: 2, Fired: 2, Changes: 9})}, ""},
		"off, and few":          {policy.Rule{Mode: finding.Shadow, Measured: measured(2, 2, 2)}, "nor all"},
		"off, and never fired":  {policy.Rule{Mode: finding.Shadow, Measured: measured(0, 0, 0)}, ""},
		"off, and unlabelled":   {policy.Rule{Mode: finding.Shadow, Measured: measured(9, 29, 30)}, "thirty"},
		"the gate":              {policy.Rule{Mode: finding.Enforce, Family: policy.GateFamily}, ""},
		"warns, never fired":    {policy.Rule{Mode: finding.Warn, Measured: measured(0, 0, 0)}, ""},
		"warns, rare and right": {policy.Rule{Mode: finding.Warn, Measured: all(*measured(4, 5, 3))}, ""},
		"warns, rare, not all":  {policy.Rule{Mode: finding.Warn, Measured: measured(4, 5, 3)}, "not all"},
		"warns, in too few changes": {policy.Rule{
			Mode:     finding.Warn,
			Measured: all(policy.Measured{Right: 1, Labelled: 1, Fired: 1, Changes: rare - 1}),
		}, "not all"},
		"warns, rare and wrong":   {policy.Rule{Mode: finding.Warn, Measured: all(*measured(3, 4, 3))}, "80 %"},
		"warns, 80 %":             {policy.Rule{Mode: finding.Warn, Measured: measured(24, 30, 90)}, ""},
		"warns, 77 %":             {policy.Rule{Mode: finding.Warn, Measured: measured(23, 30, 90)}, "80 %"},
		"blocks, 93 %":            {policy.Rule{Mode: finding.Enforce, Measured: measured(28, 30, 90)}, "95 %"},
		"blocks, 97 %":            {policy.Rule{Mode: finding.Enforce, Measured: measured(29, 30, 90)}, ""},
		"blocks, rare and right":  {policy.Rule{Mode: finding.Enforce, Measured: all(*measured(4, 4, 4))}, ""},
		"blocks, rare, one wrong": {policy.Rule{Mode: finding.Enforce, Measured: all(*measured(5, 6, 6))}, "95 %"},
		"blocks, by a reason":     {policy.Rule{Mode: finding.Enforce, Measured: &policy.Measured{Why: "x"}}, ""},
		"a reason against labels": {policy.Rule{Mode: finding.Warn, Measured: why(*all(*measured(2, 3, 3)))}, "80 %"},
		"a reason for too few":    {policy.Rule{Mode: finding.Warn, Measured: why(*measured(3, 3, 3))}, "not all"},
		"fires, unlabelled":       {policy.Rule{Mode: finding.Warn, Measured: measured(0, 0, 30)}, "thirty"},
	} {
		if got := breach(c.rule); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
