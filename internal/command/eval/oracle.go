package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/lintel-review/lintel/internal/eval/oracle"
	"github.com/lintel-review/lintel/internal/terminal"
)

// ceiling is "lintel eval oracle".
type ceiling struct {
	Suite    string `required:"" placeholder:"DIR"  help:"The folder of cases (*.txtar)."`
	Baseline string `            placeholder:"FILE" help:"A report (JSON) that this one must not be worse than."`
	Output   string `            placeholder:"FILE" help:"Write the report as JSON to this file: figures alone, no text of the suite."`
	Context  string `enum:"diff,file,repository" default:"repository" help:"What is shown: the diff alone, the functions around it, or unchanged files that concern it, too: ${enum}."`
}

// Help is shown below the flags' summary.
func (ceiling) Help() string {
	return `Puts the words of a suite's labelled comments, at their own lines, in the model's place and follows each through the
packer, the exact gates and the caps, at three windows; right comments and known wrong ones apart. What a model finds can
only be less. Also says how often the reading order begins where a comment is.

Examples:

    lintel eval oracle --suite ~/aacr --baseline internal/advise/evals/aacr.oracle.json`
}

// Run measures a suite.
func (c ceiling) Run(ctx context.Context, t terminal.Terminal) error {
	suite, err := readSuite(options{play: play{Suite: c.Suite}})
	if err != nil {
		return err
	}
	report, err := oracle.Play(ctx, suite, evalRig().Redactor, c.Context)
	if err != nil {
		return err
	}
	if err := keep(t, c.Output, report, report.Markdown()); err != nil {
		return err
	}
	var wrong []string
	if c.Baseline != "" {
		raw, err := os.ReadFile(c.Baseline)
		if err != nil {
			return terminal.Unreadable("--baseline", c.Baseline, err)
		}
		var base oracle.Report
		if err := json.Unmarshal(raw, &base); err != nil {
			return terminal.Unreadable("--baseline", c.Baseline, err)
		}
		wrong = report.Worse(base)
	}
	return terminal.Verdict(verdict(t, wrong), nil)
}

// grid is "lintel eval noise".
type grid struct {
	Suite  string `required:"" placeholder:"DIR"  help:"The folder of cases (*.txtar)."`
	Output string `            placeholder:"FILE" help:"Write the grid as JSON to this file."`
}

// Help is shown below the flags' summary.
func (grid) Help() string {
	return `Spoils each right comment of a suite as models do (ids beside, indentation lost, signs copied) and says whether it
arrives at its lines. A comment at wrong lines, though its quote is right, is exit status 1.

Examples:

    lintel eval noise --suite internal/advise/evals/golden`
}

// Run measures a suite.
func (g grid) Run(_ context.Context, t terminal.Terminal) error {
	suite, err := readSuite(options{play: play{Suite: g.Suite}})
	if err != nil {
		return err
	}
	fates, err := oracle.Noise(suite, evalRig().Redactor)
	if err != nil {
		return err
	}
	if err := keep(t, g.Output, fates, oracle.NoiseMarkdown(fates)); err != nil {
		return err
	}
	return terminal.Verdict(verdict(t, oracle.Misplaced(fates)), nil)
}

// keep writes a report to its file and a page to the terminal.
func keep(t terminal.Terminal, path string, report any, page string) error {
	if path != "" {
		raw, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(path, append(raw, '\n'), 0o644)
		}
		if err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if _, err := fmt.Fprint(t.Out, page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// verdict says what is wrong, and whether nothing is.
func verdict(t terminal.Terminal, wrong []string) bool {
	for _, w := range wrong {
		fmt.Fprintln(t.Err, "FAIL  "+w)
	}
	return len(wrong) == 0
}
