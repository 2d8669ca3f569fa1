package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

type policyCommands struct {
	Test policyTestCommand `cmd:"" help:"Run the Rego tests and the fixtures of whole pull requests."`
	Lint policyLintCommand `cmd:"" help:"Refuse policies that could not explain themselves."`
	Docs policyDocsCommand `cmd:"" help:"Write the manual of the rules from their metadata."`
}

// Help is shown below the list of commands.
func (policyCommands) Help() string {
	return `Policies are Rego, one folder for each rule family. Without a folder, the commands look at the policies built into this program.

Exit status: 0 passes, 1 refused, 2 the policies could not be read or wrong use.

Examples:

    lintel policy test
    lintel policy lint policies
    lintel policy docs --output docs/rules`
}

type policyTestCommand struct {
	Dir     string `arg:"" optional:"" help:"A folder of policies. Default: those built in."`
	Filter  string `placeholder:"REGEX" name:"run" help:"Run only tests whose package.name matches, without fixtures and coverage."`
	Verbose bool   `short:"v" help:"List the tests that passed, and the lines that no test evaluated."`
	Format  string `enum:"text,json" default:"text" help:"How to report: ${enum}."`
}

// Help is shown below the flags' summary.
func (policyTestCommand) Help() string {
	return `Tests are the rules named test_... in FAMILY/*_test.rego. Fixtures are FAMILY/testdata/*.txtar: a whole pull request and the decision it must get.

Exit status: 0 all pass, 1 some fail, 2 the policies do not compile or wrong use.

Examples:

    lintel policy test
    lintel policy test policies --run 'commits_test\..*header'
    lintel policy test policies -v`
}

func (c policyTestCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(app.TestPolicies(ctx, app.PolicyTests{Dir: c.Dir, Filter: c.Filter, Verbose: c.Verbose, JSON: c.Format == "json"}, t))
}

type policyLintCommand struct {
	Dir string `arg:"" optional:"" help:"A folder of policies. Default: those built in."`
}

// Help is shown below the flags' summary.
func (policyLintCommand) Help() string {
	return `A rule needs an id, a title, a description, a remedy, a severity, a default mode, what it reads, what it does when that is missing, and examples; and what it denies with must say what is wrong and how to fix it.

Exit status: 0 nothing to say, 1 problems, each with file and line, 2 the policies do not compile or wrong use.

Examples:

    lintel policy lint
    lintel policy lint policies`
}

func (c policyLintCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(app.LintPolicies(ctx, c.Dir, t))
}

type policyDocsCommand struct {
	Dir    string `arg:"" optional:"" help:"A folder of policies. Default: those built in."`
	Output string `placeholder:"DIR" required:"" help:"The folder to write to; one page for each family and README.md as the index."`
	Check  bool   `help:"Write nothing; refuse when the folder differs."`
}

// Help is shown below the flags' summary.
func (policyDocsCommand) Help() string {
	return `Exit status: 0 written, or equal with --check; 1 different with --check; 2 the policies do not compile, the folder cannot be written, or wrong use.

Examples:

    lintel policy docs --output docs/rules
    lintel policy docs --output docs/rules --check`
}

func (c policyDocsCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(app.PolicyDocs(ctx, c.Dir, c.Output, c.Check, t))
}
