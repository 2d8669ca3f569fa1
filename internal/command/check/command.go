// Package check is lintel check: it judges a branch or a pull request by the rules of its repository.
//
// Callers may rely on: the report goes to Terminal.Out and notes go to Terminal.Err; an error says what is wrong,
// where, and what to do, and means that there is no answer; terminal.ErrRefused is a refusal that has been explained.
package check

import (
	"github.com/lintel-review/lintel/internal/command/check/ask"
	"github.com/lintel-review/lintel/internal/command/check/output"
	"github.com/lintel-review/lintel/internal/command/check/source"
)

// Command is "lintel check". The zero value judges HEAD of the current folder and writes text.
type Command struct {
	Source source.Flags `embed:""`
	Only   []string     `placeholder:"FAMILY" help:"Judge these rule families alone: ${families}."`

	RunTool []string `placeholder:"TOOL" help:"Run this tool of the catalogue on the head, in a sandbox, and judge by its report."`

	RunChecks bool   `help:"Run the checks that the settings at the base name, in a sandbox, and judge by them."`
	Sandbox   string `enum:"bwrap,docker,none" default:"bwrap" help:"What --run-checks runs them in: ${enum}."`

	Output  output.Flags `embed:""`
	Quiet   bool         `short:"q" help:"Leave out the remarks on the error stream that bear on no verdict."`
	Verbose bool         `short:"v" help:"Say on the error stream what was read: settings, commits, files, rules, and in what time."`
	Facts   string       `placeholder:"FILE" help:"Also write the facts, the input of the policies, to this file as JSON."`

	Ask ask.Flags `embed:""`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `The commits between the merge base and the head are judged by the settings, CODEOWNERS and policies of the
base, so a change cannot loosen its own rules. Nothing is written to the repository, none of its programs runs, and
nothing is fetched.

In GitHub Actions, GitLab CI, Jenkins, Buildkite, CircleCI, Azure Pipelines, Bitbucket Pipelines, Travis CI, Drone and
Woodpecker, base, head, title, description, author and labels are what the CI says of the change, as far as it
does; flags win over it, and one line on the error stream says what was taken. The head is what was pushed, also when a
merge is checked out. Of a push, the commits that it added are judged. In GitHub Actions the repository's id is taken,
too, so that rollouts choose as on the server. Elsewhere the base is origin's default branch, main or master.

When the head is already in the base there is nothing to judge: the report says so, and the status is 0.

With --pull-request the pull request is read from GitHub by the same adapter as the server's, with approvals, teams,
merge settings, labels and the rules at the base: the same facts give the same verdict. It only reads. The token is that
of GH_TOKEN or GITHUB_TOKEN, for github.com or the host of GH_HOST or GITHUB_API_URL. What the token may not see, as
teams with a workflow's GITHUB_TOKEN, is named with the permission that would show it, and what rests on it alone is not
judged.

With --message the message of a commit that is about to be made is judged, for git's hook commit-msg: its comments are
left out, and fixups, work in progress and tickets that the title may name wait for the push.

Without a settings file every rule warns and nothing blocks.

With --run-tool a tool of the catalogue that is installed here (docs/checks.md) runs on a copy of the head's files, in a
sandbox of bubblewrap without network, when the change touches files that it is for. Its findings are judged as those of
a report. The tool's own settings are those of the head. A tool that is not installed, cannot run, crashes, or is ended
for a limit never passes: the status is 2, or 1 where the change is refused anyway.

With --run-checks the checks that the settings at the base name (checks:) run on the same copy, when the change touches
files that they are for: as the server would run them, but with nothing kept between runs. Tools are those of this
machine in bubblewrap, or those of an image in Docker or podman with --sandbox docker. With --sandbox none nothing holds
them: they run as you, with your network and files, so do that only with changes that you trust. A check without a result refuses,
unless the settings do not require it. Without --run-checks a required check refuses, too.

With --advise the diff goes to the model that you name, without secrets and without the files that advise.never_send at
the base names; advise.enabled is for servers and not asked. The advice stands behind the verdict, or on standard error
when the format is not text or the report goes to a file. A model that fails is said to have read nothing, and no more.

Exit status: 0 passes, 1 refused, 2 no verdict could be made or wrong use.

Examples:

    # the current branch, as it would be judged as a pull request
    lintel check

    # a pull request in CI, where the CI is not known, with what only the forge knows
    lintel check --base origin/main --title "$TITLE" --author ann --approvals bob,eve

    # a pull request as the server would judge it
    GH_TOKEN=$(gh auth token) lintel check --pull-request acme/shop#12

    # a message, as the hook commit-msg names it
    lintel check --message .git/COMMIT_EDITMSG

    # annotations in a GitHub workflow, code scanning, reviewdog, other programs
    lintel check --format github
    lintel check --format sarif --output lintel.sarif
    lintel check --format rdjsonl | reviewdog -f=rdjsonl
    lintel check --format json | jq '.findings[] | select(.blocking)'

    # all that a job of GitHub Actions shows, of one run
    lintel check --format github --also sarif:lintel.sarif --also "markdown:$GITHUB_STEP_SUMMARY"

    # with what CI measured: coverage of the head and of the merge base, and a linter's findings
    lintel check --report coverage:go:coverage.out --report coverage:go:base.out,base \
      --report lint:sarif:lint.sarif

    # gofmt, in a sandbox, on the changed files
    lintel check --run-tool gofmt

    # the checks that the settings name
    lintel check --run-checks

    # with advice of a language model behind the verdict, here a local one;
    # the variables LINTEL_MODEL_ENDPOINT and LINTEL_MODEL_NAME do as well
    lintel check --advise --model-endpoint http://127.0.0.1:11434/v1 --model-name qwen2.5-coder:14b

    # try new settings before they are merged
    lintel check --settings draft.yml --only commits`
}
