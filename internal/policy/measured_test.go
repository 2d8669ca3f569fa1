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
		`{right: 5, labelled: 4, fired: 9, changes: 10, date: "2026-11-28"}`:  "right is at most labelled",
		`{right: 4, labelled: 5, fired: 11, changes: 10, date: "2026-11-28"}`: "fired at most changes",
		`{right: 4, labelled: 5, fired: 0, changes: 10, date: "2026-11-28"}`:  "did not fire",
		`{right: 4, labelled: 5, fired: 5, changes: 10, date: lately}`:        `"lately"; it is a day such as`,
		`{fired: 0}`:           "say by changes",
		`{useful: 4}`:          "cannot be read",
		`{why: Nobody asked.}`: "",
	} {
		rule := strings.Replace(block("demo/one", "warn", "recheck", say("x")), "custom:", "custom:\n#   measured: "+measured, 1)
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

// below are rules that are on although the labels that there are say otherwise, with the reason. For all others a reason
// stands for labels that nobody has, and never against labels.
var below = map[string]string{
	"secrets/leaked": "history that was merged and kept holds no leaks, but keys that were published on purpose",
	"tests/unread":   "it names what no rule looked at",
}

// breach says why a rule may not have its default mode, by what was measured of it; empty when it may. The gate's rules
// judge the evaluation and not a change.
func breach(r policy.Rule) string {
	on := r.Mode == finding.Warn || r.Mode == finding.Enforce
	m, bar := r.Measured, 80
	if r.Mode == finding.Enforce {
		bar = 95
	}
	switch {
	case !on || r.Family == policy.GateFamily:
	case m == nil:
		return "it is on by default and says nothing of how often it is right"
	case m.Why != "" && (m.Labelled == 0 || m.AtLeast(bar) || r.StandsIn || below[r.ID] != ""):
	case m.Fired >= 30 && !m.Enough():
		return "it fires often enough to be labelled, thirty findings of it"
	case r.Mode == finding.Enforce && !(m.Enough() && m.AtLeast(95)):
		return "it blocks by default, with fewer than 95 % of thirty findings right; lower its mode, or say why"
	case !m.AtLeast(80):
		return "it is shown by default, with fewer than 80 % right; lower its mode, or say why"
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
	few, many, wrong := &policy.Measured{Right: 3, Labelled: 3, Fired: 3, Changes: 9000},
		&policy.Measured{Right: 28, Labelled: 30, Fired: 90, Changes: 9000},
		&policy.Measured{Right: 1, Labelled: 2, Fired: 2, Changes: 9000}
	for name, c := range map[string]struct {
		rule policy.Rule
		want string
	}{
		"nothing said":          {policy.Rule{Mode: finding.Warn}, "says nothing"},
		"off":                   {policy.Rule{Mode: finding.Shadow}, ""},
		"the gate":              {policy.Rule{Mode: finding.Enforce, Family: policy.GateFamily}, ""},
		"warns, rare and right": {policy.Rule{Mode: finding.Warn, Measured: few}, ""},
		"warns and is wrong":    {policy.Rule{Mode: finding.Warn, Measured: wrong}, "80 %"},
		"blocks, 93 %":          {policy.Rule{Mode: finding.Enforce, Measured: many}, "95 %"},
		"blocks, of few":        {policy.Rule{Mode: finding.Enforce, Measured: few}, "95 %"},
		"blocks, with a reason": {policy.Rule{Mode: finding.Enforce, Measured: &policy.Measured{Why: "x"}}, ""},
		"a reason against labels": {policy.Rule{Mode: finding.Warn,
			Measured: &policy.Measured{Why: "x", Right: 2, Labelled: 3, Fired: 3, Changes: 90}}, "80 %"},
		"blocks by a reason against labels": {policy.Rule{Mode: finding.Enforce,
			Measured: &policy.Measured{Why: "x", Right: 5, Labelled: 6, Fired: 6, Changes: 90}}, "95 %"},
		"fires, unlabelled": {policy.Rule{Mode: finding.Warn, Measured: &policy.Measured{Fired: 30, Changes: 90}}, "thirty"},
	} {
		if got := breach(c.rule); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
