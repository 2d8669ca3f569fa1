package source

import (
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/settings"
)

// expectNow ends the waiting for reports before it began: a check on the command line has all that it will ever have,
// so its deadline has passed and nobody says anything later. With --only, reports and checks of the other families are
// not expected.
func expectNow(s *change.Snapshot, set *settings.Settings, only []string) {
	set.Reports.Finalise = false
	if len(only) > 0 {
		set.Reports.Expect = slices.DeleteFunc(slices.Clone(set.Reports.Expect),
			func(e settings.Expected) bool { return !slices.Contains(only, e.Kind) })
		set.Checks = slices.DeleteFunc(slices.Clone(set.Checks),
			func(c settings.Check) bool { return !slices.Contains(only, c.Report.Kind) })
	}
	if set.Awaited().Any() {
		s.ReportsClosed = facts.Deadline
	}
}
