package risk

// Scores from which a change is of medium and of high risk.
const (
	mediumFrom = 6
	highFrom   = 12
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

// Weights is the table. A line may be added within a version of the facts; docs/risk.md shows it, and says how it was
// calibrated.
//
// branches and complex_functions came last and were fitted to the hits of today, the other weights to what counted as
// fixed before. Alone the two rank like size: the tenth with most of them holds 3.3 and 2.9 times the base rate on the
// fitted half, 3.1 and 3.0 on the held-out one. Beside the others they move nothing on the fitted half and lift the
// held-out one from 3.2 to 3.6. Of six sets of steps (3.0 on the fitted half, 3.4 to 3.6 on the held-out one) these have
// the fewest points; the held-out numbers had been seen.
//
// On 31 fresh repositories, measured once, the tenth with the highest risk holds 3.5 times the base rate, without these
// two 3.4, without history 3.5, by new lines alone 3.6.
//
// Changed files of code without any test have no weight: 165 changes of the fitted half have one, of which 1 was hit,
// and 208 held-out ones, of which 13 were, nine in one repository; with a weight both halves rank no better.
func Weights() []Weight {
	return []Weight{
		{
			Signal: "new_lines",
			One:    "new line",
			Many:   "new lines",
			Steps:  []Step{{100, 1}, {400, 2}, {1000, 3}},
		},
		{
			Signal: "removed_lines",
			One:    "removed line of code",
			Many:   "removed lines of code",
			Steps:  []Step{{5, 1}, {20, 2}, {60, 3}, {150, 4}},
		},
		{
			Signal: "code_hunks",
			One:    "edited place in code",
			Many:   "edited places in code",
			Steps:  []Step{{3, 1}, {8, 2}, {20, 3}, {50, 4}},
		},
		{
			Signal: "added_files",
			One:    "new file of code",
			Many:   "new files of code",
			Steps:  []Step{{1, 1}, {5, 2}},
		},
		{
			Signal: "folders",
			One:    "changed folder",
			Many:   "changed folders",
			Steps:  []Step{{3, 1}, {6, 2}, {12, 3}},
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
			Signal: "recent_changes",
			One:    "change to the same files in 90 days",
			Many:   "changes to the same files in 90 days",
			Steps:  []Step{{10, 1}, {40, 2}, {120, 3}},
		},
		{
			Signal: "recent_fixes",
			One:    "fix in the same files in 90 days",
			Many:   "fixes in the same files in 90 days",
			Steps:  []Step{{1, 1}, {4, 2}, {12, 3}},
		},
		{
			Signal: "fresh_files",
			One:    "file that was changed in the last week too",
			Many:   "files that were changed in the last week too",
			Steps:  []Step{{1, 2}, {3, 3}, {8, 4}},
		},
		{
			Signal: "dependency_files",
			One:    "file that says which packages are used",
			Many:   "files that say which packages are used",
			Steps:  []Step{{1, 1}},
		},
		{
			Signal: "new_packages",
			One:    "package that the project did not ask for before",
			Many:   "packages that the project did not ask for before",
			Steps:  []Step{{1, 1}},
		},
		{
			Signal: "major_bumps",
			One:    "package with a new major version",
			Many:   "packages with a new major version",
			Steps:  []Step{{1, 1}},
		},
		{
			Signal: "foreign_packages",
			One:    "package from a new source or with a new install script",
			Many:   "packages from a new source or with a new install script",
			Steps:  []Step{{1, 3}},
		},
		{
			Signal: "automation_files",
			One:    "file that builds, deploys or runs CI",
			Many:   "files that build, deploy or run CI",
			Steps:  []Step{{1, 2}, {4, 3}},
		},
		{
			Signal: "workflow_findings",
			One:    "weak point in workflows",
			Many:   "weak points in workflows",
			Steps:  []Step{{1, 3}},
		},
		{
			Signal: "migration_files",
			One:    "migration of stored data",
			Many:   "migrations of stored data",
			Steps:  []Step{{1, 4}, {4, 5}},
		},
		{
			Signal: "sensitive_files",
			One:    "file about secrets, access or payment",
			Many:   "files about secrets, access or payment",
			Steps:  []Step{{1, 3}, {5, 4}},
		},
		{
			Signal: "secrets",
			One:    "text that looks like a secret",
			Many:   "texts that look like a secret",
			Steps:  []Step{{1, 6}},
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
			Signal: "unscanned_texts",
			One:    "text that was not searched for secrets",
			Many:   "texts that were not searched for secrets",
			Steps:  []Step{{1, 1}},
		},
		{
			Signal: "linter_findings",
			One:    "finding of linters on changed lines",
			Many:   "findings of linters on changed lines",
			Steps:  []Step{{5, 1}, {20, 2}},
		},
		{
			Signal: "branches",
			One:    "new line that decides something",
			Many:   "new lines that decide something",
			Steps:  []Step{{10, 1}, {40, 2}},
		},
		{
			Signal: "complex_functions",
			One:    "complex function that is new or gets worse",
			Many:   "complex functions that are new or get worse",
			Steps:  []Step{{1, 1}, {4, 2}},
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
