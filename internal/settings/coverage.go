package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var coverageFamily = section{family.Coverage, coverageKeys, coverageProblems}

// Coverage is how well tests must reach the changed lines and the project. Rates are percentages with at most two digits behind the point.
type Coverage struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	Patch   CoveragePatch   `json:"patch"`
	Project CoverageProject `json:"project"`
	// Required refuses a change whose head no report measured.
	Required bool `json:"required"`
	// Absent is what a changed source file counts that no report knows: "auto", "ignore", "warn" or "count_uncovered".
	Absent string `json:"absent" jsonschema:"enum=auto,enum=ignore,enum=warn,enum=count_uncovered"`
	// UnmatchedMax is the largest share of the changed source files that reports may name in a way that matches no file.
	UnmatchedMax float64 `json:"unmatched_max" jsonschema:"minimum=0,maximum=100"`
	// Ignore are gitignore-style patterns of files that do not count.
	Ignore []string `json:"ignore" jsonschema:"maxItems=100,uniqueItems=true,minLength=1,maxLength=512"`
	// Roots are folders that paths of reports may be relative to; Fixes are prefixes of them to replace, "old::new".
	Roots []string `json:"roots" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	Fixes []string `json:"fixes" jsonschema:"maxItems=50,uniqueItems=true,minLength=2,maxLength=1024,pattern=::"`
	// Flags are the parts of the tests, by name; Paths the parts of the repository, by pattern.
	Flags map[string]CoverageFlag `json:"flags" jsonschema:"maxProperties=50"`
	Paths map[string]CoveragePath `json:"paths" jsonschema:"maxProperties=50"`
}

// CoveragePatch is what the added lines must reach.
type CoveragePatch struct {
	// Min is the least rate; 0 asks for none. Threshold is by how much it may be missed.
	Min       float64 `json:"min" jsonschema:"minimum=0,maximum=100"`
	Threshold float64 `json:"threshold" jsonschema:"minimum=0,maximum=100"`
	// MinLines is the least number of measured lines that a change is judged by.
	MinLines int `json:"min_lines" jsonschema:"minimum=0,maximum=1000000"`
	// Informational shows the numbers and never blocks.
	Informational bool `json:"informational"`
}

// CoverageProject is what the whole project must reach.
type CoverageProject struct {
	// Min is the least rate; 0 asks for none. MaxDrop is the largest tolerated drop below the merge base, in points; 100 tolerates any.
	Min     float64 `json:"min" jsonschema:"minimum=0,maximum=100"`
	MaxDrop float64 `json:"max_drop" jsonschema:"minimum=0,maximum=100"`
	// AdjustBase takes the removed lines out of the base before a drop is judged.
	AdjustBase    bool `json:"adjust_base"`
	Informational bool `json:"informational"`
}

// CoverageFlag is what one part of the tests must reach. 0 asks for nothing.
type CoverageFlag struct {
	Patch   float64 `json:"patch" jsonschema:"minimum=0,maximum=100"`
	Project float64 `json:"project" jsonschema:"minimum=0,maximum=100"`
	// MaxDrop is null when no drop is judged.
	MaxDrop *float64 `json:"max_drop" jsonschema:"minimum=0,maximum=100"`
	// Paths are patterns of the files that the flag measures; empty is all.
	Paths []string `json:"paths" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	// CarryForward takes the merge base's numbers of unchanged lines when the head has no report of the flag.
	CarryForward bool `json:"carry_forward"`
}

// CoveragePath is what one part of the repository must reach. 0 asks for nothing.
type CoveragePath struct {
	Patch   float64 `json:"patch" jsonschema:"minimum=0,maximum=100"`
	Project float64 `json:"project" jsonschema:"minimum=0,maximum=100"`
}

func filledCoverage() Coverage {
	return Coverage{
		Patch: CoveragePatch{Min: 80, MinLines: 5}, Project: CoverageProject{MaxDrop: 0.5, AdjustBase: true}, Absent: "auto",
		UnmatchedMax: 50,
		Ignore:       []string{}, Roots: []string{}, Fixes: []string{}, Flags: map[string]CoverageFlag{}, Paths: map[string]CoveragePath{},
	}
}

// whole gives each flag of a file its list: what is left out of a map's member has no default of its own.
func (c *Coverage) whole() {
	for name, f := range c.Flags {
		if f.Paths == nil {
			f.Paths = []string{}
			c.Flags[name] = f
		}
	}
}

