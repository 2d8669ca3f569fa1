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

func (s *steps) Withdraw(context.Context, change.Ref) error {
	s.done = append(s.done, "withdraw")
	return s.fail
}

func (s *steps) Accept(context.Context, change.Event) (intake.Result, error) {
	s.done = append(s.done, "store")
	return intake.Result{}, nil
}

// TestApprovalIsTakenBackFirst: what was approved may be something else from a push on, so the approval goes before
// anything else is done; what cannot change the code or the target leaves it.
func TestApprovalIsTakenBackFirst(t *testing.T) {
	for name, c := range map[string]struct {
		ev   change.Event
		fail error
		want string
	}{
		"a push": {change.Event{Kind: change.Updated, Action: "update", Before: "abc", Facts: []string{"title"}}, nil,
			"withdraw store"},
		"perhaps a retarget":   {change.Event{Kind: change.Updated, Action: "update"}, nil, "withdraw store"},
		"a title":              {change.Event{Kind: change.Updated, Action: "update", Facts: []string{"title"}}, nil, "store"},
		"an opening":           {change.Event{Kind: change.Updated, Action: "open"}, nil, "store"},
		"a comment":            {change.Event{Kind: change.Ignored, Action: "update"}, nil, "store"},
		"GitLab does not hear": {change.Event{Kind: change.Updated, Before: "abc"}, errors.New("down"), "withdraw store"},
	} {
		s := &steps{fail: c.fail}
		if _, err := (withdrawing{s, s, slog.New(slog.DiscardHandler)}).Accept(t.Context(), c.ev); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(s.done, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
