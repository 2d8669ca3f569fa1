package config

import "time"

// Flow is what Lintel keeps of how pull requests go.
type Flow struct {
	BackfillDays int `json:"backfill_days" jsonschema:"minimum=0,maximum=3650"`
}

func defaultFlow() Flow { return Flow{BackfillDays: 90} }

// Since is the time since which the past of a new repository is read; zero for none.
func (f Flow) Since(now time.Time) time.Time {
	if f.BackfillDays == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -f.BackfillDays).UTC().Truncate(24 * time.Hour)
}

// flowKeys describes the keys from flow on.
var flowKeys = map[string]string{
	"flow": "What Lintel keeps of how pull requests go; docs/backfill.md.",
	"flow.backfill_days": "How many days of a repository's past are read when it is new here, from the forge and within four " +
		"fifths of its limit. 0 reads none.",
}
