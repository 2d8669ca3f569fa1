package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

type export struct {
	config.DatabaseFlags
	Since string `placeholder:"WHEN" help:"From this day, time or age on: 2026-03-01, 2026-03-01T12:00:00Z, 36h. Default: all."`
}

// Help is shown below the flags' summary.
func (export) Help() string {
	return `Writes one JSON object a line, oldest first, as docs/audit.md describes. lintel audit verify FILE verifies what
was written.

Examples:

    lintel audit export --config /etc/lintel/server.yml --since 2026-03-01 > march.jsonl`
}

// Run writes the records to the output.
func (c export) Run(ctx context.Context, t terminal.Terminal) error {
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, t, c.DatabaseFlags, func(st *store.Store) error {
		w := bufio.NewWriter(t.Out)
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		err := st.Audit(ctx, since, func(r audit.Record) error { return lines.Encode(r) })
		return errors.Join(err, w.Flush())
	})
}

// parseSince reads a day, a time or how long ago.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, nil
		}
	}
	if ago, err := time.ParseDuration(s); err == nil && ago > 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, &usage.Error{
		What:   fmt.Sprintf("--since %q is no day, no time and no duration", s),
		Remedy: "write 2026-03-01, 2026-03-01T12:00:00Z or 36h",
	}
}
