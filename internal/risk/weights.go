package risk

// Scores from which a change is of medium and of high risk.
const (
	mediumFrom = 4
	highFrom   = 8
)

// Weight is one line of the table: what a signal counts, and how many points which count gives.
type Weight struct {
	Signal string
	// One and Many are the counted thing as people read it.
	One, Many string
	// Steps are in rising order of both numbers: the last one that is reached gives the points.
	Steps []Step
}

// Step gives points from a count on.
type Step struct{ From, Points int }

// Weights is the table. A line may be added within a version of the facts; docs/risk.md shows it.
func Weights() []Weight {
	return []Weight{
		{
			Signal: "new_lines",
			One:    "new line",
			Many:   "new lines",
			Steps:  []Step{{100, 1}, {300, 2}, {600, 3}, {1200, 4}},
		},
		{
			Signal: "files",
			One:    "file with new lines",
			Many:   "files with new lines",
			Steps:  []Step{{10, 1}, {25, 2}, {60, 3}},
		},
		{
			Signal: "folders",
			One:    "changed folder",
			Many:   "changed folders",
			Steps:  []Step{{5, 1}, {12, 2}},
		},
		{
			Signal: "owner_groups",
			One:    "group of owners",
			Many:   "groups of owners",
			Steps:  []Step{{2, 1}, {4, 2}},
		},
		{
			Signal: "uncovered_lines",
			One:    "added line that no test reaches",
			Many:   "added lines that no test reaches",
			Steps:  []Step{{10, 1}, {50, 2}, {200, 3}},
		},
		{
			Signal: "dependency_files",
			One:    "file that says which packages are used",
			Many:   "files that say which packages are used",
			Steps:  []Step{{1, 1}, {4, 2}},
		},
		{
			Signal: "automation_files",
			One:    "file that builds, deploys or runs CI",
			Many:   "files that build, deploy or run CI",
			Steps:  []Step{{1, 2}, {4, 3}},
		},
		{
			Signal: "migration_files",
			One:    "migration of stored data",
			Many:   "migrations of stored data",
			Steps:  []Step{{1, 3}, {4, 4}},
		},
		{
			Signal: "sensitive_files",
			One:    "file about secrets, access or payment",
			Many:   "files about secrets, access or payment",
			Steps:  []Step{{1, 2}, {5, 3}},
		},
		{
			Signal: "rule_files",
			One:    "file that rules reviews",
			Many:   "files that rule reviews",
			Steps:  []Step{{1, 2}},
		},
		{
			Signal: "unread_files",
			One:    "file whose lines are not known",
			Many:   "files whose lines are not known",
			Steps:  []Step{{1, 2}, {10, 4}},
		},
		{
			Signal: "linter_findings",
			One:    "finding of linters on changed lines",
			Many:   "findings of linters on changed lines",
			Steps:  []Step{{5, 1}, {20, 2}},
		},
	}
}

// points are those of the last step that a count reaches.
func (w Weight) points(n int) int {
	points := 0
	for _, s := range w.Steps {
		if n >= s.From {
			points = s.Points
		}
	}
	return points
}
