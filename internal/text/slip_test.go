package text

import "testing"

func TestOneSlip(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"actions", "actions", false}, {"actions", "action", true}, {"action", "actions", true}, {"actions", "actoins", true},
		{"actions", "actionz", true}, {"actions", "xactions", true}, {"actions", "act", false}, {"ab", "ba", true}, {"", "a", true},
		{"", "", false}, {"abcd", "badc", false}, {"grün", "gran", true}, {"abc", "acb", true}, {"abc", "cba", false},
	} {
		if got := OneSlip(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: %v", c.a, c.b, got)
		}
	}
}
