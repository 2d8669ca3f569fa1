package advicejobs

import (
	"context"
	"log/slog"
	"time"
)

// unstepped finds the steps whose jobs were lost, and asks for them again.
type unstepped interface {
	Unstepped(ctx context.Context, before time.Time, limit int) (int, error)
}

// Retry retries the steps that should have begun before a time: their jobs were lost.
func Retry(ctx context.Context, record unstepped, log *slog.Logger, before time.Time) error {
	n, err := record.Unstepped(ctx, before, 100)
	if n > 0 {
		log.InfoContext(ctx, "retrying steps of advice that waited too long", "steps", n)
	}
	return err
}
