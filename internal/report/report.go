// Package report is what a CI job's report says: which lines a test run reached, and what a linter found. It holds no
// parser and knows no forge. The values are plain data with stable JSON names, so that they can be stored and read
// again.
//
// Callers may rely on: line ranges are sorted, apart from each other and merged where they touch with the same state;
// what was cut off is counted. Paths are as the report has them, and stay so when a report is kept: which file of the
// repository they mean is found each time a change is judged.
package report

// Kind is what a report is about.
type Kind string

// The kinds of reports.
const (
	CoverageKind Kind = "coverage"
	LintKind     Kind = "lint"
)

// Trust says who could have written the numbers.
type Trust string

// The levels of trust. Numbers of Author were made by code of the change's own author, as from a fork.
const (
	FullTrust   Trust = "full"
	AuthorTrust Trust = "author"
)

// Report is one report of one job.
type Report struct {
	Kind Kind `json:"kind"`
	// Format is the name of the file's format, "lcov" or "sarif"; never "auto".
	Format string `json:"format"`
	// Flag names the part of the tests or the job that it came from, "unit"; empty when there is only one.
	Flag string `json:"flag"`
	// Tool is what made the numbers, as far as the report says.
	Tool string `json:"tool"`
	// SHA is the commit that was measured; empty is the head that is judged.
	SHA string `json:"sha"`
	// Base is true for a report of the merge base, to which the head's is compared.
	Base bool `json:"base"`
	// Source is a file's name or an upload's id.
	Source string `json:"source"`
	// Check names the check of the settings whose result it is, when Lintel ran that itself; empty for what others sent.
	// Problem then says why there is no result.
	Check string `json:"check,omitempty"`
	// Cached is true when the result is that of an earlier run with the same key.
	Cached bool `json:"cached,omitempty"`
	// Files counts the files that a check was given whose tool works by file, and Known those of them whose part of the
	// result is that of an earlier run.
	Files int   `json:"files,omitempty"`
	Known int   `json:"known,omitempty"`
	Trust Trust `json:"trust"`
	// Coverage is set for CoverageKind and Lint for LintKind, unless Problem says why the report could not be read.
	Coverage *Coverage `json:"coverage,omitempty"`
	Lint     *Lint     `json:"lint,omitempty"`
	Problem  string    `json:"problem"`
}
