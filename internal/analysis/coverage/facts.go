package coverage

import "github.com/lintel-review/lintel/internal/report"

// Facts is the "coverage" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
// Paths are cut at 400 characters.
type Facts struct {
	// Reported is true when a report of the head counts, and BaseReported when one of the merge base does.
	Reported     bool `json:"reported"`
	BaseReported bool `json:"base_reported"`
	// Trust is "full"; "reduced" when the change edits what makes the numbers; "author" when the author's own code made
	// some of them, as in a fork. TrustWhy says why, one sentence each, at most 20.
	Trust    string   `json:"trust" jsonschema:"enum=full,enum=reduced,enum=author"`
	TrustWhy []string `json:"trust_why"`
	// Reports are the first 100 reports in the order they were given; ReportsMore counts the others.
	Reports     []Report `json:"reports"`
	ReportsMore int      `json:"reports_more"`
	// Patch is about the added lines, Project about all measured lines.
	Patch   Patch   `json:"patch"`
	Project Project `json:"project"`
	// Flags are those of the reports and of the settings, by name. Paths are the patterns of the settings.
	Flags []Part `json:"flags"`
	Paths []Part `json:"paths"`
	// Files are the changed files that count, those with most uncovered lines first, at most 300.
	Files     []File `json:"files"`
	FilesMore int    `json:"files_more"`
	// Absent are the changed source files that no report knows, by path, at most 100.
	Absent     []Absent `json:"absent"`
	AbsentMore int      `json:"absent_more"`
	// Unmatched are the paths of the head's reports that mean no file of the repository.
	Unmatched Unmatched `json:"unmatched"`
	// UnknownLines are the changed files whose added lines could not be read, at most 100.
	UnknownLines     []string `json:"unknown_lines"`
	UnknownLinesMore int      `json:"unknown_lines_more"`
	// Notes are what was put right or left out while the reports were read, at most 20.
	Notes     []string `json:"notes"`
	NotesMore int      `json:"notes_more"`
}

// Report is one coverage report and what became of it.
type Report struct {
	Source string `json:"source"`
	Flag   string `json:"flag"`
	Format string `json:"format"`
	// SHA is the commit that was measured; empty is the one that is judged.
	SHA string `json:"sha"`
	// Base is true for a report of the merge base.
	Base  bool         `json:"base"`
	Trust report.Trust `json:"trust" jsonschema:"enum=full,enum=author"`
	// Counts is false when the report does not count; Why says the reason. Replaced is true when the reason is a later report in its place.
	Counts   bool   `json:"counts"`
	Replaced bool   `json:"replaced"`
	Why      string `json:"why"`
	// Files are how many files of the repository it measured, Unmatched how many of its paths mean none.
	Files     int `json:"files"`
	Unmatched int `json:"unmatched"`
}

// Lines are how many measured lines there are of each kind. Partial lines were reached, but not in all their branches;
// they are not covered.
type Lines struct {
	Measured int `json:"measured"`
	Hits     int `json:"hits"`
	Partials int `json:"partials"`
	Misses   int `json:"misses"`
	// Percent is the rate with two digits, cut and not rounded: "66.66 %", or "no lines".
	Percent string `json:"percent"`
}

// Patch is the coverage of the added lines.
type Patch struct {
	Lines Lines `json:"lines"`
	// Outcome is how the lines stand to the settings: "not_affected" when none was measured, "met", "missed", or
	// "advisory" when the least rate is missed by too few lines to be judged. Without a least rate it is "met".
	Outcome string `json:"outcome" jsonschema:"enum=not_affected,enum=met,enum=advisory,enum=missed"`
}

// Project is the coverage of all measured lines.
type Project struct {
	Head Lines `json:"head"`
	// BelowMin is true when the head has less than the settings ask for.
	BelowMin bool `json:"below_min"`
	// Compared is true when both sides have reports of the same flags; ComparedHead and Base are their lines, Adjusted
	// is the base without the lines that the change removed.
	Compared     bool  `json:"compared"`
	ComparedHead Lines `json:"compared_head"`
	Base         Lines `json:"base"`
	Adjusted     Lines `json:"adjusted"`
	// Dropped is true when the head is further below the base than the settings tolerate. Change is the difference in points, "-0.53".
	Dropped bool   `json:"dropped"`
	Change  string `json:"change"`
	// Carried are flags whose numbers are the merge base's, as far as lines did not change. LeftOut are flags that only
	// one side has; they are not compared.
	Carried []string `json:"carried"`
	LeftOut []string `json:"left_out"`
}

// Part is the coverage of one flag or of the files of one pattern. Asked is true when the settings ask something of it.
type Part struct {
	Name  string `json:"name"`
	Asked bool   `json:"asked"`
	// Reported is true when a report of the head counts for it; Carried when the merge base's numbers stand in for one.
	Reported bool    `json:"reported"`
	Carried  bool    `json:"carried"`
	Patch    Patch   `json:"patch"`
	Project  Project `json:"project"`
}

// File is one changed file.
type File struct {
	Path string `json:"path"`
	// Added counts the added lines; Lines are those of them that were measured.
	Added int   `json:"added"`
	Lines Lines `json:"lines"`
	// Known is false when no report has the file.
	Known bool `json:"known"`
	// Uncovered are the added lines that no test reached wholly, in order, at most 50; lines between them that were not
	// measured do not part them.
	Uncovered     []Range `json:"uncovered"`
	UncoveredMore int     `json:"uncovered_more"`
	// Test is the existing test file that most likely tests it; empty when there is none or nothing is uncovered.
	Test string `json:"test"`
}

// Range is a run of added lines. Partial is true when they were reached and a branch was not.
type Range struct {
	From    int  `json:"from"`
	To      int  `json:"to"`
	Partial bool `json:"partial"`
}

// Absent is a changed source file that no report knows. Counted is true when its added lines count as uncovered.
type Absent struct {
	Path    string `json:"path"`
	Added   int    `json:"added"`
	Counted bool   `json:"counted"`
}

// Unmatched says how much of the reports could not be brought together with the repository.
type Unmatched struct {
	// Names are the first 20 as the reports have them; More counts the others.
	Names []string `json:"names"`
	More  int      `json:"more"`
	// Sources is how many changed files a report should know; Meant are those of them that no report knows and that one
	// of the names may mean, at most 20.
	Sources   int      `json:"sources"`
	Meant     []string `json:"meant"`
	MeantMore int      `json:"meant_more"`
	// Over is true when they are more than the settings tolerate.
	Over bool `json:"over"`
	// Tree is false when the repository's files were not listed, so that only exact paths could be matched.
	Tree bool `json:"tree"`
}

const (
	maxPath    = 400
	maxReports = 100
	maxFiles   = 300
	maxRanges  = 50
	maxEntries = 100
	maxNames   = 20
)
