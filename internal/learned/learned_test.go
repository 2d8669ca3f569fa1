package learned

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/thread"
)

// record lists dismissals, and remembers since when it was asked.
type record struct {
	all   []thread.Dismissal
	since time.Time
	err   error
}

func (r *record) Dismissals(_ context.Context, _ change.Forge, _ int64, since time.Time) ([]thread.Dismissal, error) {
	r.since = since
	return r.all, r.err
}

// TestOnlyDismissedAdviceTeaches: what people think of a rule's finding changes no advice.
func TestOnlyDismissedAdviceTeaches(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	dismissed := func(origin string) (all []thread.Dismissal) {
		for _, by := range []string{"mona", "hubot", "wendy"} {
			d := thread.Dismissal{Path: "pay/refund.go", By: by, At: now.Add(-time.Hour)}
			d.Fingerprint = origin + by
			d.About.Origin, d.About.Category, d.About.Severity, d.About.Symbol = origin, "naming", "minor", "Refund"
			all = append(all, d)
		}
		return all
	}
	for origin, want := range map[string]bool{"advice": true, "rule": false} {
		r := &record{all: dismissed(origin)}
		got, err := Suppressions(t.Context(), r, change.GitHub, 1, now)
		if err != nil || (len(got) > 0) != want {
			t.Errorf("dismissals of %s teach %v, %v", origin, got, err)
		}
		if !r.since.Equal(now.Add(-lifecycle.Lasts)) {
			t.Errorf("the record is asked since %s", r.since)
		}
	}
	broken := errors.New("broken")
	if _, err := Suppressions(t.Context(), &record{err: broken}, change.GitHub, 1, now); !errors.Is(err, broken) {
		t.Error(err)
	}
}
