package override

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/finding"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		wanted, longest string
		head, base      string
		after           time.Duration
		want            bool
	}{
		{"", "push", "h1", "b1", 1000 * time.Hour, true},
		{"", "push", "h1", "b2", 0, true},
		{"", "push", "h2", "b1", 0, false},
		{"base", "push", "h1", "b2", 0, false},
		{"", "base", "h1", "b1", 0, true},
		{"", "base", "h1", "b2", 0, false},
		{"", "24h", "h1", "b1", 23 * time.Hour, true},
		{"", "24h", "h1", "b1", 24 * time.Hour, false},
		{"", "24h", "h2", "b1", 0, false},
		{"12h", "24h", "h2", "b2", 11 * time.Hour, true},
		{"12h", "24h", "h2", "b2", 12 * time.Hour, false},
		{"2026-03-02", "7d", "h2", "b2", 11 * time.Hour, true},
		{"2026-03-02", "7d", "h1", "b1", 12 * time.Hour, false},
	} {
		l, err := Last(c.wanted, c.longest, "b1", now)
		o := Override{State: Active, Head: "h1", Lasting: l}
		if got := o.Holds(c.head, c.base, now.Add(c.after)); got != c.want || err != nil {
			t.Errorf("%+v: %v, %v (ends with %s)", c, got, err, o.Ends())
		}
		for _, state := range []State{Proposed, Revoked, Expired, ""} {
			o.State = state
			if o.Holds("h1", "b1", now) {
				t.Errorf("%s holds", state)
			}
		}
	}
	if (Override{State: Active}).Holds("", "", now) || (Override{State: Active, Lasting: Lasting{Pushes: true}}).Holds("h", "", now) {
		t.Error("an override without a head, or without an end, holds")
	}
}

func TestLastRefuses(t *testing.T) {
	for _, c := range []struct{ wanted, longest, want string }{
		{"24h", "push", "until the next push at the longest"},
		{"push", "base", "until the next push to the base branch"},
		{"48h", "24h", "for 24h at the longest"},
		{"2027-01-01", "7d", "for 7d at the longest"},
		{"2025-01-01", "7d", "over already"},
		{"forever", "7d", "a duration such as 24h"},
		{"-1h", "7d", "a duration such as 24h"},
		{"99999999d", "7d", "a duration such as 24h"},
		{"h", "7d", "a duration such as 24h"},
	} {
		if _, err := Last(c.wanted, c.longest, "b1", now); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestCovers(t *testing.T) {
	f := finding.Finding{Rule: "size/lines", Fingerprint: "sha256:abcdef0123"}
	for _, c := range []struct {
		rule, finding string
		want          bool
	}{{"size/lines", "", true}, {"size/files", "", false}, {"size/lines", "abcdef01", true}, {"size/lines", "bcdef012", false}} {
		if got := (Override{Rule: c.rule, Finding: c.finding}).Covers(f); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"docs/", "docs/a/b.md", true}, {"docs/", "x/docs/a.md", true}, {"/docs/", "x/docs/a.md", false}, {"docs", "docsx/a.md", false},
		{"*.sql", "db/x.sql", true}, {"*.sql", "db/x.sql.go", false}, {"db/*.sql", "db/x.sql", true}, {"db/*.sql", "db/a/x.sql", false},
		{"db/**/x.sql", "db/x.sql", true}, {"db/**/x.sql", "db/a/b/x.sql", true}, {"db/**", "db/a/b", true}, {"a?c", "abc", true},
		{"a.c", "abc", false}, {"**", "any/thing", true}, {"api/v1", "api/v1/x.go", true}, {"pay/", "repay/x.go", false},
	} {
		o := Override{Rule: "r/r", In: c.pattern}
		if got := o.Covers(finding.Finding{Rule: "r/r", Path: c.path}); got != c.want {
			t.Errorf("%s in %s: %v", c.path, c.pattern, got)
		}
	}
	if (Override{Rule: "r/r", In: "**"}).Covers(finding.Finding{Rule: "r/r"}) {
		t.Error("a finding of no path is in a pattern")
	}
}
