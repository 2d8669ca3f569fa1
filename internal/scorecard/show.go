package scorecard

import (
	"fmt"
	"math"
	"time"
)

// Percent shows a rate with its interval: "29 % (21–39)"; a dash when too little was counted.
func (r *Rate) Percent() string {
	if r == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f %% (%.0f–%.0f)", 100*r.Share, 100*r.Low, 100*r.High)
}

// Change shows the trend in percentage points: "+3", "-12"; a dash when it is not known.
func (c Card) Change() string {
	if c.Trend == nil {
		return "–"
	}
	return fmt.Sprintf("%+.0f", math.Round(100**c.Trend))
}

// MedianFix shows the median time to a fix: "25 min"; a dash when it is not known.
func (c Card) MedianFix() string {
	if c.MedianFixSeconds == nil {
		return "–"
	}
	d := time.Duration(*c.MedianFixSeconds) * time.Second
	switch {
	case d < 100*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 100*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
