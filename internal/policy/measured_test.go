package policy_test

import (
	"strings"
	"testing"

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
