package lint

import (
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
)

// Facts is the "lint" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
type Facts struct {
	// Reports are the lint reports in the order they came, at most 100; ReportsMore counts the others.
	Reports     []Report `json:"reports"`
	ReportsMore int      `json:"reports_more"`
	// Tools are those that reports of the head speak of, by name, at most 100.
	Tools []Tool `json:"tools"`
	// Missing are the required tools of which no report of the head proves anything, and why.
	Missing []Missing `json:"missing"`
	// Findings are those to be looked at, the worst first, at most 200. More counts the others, and Rest has them by
	// tool and rule, most first, at most 20.
	Findings []Finding `json:"findings"`
	More     int       `json:"more"`
	Rest     []Count   `json:"rest"`
	// MoreBlocking are those of More that may block.
	MoreBlocking int `json:"more_blocking"`
	// Outside counts the findings that the filter leaves out, Known those that the report of the merge base has too,
	// Ignored those of ignored paths and of rules that are off, Uncounted those that were beyond the limits of a
	// report, so that nothing is known of their place.
	Outside   int `json:"outside"`
	Known     int `json:"known"`
	Ignored   int `json:"ignored"`
	Uncounted int `json:"uncounted"`
	// UncountedErrors are those of Uncounted that are errors.
	UncountedErrors int `json:"uncounted_errors"`
	// Unread are changed files with errors in them of which the changed lines are not known, at most 20; UnreadMore counts the others.
	Unread     []string `json:"unread"`
	UnreadMore int      `json:"unread_more"`
}

// Report is one lint report.
type Report struct {
	Source string `json:"source"`
	Flag   string `json:"flag"`
	Format string `json:"format"`
	// Tools are the names of the tools that it speaks of, at most 20.
	Tools []string `json:"tools"`
	// Base is true for a report of the merge base.
	Base bool `json:"base"`
	// Trust is "author" when it was made by code of the change's own author.
	Trust report.Trust `json:"trust" jsonschema:"enum=full,enum=author"`
	// Counts is false when it is not used, and Why says why. Unreadable is true when that is because it could not be read.
	Counts     bool   `json:"counts"`
	Why        string `json:"why"`
	Unreadable bool   `json:"unreadable"`
	// Findings counts all that are in it, Skipped the entries that could not be read, and More the findings beyond the limits.
	Findings int `json:"findings"`
	Skipped  int `json:"skipped"`
	More     int `json:"more"`
	// Unresolved are names in it that mean no file of the repository, at most 20; UnresolvedMore counts the others,
	// Unplaced the findings with such names. Foreign is true when no name in it means a file, or may mean a changed
	// one.
	Unresolved     []string `json:"unresolved"`
	UnresolvedMore int      `json:"unresolved_more"`
	Unplaced       int      `json:"unplaced"`
	Foreign        bool     `json:"foreign"`
	// Unmatched are those of these names that may mean a changed file and that errors stand under, at most 20;
	// UnmatchedMore counts the others, UnmatchedErrors the errors.
	Unmatched       []string `json:"unmatched"`
	UnmatchedMore   int      `json:"unmatched_more"`
	UnmatchedErrors int      `json:"unmatched_errors"`
	// Notes are what its reader left out.
	Notes []string `json:"notes"`
}

// Tool is one tool over all reports of the head that count.
type Tool struct {
	Name string `json:"name"`
	// Failed is true when it failed in one of them, and Why is what it said.
	Failed   bool   `json:"failed"`
	Why      string `json:"why"`
	Required bool   `json:"required"`
	// Compared is true when a report of the merge base has this tool too, so that new findings can be told from old ones.
	Compared bool `json:"compared"`
}

// Missing is a required tool without proof.
type Missing struct {
	Tool string `json:"tool"`
	Why  string `json:"why"`
}

// Count is how many findings a tool's rule has.
type Count struct {
	Tool     string `json:"tool"`
	Rule     string `json:"rule"`
	Severity string `json:"severity" jsonschema:"enum=error,enum=warning,enum=notice"`
	Count    int    `json:"count"`
}

// Finding is one finding of a linter.
type Finding struct {
	Tool string `json:"tool"`
	Rule string `json:"rule"`
	// Severity is the tool's own, unless the settings give another.
	Severity string `json:"severity" jsonschema:"enum=error,enum=warning,enum=notice"`
	// Path is empty for a finding about no file; Line is 0 for one about a whole file.
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Message string `json:"message"`
	// Help is the address of the rule's page at a site that is known to hold such pages; empty otherwise.
	Help string `json:"help"`
	// Place says where it is: on an "added" line, on a "context" line that the diff shows, "elsewhere" in a changed
	// file, on a changed "file" as a whole, in a changed file whose lines are "unknown", or "outside" of the changed
	// files.
	Place string `json:"place" jsonschema:"enum=added,enum=context,enum=elsewhere,enum=file,enum=unknown,enum=outside"`
	// New is true when the tool was compared with the merge base, and had no such finding there.
	New bool `json:"new"`
	// Blind is true when the tool could not read the file at all.
	Blind bool `json:"blind"`
	// May says whether it may block: it is on an added line, in an added file, new against the merge base, or the tool
	// could not read a changed file.
	May bool `json:"may"`
	// Author is true when the report was made by code of the change's own author.
	Author bool `json:"author"`
	// Key stays the same when the line moves.
	Key string `json:"key"`
	// Suggestion is null unless a correction applies exactly to the head.
	Suggestion *report.Suggestion `json:"suggestion"`
}

// The places of a finding.
const (
	Added     = "added"
	Context   = "context"
	Elsewhere = "elsewhere"
	File      = "file"
	Unknown   = "unknown"
	Outside   = "outside"
)

const (
	maxReports  = 100
	maxTools    = 100
	maxNames    = 20
	maxFindings = 200
	maxRest     = 20
	maxText     = 300
	maxMessage  = 1000
)

func clips(texts []string, n int) []string {
	out := []string{}
	for _, t := range texts[:min(len(texts), n)] {
		out = append(out, text.Clip(t, maxText))
	}
	return out
}
