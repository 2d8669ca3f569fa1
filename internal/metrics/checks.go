package metrics

import (
	"context"
	"time"
)

// Checks is the set of the checks that Lintel runs, and what counts one that ended. Trees says how many bytes the files of
// changes take in this process's folder, and how many they may take.
func Checks(trees func() (used, quota int64)) (Set, func(outcome string, took time.Duration)) {
	ended := counters("lintel_checks_total",
		"Checks that Lintel ran itself: ran, cached (an equal one ran before), failed (it has no result: it crashed, was killed, "+
			"ran out of something or may not run), stale (a newer head came), retry (a fault of the machine; tried again).", "outcome")
	took := histogram("lintel_check_seconds",
		"How long a check took from its turn to its result, with the time to get the files of the change. Of those that ran or failed.")
	room := Gauges("lintel_check_trees_bytes",
		"Bytes of the mirrors and files of changes in this process's folder: used, and quota, the most of them "+
			"(checks.folder_megabytes). What was not used for longest goes first.", []string{"what"},
		func(context.Context) ([]Sample, error) {
			used, quota := trees()
			return []Sample{{[]string{"used"}, float64(used)}, {[]string{"quota"}, float64(quota)}}, nil
		})
	return Set{append(room.collectors, ended, took)}, func(outcome string, after time.Duration) {
		ended.WithLabelValues(outcome).Inc()
		if outcome == "ran" || outcome == "failed" {
			took.Observe(after.Seconds())
		}
	}
}
