package policies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

type test struct {
	Dir     string `arg:"" optional:"" help:"A folder of policies. Default: those built in."`
	Filter  string `placeholder:"REGEX" name:"run" help:"Run only tests whose package.name matches, without fixtures and coverage."`
	Verbose bool   `short:"v" help:"List the tests that passed, and the lines that no test evaluated."`
	Format  string `enum:"text,json" default:"text" help:"How to report: ${enum}."`
}

// Help is shown below the flags' summary.
func (test) Help() string {
	return `Tests are the rules named test_... in FAMILY/*_test.rego. Fixtures are FAMILY/testdata/*.txtar: a whole pull
request and the decision it must get.

Exit status: 0 all pass, 1 some fail, 2 the policies do not compile or wrong use.

Examples:

    lintel policy test
    lintel policy test policies --run 'commits_test\..*header'
    lintel policy test policies -v`
}

// Run runs the Rego tests and the fixtures. It refuses policies of which any fails.
func (c test) Run(ctx context.Context, t terminal.Terminal) error {
	from, err := tree(c.Dir)
	if err != nil {
		return err
	}
	report, err := policy.Test(ctx, []fs.FS{from}, c.Filter)
	if err != nil {
		return err
	}
	var fixtures []policy.Fixture
	if c.Filter == "" {
		engine, err := policy.Compile(ctx, from)
		if err != nil {
			return err
		}
		if fixtures, err = engine.Fixtures(ctx, from); err != nil {
			return err
		}
	}
	failed := len(report.Failed())
	for _, f := range fixtures {
		if !f.Passed {
			failed++
		}
	}
	if len(report.Tests)+len(fixtures) == 0 {
		return &usage.Error{What: "no test was found", Remedy: "name tests test_... in files FAMILY/*_test.rego, and check --run"}
	}
	if c.Format == "json" {
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return terminal.Verdict(failed == 0, enc.Encode(struct {
			policy.Report
			Fixtures []policy.Fixture `json:"fixtures"`
		}{report, append([]policy.Fixture{}, fixtures...)}))
	}
	return terminal.Verdict(failed == 0, c.write(report, fixtures, failed, t))
}

func (c test) write(report policy.Report, fixtures []policy.Fixture, failed int, t terminal.Terminal) error {
	var b bytes.Buffer
	for _, r := range report.Tests {
		if r.Passed && !c.Verbose {
			continue
		}
		fmt.Fprintf(&b, "%s  %s:%d: %s\n", passOrFail(r.Passed), r.File, r.Line, r.Name)
		indent(&b, r.Problem)
		indent(&b, r.Output)
	}
	for _, f := range fixtures {
		if !f.Passed || c.Verbose {
			fmt.Fprintf(&b, "%s  %s\n", passOrFail(f.Passed), f.File)
			indent(&b, f.Problem)
		}
	}
	for _, x := range report.Coverage {
		if c.Verbose && c.Filter == "" && len(x.Missed) > 0 {
			fmt.Fprintf(&b, "%5.1f %% of %s, not lines %s\n", x.Percent, x.File, strings.Join(x.Missed, ", "))
		}
	}
	fmt.Fprintf(&b, "%s  %s", passOrFail(failed == 0), text.Count(len(report.Tests), "test"))
	if c.Filter == "" {
		fmt.Fprintf(&b, " and %s; the tests evaluate %.1f %% of the policies", text.Count(len(fixtures), "fixture"), report.Covered)
	}
	if failed > 0 {
		fmt.Fprintf(&b, "; %d failed", failed)
	}
	b.WriteString("\n")
	_, err := t.Out.Write(b.Bytes())
	return err
}

func passOrFail(passed bool) string {
	if passed {
		return "ok  "
	}
	return "FAIL"
}

func indent(b *bytes.Buffer, text string) {
	for l := range strings.Lines(text) {
		b.WriteString("      " + strings.TrimRight(l, "\n") + "\n")
	}
}
