package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/intake"
)

// steps notes what is done, in order.
type steps struct {
	done []string
	fail error
}

func (s *steps) Suspend(_ context.Context, _ change.Ref, _ string, pushed bool) error {
	s.done = append(s.done, map[bool]string{true: "push", false: "retarget"}[pushed])
	return s.fail
}

func (s *steps) Accept(_ context.Context, ev change.Event) (intake.Result, error) {
	s.done = append(s.done, map[bool]string{true: "store, publish again", false: "store"}[ev.Again])
	return intake.Result{}, nil
}

// TestMergingIsSuspendedFirst: what may merge may be something else from a push on, or with another target, so that goes
// before anything else is done; what cannot change the code or the target leaves it.
func TestMergingIsSuspendedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		ev   change.Event
		fail error
		want string
	}{
		"a push": {change.Event{Kind: change.Updated, Action: "update", Before: "abc", Facts: []string{"title"}}, nil,
			"push store"},
		"perhaps a retarget":   {change.Event{Kind: change.Updated, Action: "update"}, nil, "retarget store, publish again"},
		"a title":              {change.Event{Kind: change.Updated, Action: "update", Facts: []string{"title"}}, nil, "store"},
		"an opening":           {change.Event{Kind: change.Updated, Action: "open"}, nil, "store"},
		"a comment":            {change.Event{Kind: change.Ignored, Action: "update"}, nil, "store"},
		"GitLab does not hear": {change.Event{Kind: change.Updated, Before: "abc"}, errors.New("down"), "push store"},
	} {
		s := &steps{fail: c.fail}
		if _, err := (suspending{s, s, slog.New(slog.DiscardHandler)}).Accept(t.Context(), c.ev); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(s.done, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
