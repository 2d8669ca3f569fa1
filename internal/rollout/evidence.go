package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/text"
)

// Evidence is what a rule made of the changes of the past.
type Evidence struct {
	Rule string `json:"rule"`
	// Mode is that of the rule's newest finding; empty when it found nothing.
	Mode finding.Mode `json:"mode"`
	// Pulls counts the changes whose verdicts are still kept, Judged those of them in which the rule was asked.
	Pulls  int `json:"pulls"`
	Judged int `json:"judged"`
	// WouldBlock counts those in which the rule found what blocks in enforce, Blocked those of them that it did block.
	WouldBlock int `json:"would_block"`
	Blocked    int `json:"blocked"`
	// Merged counts those of WouldBlock that were merged, MergedWith those whose last head still had the finding.
	Merged     int `json:"merged"`
	MergedWith int `json:"merged_with_finding"`
	// Reverted counts those of Merged of which a later change says that it reverts them.
	Reverted int `json:"reverted"`
	// Fixed counts those of WouldBlock of which a later head had no such finding, and MedianFix is the median time
	// until then in seconds; 0 without any.
	Fixed     int   `json:"fixed"`
	MedianFix int64 `json:"median_fix_seconds"`
}

// Summary says it in one sentence without its beginning: "would have blocked 14 of the last 200 ..., 3 of them
// were reverted later; median 2 minutes to fix".
func (e Evidence) Summary() string {
	last := fmt.Sprintf("of the last %s", text.Count(e.Pulls, "pull request"))
	switch {
	case e.Pulls == 0:
		return "has no evidence: no verdict is kept"
	case e.Judged == 0:
		return "has no evidence: it was judged in none " + last
	case e.WouldBlock == 0:
		return "would have blocked none " + last + e.asked()
	}
	var s strings.Builder
	fmt.Fprintf(&s, "would have blocked %d %s", e.WouldBlock, last)
	switch {
	case e.Merged == 0:
		s.WriteString(", none of them was merged")
	case e.Reverted == 0:
		s.WriteString(", none of them is known to have been reverted later")
	default:
		fmt.Fprintf(&s, ", %d of them %s reverted later", e.Reverted, text.Plural(e.Reverted, "was", "were"))
	}
	if e.Fixed == 0 {
		s.WriteString("; nobody has fixed one, so the time to fix is not known")
	} else {
		fmt.Fprintf(&s, "; median %s to fix", duration(time.Duration(e.MedianFix)*time.Second))
	}
	s.WriteString(e.asked())
	return s.String()
}

// asked says where the rule was not asked in each of them.
func (e Evidence) asked() string {
	if e.Judged == e.Pulls {
		return ""
	}
	return fmt.Sprintf(" (it was judged in %d of them)", e.Judged)
}

// duration is a duration for people, in its largest unit.
func duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return text.Count(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return text.Count(int(d.Round(time.Minute).Minutes()), "minute")
	case d < 48*time.Hour:
		return text.Count(int(d.Round(time.Hour).Hours()), "hour")
	}
	return text.Count(int(d.Round(24*time.Hour).Hours()/24), "day")
}
