package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
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

func (c ownersOfCommand) Run(ctx context.Context, t app.Terminal) error {
	req := c.request()
	req.Paths = c.Paths
	return app.Owners(ctx, req, t)
}

type ownersLintCommand struct {
	ownersFlags
}

// Help is shown below the flags' summary.
func (ownersLintCommand) Help() string {
	return `Holds every line to the whole tree: lines that GitHub skips, lines that match no file, and lines of which later ones take every file. Then it counts the files that no line takes, and where most of them are.

Exit status: 0 no line is at fault, 1 some are, 2 no answer.

Examples:

    lintel owners lint
    lintel owners lint --rev origin/main --format json`
}

func (c ownersLintCommand) Run(ctx context.Context, t app.Terminal) error {
	return verdict(app.LintOwners(ctx, c.request(), t))
}
