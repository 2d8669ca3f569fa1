package figure

import "time"

// RecentDays is the window of gauges: four weeks, so that each weekday counts the same.
const RecentDays = 28

// Recent are the figures of the last RecentDays, as gauges show them.
type Recent struct {
	// Scopes are all changes of people into default branches, with an empty team, and those of each team.
	Scopes []Scope
	// Open counts open changes of people by who can act.
	Open map[string]int64
	// Newest is when the newest event happened; zero when there is none.
	Newest time.Time
}

// Scope are the figures of one team.
type Scope struct {
	Team          string
	Cycle, Pickup Percentiles
	Totals        Totals
}
