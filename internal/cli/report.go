package cli

import (
	"context"
	"os"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

type reportCommands struct {
	Upload   reportUploadCommand   `cmd:"" help:"Send reports of this CI job to a Lintel server."`
	Finalise reportFinaliseCommand `cmd:"" help:"Say that CI has sent all reports of a commit."`
}

// senderFlags say to whom reports go and what they are about. In a CI that is recognised, none of them is needed but the server.
type senderFlags struct {
	Server     string `placeholder:"URL" help:"The server's address. Default: LINTEL_SERVER."`
	TokenFile  string `placeholder:"FILE" help:"A file with an upload token. Default: LINTEL_UPLOAD_TOKEN, else an OIDC token of GitHub Actions."`
	SHA        string `placeholder:"SHA" name:"sha" help:"The head of the pull request, or the pushed commit. Default: what the CI says."`
	Repository string `placeholder:"OWNER/NAME" help:"The repository on the forge. Default: what the CI or the token says."`
	Run        string `placeholder:"ID" help:"The CI's id of the run."`
	Attempt    int    `placeholder:"N" help:"Which attempt of the run this is, from 1."`
	Job        string `placeholder:"NAME" help:"The job's name."`
	Tries      int    `placeholder:"N" default:"6" help:"How often a request is tried when the server does not answer or is busy. Default: 6, which takes about a minute."`
}

func (f senderFlags) request() app.ReportRequest {
	return app.ReportRequest{Server: f.Server, TokenFile: f.TokenFile, SHA: f.SHA, Repository: f.Repository, Run: f.Run, Attempt: f.Attempt, Job: f.Job, Tries: max(f.Tries, 1), Getenv: os.Getenv}
}

type reportUploadCommand struct {
	senderFlags
	Files []string `arg:"" name:"file" help:"The reports, - for standard input. Several are parts of one flag."`

	Kind     string `enum:"coverage,lint" required:"" placeholder:"coverage|lint" help:"What the reports are about: ${enum}."`
	Format   string `placeholder:"NAME" default:"auto" help:"Their format, such as go, lcov, cobertura, sarif, eslint or text; docs/coverage.md and docs/lint.md list all. Default: auto, the content tells."`
	Flag     string `placeholder:"NAME" help:"The part of the tests or the tool, such as unit. The settings expect reports by it."`
	Part     string `placeholder:"NAME" help:"Which piece this is when several jobs measure one flag."`
	Measured string `placeholder:"SHA" help:"The commit that was measured, when it is not the head. Default: what is checked out."`
	Base     bool   `help:"Keep them to compare pull requests with; for pushes to the default branch, by an upload token that may."`
	Artifact string `placeholder:"DIR" help:"In a job that can have no token, as of a pull request from a fork, write the reports here instead, to be uploaded as an artifact."`
}

// Help is shown below the flags' summary.
func (reportUploadCommand) Help() string {
	return `Finds out from the environment which CI it runs in (GitHub Actions, GitLab CI, Jenkins, Buildkite, CircleCI, Azure Pipelines, Travis CI, Drone, Woodpecker), compresses the reports, sends each, and tries again what failed. docs/ci.md shows whole jobs.

Exit status: 0 taken, or written to --artifact; 1 the server refused one, and says why; 2 the server could not be reached, or the command was used wrongly.

Examples:

    lintel report upload coverage.out --kind coverage --flag unit --server https://lintel.example
    lintel report upload eslint.json --kind lint --format eslint --flag web
    golangci-lint run --output.json.path lint.json; lintel report upload lint.json --kind lint
    tsc --noEmit --pretty false | lintel report upload - --kind lint --format text --flag tsc`
}

func (c reportUploadCommand) Run(ctx context.Context, t terminal.Terminal) error {
	req := c.request()
	req.Files, req.Kind, req.Format, req.Flag, req.Part = c.Files, c.Kind, c.Format, c.Flag, c.Part
	req.Measured, req.Base, req.Artifact = c.Measured, c.Base, c.Artifact
	return terminal.Verdict(app.SendReports(ctx, t, req))
}

type reportFinaliseCommand struct {
	senderFlags
}

// Help is shown below the flags' summary.
func (reportFinaliseCommand) Help() string {
	return `For the last job of a run, after all that send reports, whether they failed or not. What the settings expect and has not come is missing from then on, without waiting for the deadline.

Exit status: 0 taken; 1 the server refused it, and says why; 2 the server could not be reached, or the command was used wrongly.

Examples:

    lintel report finalise --server https://lintel.example`
}

func (c reportFinaliseCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(app.FinaliseReports(ctx, t, c.request()))
}
