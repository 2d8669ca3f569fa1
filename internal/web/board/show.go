package board

import (
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/render/chart"
)

// dash stands for what is not known.
const dash = "–"

// duration writes seconds for people; a dash when they are not known.
func duration(seconds *int64) string {
	if seconds == nil {
		return dash
	}
	return chart.Seconds.Format(float64(*seconds))
}

// percent writes a share of 1.
func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// day writes a day of the zone of t.
func day(t time.Time) string { return t.Format("2 Jan 2006") }

// moment writes a time to the minute in a zone.
func moment(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return dash
	}
	return t.In(zone).Format("2 Jan 2006, 15:04")
}

// waited is how long something has waited.
func waited(now, since time.Time) string {
	return chart.Seconds.Format(max(0, now.Sub(since).Seconds()))
}

// ago is how long before now something was, rounded.
func ago(now, t time.Time) string {
	return chart.Seconds.Format(max(0, now.Sub(t).Seconds())) + " ago"
}

// changed says how a median or a rate changed, with its interval; "" when that is not known. What lies within the
// interval of no change is said to be none.
func changed(d *figure.Difference, format func(float64) string) string {
	if d == nil {
		return ""
	}
	signed := func(v float64) string {
		if v < 0 {
			return "−" + format(-v)
		}
		return "+" + format(v)
	}
	between := signed(d.Low) + " to " + signed(d.High)
	if !d.Sure() {
		return "≈ no clear change (" + between + ")"
	}
	arrow := "▲ "
	if d.By < 0 {
		arrow = "▼ "
	}
	return arrow + signed(d.By) + " (" + between + ")"
}

func asDuration(v float64) string { return chart.Seconds.Format(v) }

// points is a difference of shares in percentage points.
func points(v float64) string { return fmt.Sprintf("%.0f points", 100*v) }

func float(v *int64) *float64 {
	if v == nil {
		return nil
	}
	f := float64(*v)
	return &f
}