var coverageKeys = []key{
	{"coverage", "Which of the changed lines tests must reach, by the reports that CI makes. Without a report nothing " +
		"is judged, unless `required`. See [coverage](coverage.md).", ""},
	{"coverage.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: enforce"},
	{"coverage.patch", "The added lines that a report measured.", ""},
	{"coverage.patch.min", "Least percentage of them that tests must reach, compared without rounding; 0 asks for none.",
		"patch: {min: 90}"},
	{"coverage.patch.threshold", "By how many points `min` may be missed.", "patch: {threshold: 2.5}"},
	{"coverage.patch.min_lines", "A change with fewer measured lines than this is not refused; what it misses is a remark.",
		"patch: {min_lines: 1}"},
	{"coverage.patch.informational", "Show the numbers and never block.", "patch: {informational: true}"},
	{"coverage.project", "All lines that the reports measured.", ""},
	{"coverage.project.min", "Least percentage of them; 0 asks for none.", "project: {min: 70}"},
	{"coverage.project.max_drop",
		"Largest drop below the merge base, in points; 0 tolerates none and 100 any. Without a report of the merge base " +
			"no drop is judged.", "project: {max_drop: 1}"},
	{"coverage.project.adjust_base",
		"Take the removed lines out of the merge base's numbers before a drop is judged, so that removing covered code is no loss.",
		"project: {adjust_base: false}"},
	{"coverage.project.informational", "Show the numbers and never block.", "project: {informational: true}"},
	{"coverage.required", "Refuse a change whose head no report measured.", "required: true"},
	{"coverage.absent", "A changed source file that no report knows: `ignore` it, `warn`, `count_uncovered` its added " +
		"lines, or (`auto`) count them when the reports know another file of its kind in its folder, else warn.",
		"absent: count_uncovered"},
	{"coverage.unmatched_max",
		"Largest percentage of the changed source files that reports may name in a way that matches no file of the " +
			"repository; more is refused.", "unmatched_max: 0"},
	{"coverage.ignore", "Patterns, as in .gitignore, of files that do not count. Generated and vendored files never count.",
		`ignore: ["tools/**", "*_mock.go"]`},
	{"coverage.roots", "Folders of the repository that paths in reports may be relative to.", "roots: [web/src, services/api]"},
	{"coverage.fixes", "Beginnings of paths in reports to replace before they are looked up, as `old::new`. The first " +
		"that fits is used; an empty `old` adds a folder.", `fixes: ["/build/app/::", "shop/::services/shop/"]`},
	{"coverage.fixes.*", "a pair old::new", ""},
	{"coverage.flags", "Parts of the tests, by the flag that their reports are uploaded with.", ""},
	{"coverage.flags.*.patch", "Least percentage of the added lines that the flag's reports measured; 0 asks for none.",
		"flags: {unit: {patch: 80}}"},
	{"coverage.flags.*.project", "Least percentage of all lines that the flag's reports measured; 0 asks for none.",
		"flags: {unit: {project: 70}}"},
	{"coverage.flags.*.max_drop", "Largest drop of the flag below the merge base, in points. Without it no drop of the flag is judged.",
		"flags: {unit: {max_drop: 1}}"},
	{"coverage.flags.*.paths", "Patterns, as in .gitignore, of the files that the flag is about. An empty list is all.",
		`flags: {web: {paths: ["web/**"]}}`},
	{"coverage.flags.*.carry_forward",
		"When the head has no report of the flag, take the merge base's for the project's numbers, line by line as far " +
			"as lines did not change; never for the added lines.",
		"flags: {e2e: {carry_forward: true}}"},
	{"coverage.paths", "Parts of the repository, by a pattern as in .gitignore.", ""},
	{"coverage.paths.*.patch", "Least percentage of the added lines below the pattern; 0 asks for none.",
		`paths: {"billing/**": {patch: 95}}`},
	{"coverage.paths.*.project", "Least percentage of all lines below the pattern; 0 asks for none.",
		`paths: {"billing/**": {project: 90}}`},
}

// coverageProblems finds what a schema cannot: patterns that are too dear, fixes that fix nothing, names that could not be shown.
func coverageProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	say := func(what string, path ...string) { problems = append(problems, doc.Problem(what, path...)) }
	list := func(path ...string) {
		values, _ := doc.Value(path...).([]any)
		for i, v := range values {
			if p, ok := v.(string); ok {
				if why := badPattern(p); why != "" {
					say(fmt.Sprintf("%s[%d] %s", strings.Join(path, "."), i, why), append(path, strconv.Itoa(i))...)
				}
			}
		}
	}
	list("coverage", "ignore")
	problems = append(problems, fixProblems(doc, "coverage")...)
	flags, _ := doc.Value("coverage", "flags").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if !flagName(name) {
			problems = append(problems,
				doc.KeyProblem(fmt.Sprintf("the flag %q is not a name of 1 to 100 letters, digits and . _ - /", clip(name)), "coverage",
					"flags", name))
		}
		list("coverage", "flags", name, "paths")
	}
	paths, _ := doc.Value("coverage", "paths").(map[string]any)
	for _, pattern := range slices.Sorted(maps.Keys(paths)) {
		why := badPattern(pattern)
		if pattern == "" || len(pattern) > 512 {
			why = "is empty or longer than 512 bytes"
		}
		if why != "" {
			problems = append(problems,
				doc.KeyProblem(fmt.Sprintf("coverage.paths: the pattern %q %s", clip(pattern), why), "coverage", "paths", pattern))
		}
	}
	return problems
}

// flagName holds that a flag can stand in a sentence, in a name of a job and in an address.
func flagName(name string) bool {
	return name != "" && len(name) <= 100 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/") == ""
}
