package control

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/gateswitch"
)

// Timed ends what people and operators allowed for a time, and asks for looks at what that concerns.
type Timed interface {
	ExpireOverrides(ctx context.Context, now time.Time) (int, error)
	ExpireGateSwitches(ctx context.Context, now time.Time) ([]gateswitch.Switch, error)
}

// Expire ends overrides and gate switches whose time is over.
func Expire(ctx context.Context, st Timed, log *slog.Logger, now time.Time) error {
	if _, err := st.ExpireOverrides(ctx, now); err != nil {
		return err
	}
	ended, err := st.ExpireGateSwitches(ctx, now)
	for _, s := range ended {
		log.WarnContext(ctx, "the time of a gate switch is over: the rules decide again", "of", s.Scope.Name, "was",
			string(s.State))
	}
	return err
}
