package rollout

import (
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	for want, e := range map[string]Evidence{
		"would have blocked 14 of the last 200 pull requests, 3 of them were reverted later; median 2 minutes to fix": {
			Pulls: 200, Judged: 200, WouldBlock: 14, Merged: 12, Reverted: 3, Fixed: 5, MedianFix: 120,
		},
		"would have blocked 1 of the last 1 pull request, 1 of them was reverted later; nobody has fixed one, so the time to fix " +
			"is not known": {Pulls: 1, Judged: 1, WouldBlock: 1, Merged: 1, Reverted: 1},
		"would have blocked 2 of the last 9 pull requests, none of them was merged; median 3 hours to fix (it was judged in 8 of them)": {
			Pulls: 9, Judged: 8, WouldBlock: 2, Fixed: 1, MedianFix: 10_000,
		},
		"would have blocked 2 of the last 9 pull requests, none of them is known to have been reverted later; median 1 second to fix": {
			Pulls: 9, Judged: 9, WouldBlock: 2, Merged: 1, Fixed: 1, MedianFix: 1,
		},
		"would have blocked none of the last 9 pull requests":                              {Pulls: 9, Judged: 9},
		"would have blocked none of the last 9 pull requests (it was judged in 1 of them)": {Pulls: 9, Judged: 1},
		"has no evidence: it was judged in none of the last 9 pull requests":               {Pulls: 9},
		"has no evidence: no verdict is kept":                                              {},
	} {
		if got := e.Summary(); got != want {
			t.Errorf("%+v\n%s\nwant\n%s", e, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		59 * time.Second: "59 seconds", time.Minute: "1 minute", 100 * time.Minute: "100 minutes", 47 * time.Hour: "47 hours",
		72 * time.Hour: "3 days",
	} {
		if got := duration(d); got != want {
			t.Errorf("%s is %s", d, got)
		}
	}
}
