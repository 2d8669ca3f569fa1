package policy

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/lintel-review/lintel/internal/sorting"
)

// testLimit bounds one Rego test, so that a loop fails its test and not the run. A test takes milliseconds, and a busy
// machine must fail none.
const testLimit = 2 * time.Minute

// Report is what a run of the Rego tests gave, sorted by file and line.
type Report struct {
	Tests    []TestResult   `json:"tests"`
	Coverage []FileCoverage `json:"coverage"`
	// Covered is the percentage of the expressions of all policies (tests left out) that some test evaluated.
	Covered float64 `json:"covered"`
}

// TestResult is one Rego test.
type TestResult struct {
	// Family is the folder, Name the test's name as in "test_header_too_long".
	Family string `json:"family"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Passed bool   `json:"passed"`
	// Problem says why it failed; empty when it passed. Output is what print wrote.
	Problem  string        `json:"problem,omitempty"`
	Output   string        `json:"output,omitempty"`
	Duration time.Duration `json:"duration"`
}

// FileCoverage is one policy file's part of the coverage.
type FileCoverage struct {
	File    string  `json:"file"`
	Percent float64 `json:"percent"`
	// Missed are the ranges of lines that no test evaluated, as "12" or "12-14".
	Missed []string `json:"missed"`
}

// Failed gives the tests that did not pass.
func (r Report) Failed() []TestResult {
	return slices.DeleteFunc(slices.Clone(r.Tests), func(t TestResult) bool { return t.Passed })
}

// Untested names the families that have rules and no test.
func (r Report) Untested() []string {
	tested := map[string]bool{}
	for _, t := range r.Tests {
		tested[t.Family] = true
	}
	var out []string
	for _, c := range r.Coverage {
		family, _, _ := strings.Cut(c.File, "/")
		if !tested[family] && !slices.Contains(out, family) {
			out = append(out, family)
		}
	}
	return out
}

// Test runs the Rego tests of the trees, those whose "package.name" matches the regular expression filter (empty: all), with coverage.
// The error is for policies that cannot be compiled, a bad filter or an ended context; a failing test is in the report.
func Test(ctx context.Context, trees []fs.FS, filter string) (Report, error) {
	sources, err := load(trees)
	if err != nil {
		return Report{}, err
	}
	schema, err := inputSchema()
	if err != nil {
		return Report{}, err
	}
	coverage := cover.New()
	results, err := tester.NewRunner().
		SetCompiler(newCompiler(schema).WithEnablePrintStatements(true)).
		SetModules(modules(sources)).
		SetTimeout(testLimit).
		SetCoverageQueryTracer(coverage).
		SetCoverageRuns(nil).
		RaiseBuiltinErrors(false).
		Filter(filter).
		RunTests(ctx, nil)
	if err != nil {
		return Report{}, fmt.Errorf("test policies: %w", err)
	}
	var r Report
	for t := range results {
		r.Tests = append(r.Tests, testResult(t))
	}
	if err := ctx.Err(); err != nil {
		return Report{}, fmt.Errorf("test policies: %w", err)
	}
	sorting.By(r.Tests, func(a, b TestResult) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	untested := slices.DeleteFunc(slices.Clone(sources), source.test)
	r.Covered, r.Coverage = coverageOf(coverage.Report(modules(untested)), untested)
	return r, nil
}

func testResult(t *tester.Result) TestResult {
	out := TestResult{
		Family:   strings.TrimSuffix(strings.TrimPrefix(t.Package, "data."+root+"."), "_test"),
		Name:     t.Name,
		File:     t.Location.File,
		Line:     t.Location.Row,
		Passed:   t.Pass(),
		Output:   string(t.Output),
		Duration: t.Duration,
	}
	switch {
	case out.Passed:
	case t.Skip:
		out.Problem = "the test is skipped (its name begins with todo_); finish it or remove it"
	case t.Error != nil:
		out.Problem = t.Error.Error()
	default:
		out.Problem = "the test is false or undefined"
		for name, sub := range t.SubResults.Iter {
			if sub.Fail {
				out.Problem += fmt.Sprintf("; case %s failed", strings.Join(name, "/"))
			}
		}
	}
	return out
}

func coverageOf(report cover.Report, sources []source) (float64, []FileCoverage) {
	var files []FileCoverage
	covered, all := 0, 0
	for _, s := range sources {
		f := report.Files[s.path]
		if f == nil {
			continue
		}
		covered += f.CoveredLines
		all += f.CoveredLines + f.NotCoveredLines
		missed := map[int]string{}
		for _, r := range f.NotCovered {
			missed[r.Start.Row] = fmt.Sprint(r.Start.Row)
			if r.End.Row > r.Start.Row {
				missed[r.Start.Row] = fmt.Sprintf("%d-%d", r.Start.Row, r.End.Row)
			}
		}
		c := FileCoverage{File: s.path, Percent: f.Coverage, Missed: []string{}}
		for _, row := range slices.Sorted(maps.Keys(missed)) {
			c.Missed = append(c.Missed, missed[row])
		}
		files = append(files, c)
	}
	if all == 0 {
		return 0, files
	}
	return 100 * float64(covered) / float64(all), files
}
