package settings

import (
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Reports is which reports of CI a verdict waits for: the completeness contract.
type Reports struct {
	// Expect are the reports that must arrive before the check concludes.
	Expect []Expected `json:"expect" jsonschema:"maxItems=100"`
	// Finalise waits for CI's word that it has sent everything, whatever is expected.
	Finalise bool `json:"finalise"`
	// Deadline is how long a head waits, as "30m". Use Wait.
	Deadline string `json:"deadline" jsonschema:"maxLength=10"`
}

// Expected is one report that must arrive.
type Expected struct {
	Kind string `json:"kind" jsonschema:"required,enum=coverage,enum=lint"`
	// Flag is the upload's flag; empty for one without.
	Flag string `json:"flag" jsonschema:"maxLength=100"`
	// Parts is how many parts of it must arrive, when its job runs in pieces that each send one; 0 is 1.
	Parts int `json:"parts" jsonschema:"minimum=0,maximum=1000"`
	// Paths are gitignore-style patterns: the report is expected only when the change touches a file that one of them
	// matches. Empty: always.
	Paths []string `json:"paths" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	// Job names the job that sends it, for people.
	Job string `json:"job" jsonschema:"maxLength=200"`
	// Required makes a report that is still missing in the end a reason to refuse.
	Required bool `json:"required"`
	// Check is true for the result of a check that Lintel runs itself. It is not a key of the file.
	Check bool `json:"-"`
	// Given is true for a check that is given changed files alone, so that a change without one at the head has none for it.
	Given bool `json:"-"`
}

// Flags are what a flag may look like, in the settings and in an upload.
var Flags = lazyregexp.New(`^[A-Za-z0-9._/-]{0,100}$`)

var deadlines = lazyregexp.New(`^[1-9][0-9]{0,5}[smh]$`)

// The bounds of reports.deadline.
const (
	minDeadline = 10 * time.Second
	maxDeadline = 24 * time.Hour
)

// Wait is the deadline as a duration.
func (r Reports) Wait() time.Duration {
	d, err := time.ParseDuration(r.Deadline)
	if err != nil {
		return 30 * time.Minute // a Settings that was not made here: the default
	}
	return d
}

// Any reports whether anything is waited for.
func (r Reports) Any() bool { return len(r.Expect) > 0 || r.Finalise }

var reportsKeys = []key{
	{"reports", "Which reports of CI the verdict waits for. [Reports](reports.md) explains it.", ""},
	{"reports.expect", "Reports that must have arrived before the check concludes.",
		"expect: [{kind: coverage, flag: unit, job: test, required: true}]"},
	{"reports.expect.*.kind", "What the report is about. Needed.", "expect: [{kind: lint}]"},
	{"reports.expect.*.flag", "The flag it is uploaded with; without it, the one without a flag.",
		"expect: [{kind: coverage, flag: unit}]"},
	{"reports.expect.*.parts",
		"How many parts must arrive, when the job runs in pieces that each send one (`lintel report upload --part`). 0 is 1.",
		"expect: [{kind: coverage, parts: 8}]"},
	{"reports.expect.*.paths",
		"Patterns, as in .gitignore: the report is expected only when the change touches a file that one of them " +
			"matches. An empty list: always.",
		"expect: [{kind: coverage, flag: web, paths: [\"/web/\"]}]"},
	{"reports.expect.*.job", "The CI job that sends it, so that the check can say where to look when it is missing.",
		"expect: [{kind: coverage, job: \"test (unit)\"}]"},
	{"reports.expect.*.required",
		"A report that is still missing in the end blocks. Without it the rules that would have read it abstain, visibly.",
		"expect: [{kind: coverage, required: true}]"},
	{"reports.finalise",
		"Wait until CI says that it has sent everything (`lintel report finalise`), also when all expected reports are there.",
		"finalise: true"},
	{"reports.deadline", "How long a head waits, a number with `s`, `m` or `h`, from 10s to 24h. Then what is missing is missing.",
		"deadline: 45m"},
}

// reportsProblems finds the same report expected twice, patterns that are too dear and a deadline out of bounds.
func reportsProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	if text, ok := doc.Value("reports", "deadline").(string); ok {
		d, err := time.ParseDuration(text)
		if err != nil || !deadlines.MatchString(text) || d < minDeadline || d > maxDeadline {
			problems = append(problems,
				doc.Problem(
					fmt.Sprintf("reports.deadline is %q; write a number with s, m or h, such as 30m, from 10s to 24h", clip(text)),
					"reports", "deadline"))
		}
	}
	list, _ := doc.Value("reports", "expect").([]any)
	first := map[string]int{}
	for i, v := range list {
		e, _ := v.(map[string]any)
		kind, _ := e["kind"].(string)
		flag, _ := e["flag"].(string)
		if !Flags.MatchString(flag) {
			problems = append(problems,
				doc.Problem(fmt.Sprintf("reports.expect[%d].flag is %q; a flag is made of letters, digits and . _ / -", i, clip(flag)),
					"reports", "expect", strconv.Itoa(i), "flag"))
		}
		name := kind + " " + flag
		if before, twice := first[name]; twice {
			problems = append(problems,
				doc.Problem(
					fmt.Sprintf(
						"reports.expect[%d] expects the same kind and flag as reports.expect[%d]; write one of them, "+
							"with the paths of both", i, before),
					"reports", "expect", strconv.Itoa(i)))
		} else {
			first[name] = i
		}
		patterns, _ := e["paths"].([]any)
		for k, p := range patterns {
			if p, ok := p.(string); ok {
				if why := badPattern(p); why != "" {
					problems = append(problems,
						doc.Problem(fmt.Sprintf("reports.expect[%d].paths[%d] %s", i, k, why), "reports", "expect", strconv.Itoa(i),
							"paths", strconv.Itoa(k)))
				}
			}
		}
	}
	return problems
}
