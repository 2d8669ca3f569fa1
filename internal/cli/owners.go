package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

type ownersCommand struct {
	Of   ownersOfCommand   `cmd:"" default:"withargs" help:"Say who owns paths, and by which line."`
	Lint ownersLintCommand `cmd:"" help:"Name the lines that do nothing, and what nobody owns."`
}

type ownersFlags struct {
	Repo   string `placeholder:"DIR" default:"." help:"Any folder of the repository. Default: the current one."`
	Rev    string `placeholder:"REV" default:"HEAD" help:"The commit that is looked at. Default: ${default}."`
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

func (f ownersFlags) request() app.OwnersRequest {
	return app.OwnersRequest{Repo: f.Repo, Rev: f.Rev, JSON: f.Format == "json"}
}

type ownersOfCommand struct {
	ownersFlags
	Paths []string `arg:"" name:"path" help:"Paths from the root of the repository, which need not exist; - reads them from the input, one a line."`
}

// Help is shown below the flags' summary.
func (ownersOfCommand) Help() string {
	return `CODEOWNERS is read as it is committed, where GitHub looks for it: .github, the root, docs. The last line that matches counts.

Exit status: 0 answered, 2 no answer.

Examples:

    lintel owners internal/store/schema.sql
    lintel owners of lint/main.go   # a path that begins like a command
    git diff --name-only main | lintel owners -`
}

func (c ownersOfCommand) Run(ctx context.Context, t terminal.Terminal) error {
	req := c.request()
	req.Paths = c.Paths
	return app.Owners(ctx, req, t)
}

type ownersLintCommand struct {
	ownersFlags
	Teams  string `placeholder:"FILE" help:"A YAML file that maps org/team, and the email addresses of owners, to logins. Teams that it lacks, or has without members, are named as dead owners."`
	People string `placeholder:"FILE" help:"A file of logins, one a line: who may approve. Users who are not in it are named as dead owners, and teams without a member in it."`
}

// Help is shown below the flags' summary.
func (ownersLintCommand) Help() string {
	return `Holds every line to the whole tree: lines that GitHub skips, lines that match no file, lines that miss a file by its Unicode form, and lines of which later ones take every file. Then it counts the files that no line takes, and where most of them are. With --teams and --people it names the owners who are not there.

Exit status: 0 no line is at fault, 1 some are, 2 no answer.

Examples:

    lintel owners lint
    lintel owners lint --rev origin/main --format json
    lintel owners lint --people people.txt`
}

func (c ownersLintCommand) Run(ctx context.Context, t terminal.Terminal) error {
	req := c.request()
	req.TeamsFile, req.PeopleFile = c.Teams, c.People
	return terminal.Verdict(app.LintOwners(ctx, req, t))
}
