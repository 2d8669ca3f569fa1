package judge

import (
	"context"
	"errors"
	"slices"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
)

// CheckCommand is "lintel check".
type CheckCommand struct {
	Repo        string `placeholder:"DIR" default:"." help:"Any folder of the repository. Default: the current one."`
	Base        string `placeholder:"REV" help:"Where the work wants to go. Default: what the CI says, else the merge base with origin's default branch, main or master."`
	Head        string `placeholder:"REV" help:"The work to judge. Default: what the CI says, else HEAD. Uncommitted work is not looked at."`
	NoCI        bool   `name:"no-ci" help:"Take nothing of the change from the environment of a CI."`
	PullRequest string `placeholder:"OWNER/REPO#N" help:"Read this pull request from GitHub instead, as the server does; its page's address does as well, and current is the one that the CI's job is for. The token is taken from GH_TOKEN or GITHUB_TOKEN."`

	Settings string `placeholder:"FILE" help:"Use these settings instead of ${settings} at the base."`

	Title     *string  `placeholder:"T" help:"The pull request's title. Without it the rules about titles abstain."`
	BodyFile  string   `placeholder:"F" help:"A file with the pull request's description, - for standard input."`
	Squash    string   `placeholder:"WHAT" enum:"title,commits," default:"" help:"What becomes history when it is merged: the title, as after a squash, or the commits. Default: the settings say, or it is not known."`
	Author    string   `placeholder:"LOGIN" help:"Who opened the pull request; an approval of one's own work does not count."`
	Approvals []string `placeholder:"LOGIN" help:"Who approved the head; none when nobody has. Without it approvals are not known: ownership says whom to ask and refuses nothing for want of them."`
	Teams     string   `placeholder:"FILE" help:"A YAML file that maps org/team, and the email addresses of owners, to logins, so that owners can be decided without a forge."`
	Report    []string `placeholder:"KIND:FORMAT:PATH" sep:"none" help:"A report of CI to judge by, plain or gzip; may be given again. KIND is coverage or lint, FORMAT one of its formats or auto. Behind the path: ,flag=NAME for a part of the tests, ,base for a report of the merge base."`
	Only      []string `placeholder:"FAMILY" help:"Judge these rule families alone: ${families}."`

	Format string   `enum:"${formats}" default:"text" help:"How to report: ${enum}."`
	Output string   `placeholder:"FILE" help:"Write the report to this file, whole or not at all, instead of standard output."`
	Also   []string `placeholder:"FORMAT:FILE" sep:"none" help:"Also write the report in this format to this file; may be given again."`
	Quiet  bool     `short:"q" help:"Leave out the remarks on the error stream that bear on no verdict."`
	Facts  string   `placeholder:"FILE" help:"Also write the facts, the input of the policies, to this file as JSON."`

	Advise bool `help:"Also ask a language model for advice after the verdict. It changes neither the verdict nor the exit status."`
	config.ModelFlags
}

// Help is shown below the flags' summary.
func (CheckCommand) Help() string {
	return `The commits between the merge base and the head are judged by the settings, CODEOWNERS and policies of the base, so a change cannot loosen its own rules. Nothing is written to the repository, none of its programs runs, and nothing is fetched.

In GitHub Actions, GitLab CI, Jenkins, Buildkite, CircleCI, Azure Pipelines, Bitbucket Pipelines, Travis CI, Drone and Woodpecker, base, head, title, description, author and labels are what the CI says of the pull request, as far as it does; flags win over it, and one line on the error stream says what was taken. The head is what was pushed, also when a merge is checked out. Of a push, the commits that it added are judged. Elsewhere the base is origin's default branch, main or master.

When the head is already in the base there is nothing to judge: the report says so, and the status is 0.

With --pull-request the pull request is read from GitHub by the same adapter as the server's, with approvals, teams, merge settings, labels and the rules at the base: the same facts give the same verdict. It only reads. The token is that of GH_TOKEN or GITHUB_TOKEN, for github.com or the host of GH_HOST or GITHUB_API_URL. What the token may not see, as teams with a workflow's GITHUB_TOKEN, is named with the permission that would show it, and what rests on it alone is not judged.

Without a settings file every rule warns and nothing blocks.

With --advise the diff goes to the model that you name, without secrets and without the files that advise.never_send at the base names; advise.enabled is for servers and not asked. The advice stands behind the verdict, or on standard error when the format is not text or the report goes to a file. A model that fails is said to have read nothing, and no more.

Exit status: 0 passes, 1 refused, 2 no verdict could be made or wrong use.

Examples:

    # the current branch, as it would be judged as a pull request
    lintel check

    # a pull request in CI, where the CI is not known, with what only the forge knows
    lintel check --base origin/main --title "$TITLE" --author ann --approvals bob,eve

    # a pull request as the server would judge it
    GH_TOKEN=$(gh auth token) lintel check --pull-request acme/shop#12

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

    # with advice of a language model behind the verdict, here a local one;
    # the variables LINTEL_MODEL_ENDPOINT and LINTEL_MODEL_NAME do as well
    lintel check --advise --model-endpoint http://127.0.0.1:11434/v1 --model-name qwen2.5-coder:14b

    # try new settings before they are merged
    lintel check --settings draft.yml --only commits`
}

// Run carries the command out.
func (c CheckCommand) Run(ctx context.Context, t terminal.Terminal) error {
	// A job without an approval says --approvals "", a person --approvals none. Without the flag the list is nil: not known.
	approvals := slices.DeleteFunc(c.Approvals, func(login string) bool { return login == "" || len(c.Approvals) == 1 && login == "none" })
	model, err := c.adviser(t)
	if err != nil {
		return err
	}
	passed, err := Check(ctx, CheckRequest{
		Getenv: t.Getenv, NoCI: c.NoCI, Quiet: c.Quiet, PullRequest: c.PullRequest, Repo: c.Repo, Base: c.Base, Head: c.Head,
		SettingsFile: c.Settings,
		Title:        c.Title, BodyFile: c.BodyFile, Author: c.Author, Approvals: approvals, TeamsFile: c.Teams, Reports: c.Report,
		Only:   c.Only,
		Format: c.Format, Output: c.Output, Also: c.Also, Squash: c.Squash, FactsFile: c.Facts, Advise: model,
	}, t)
	return terminal.Verdict(passed, err)
}

// adviser is the model to ask; nil when no advice is wanted.
func (c CheckCommand) adviser(t terminal.Terminal) (*config.Model, error) {
	if !c.Advise {
		if c.ModelFlags != (config.ModelFlags{}) {
			return nil, errors.New(
				"a model is named and nothing is asked of it\nto fix it: add --advise, or leave --config and the --model flags out")
		}
		return nil, nil
	}
	m, err := c.ModelFlags.Read(t.Env)
	return &m, err
}
