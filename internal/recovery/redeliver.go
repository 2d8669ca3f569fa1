package recovery

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

const (
	// deliveriesKept is how long GitHub can send a delivery again.
	deliveriesKept = 3 * 24 * time.Hour
	// sweptMark names the time up to which the delivery log was read.
	sweptMark = "deliveries-swept"
	// overlap re-reads the end of the last sweep's time: the log is not written at once.
	overlap = 10 * time.Minute
)

// Redeliver asks GitHub again for the deliveries that never reached us.
func (rc *Recovery) Redeliver(ctx context.Context) error {
	start := rc.now()
	since := start.Add(-deliveriesKept)
	text, err := rc.store.Mark(ctx, sweptMark)
	if err != nil {
		return err
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		// A mark that lies ahead is by a clock that was set back.
		if at := time.UnixMilli(ms).Add(-overlap); at.After(since) && !at.After(start) {
			since = at
		}
	}
	missed, err := rc.forge.Missed(ctx, since)
	if err != nil {
		return err
	}
	asked, swept := 0, start
	for _, m := range missed {
		if err := rc.forge.Redeliver(ctx, m.ID); err != nil {
			if !answered(err) {
				return err
			}
			// The answer may change, so the next sweep starts with this delivery again, for as long as GitHub keeps it. It is logged once.
			if at := m.At.Add(overlap); at.Before(swept) {
				swept = at
			}
			if _, logged := rc.stuck.LoadOrStore(m.GUID, true); !logged {
				rc.log.WarnContext(ctx, "a lost delivery cannot be sent again now; it is asked for again", "delivery",
					m.GUID, "event", m.Event,
					"error", err.Error())
			}
			continue
		}
		rc.stuck.Delete(m.GUID)
		asked++
	}
	if asked > 0 {
		rc.log.InfoContext(ctx, "asked GitHub again for deliveries that failed", "deliveries", asked, "since", since)
	}
	return rc.store.SetMark(ctx, sweptMark, strconv.FormatInt(swept.UnixMilli(), 10))
}

// answered reports whether the forge said that it will not send a delivery again, or answered in a way that nobody can read.
func answered(err error) bool {
	var refused *change.Refused
	var unread *change.Unread
	return errors.As(err, &refused) || errors.As(err, &unread)
}
