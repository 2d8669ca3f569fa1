package judge

import (
	"context"

	"github.com/lintel-review/lintel/internal/terminal"
)

type pastFlags struct {
	Repo   string `placeholder:"DIR" default:"." help:"Any folder of the repository. Default: the current one."`
	Branch string `placeholder:"REV" help:"The branch that changes are merged into. Default: origin's default branch, else HEAD."`
	Last   int    `placeholder:"N" default:"300" help:"How many merged changes to look at, the newest first. Default: ${default}."`
	Skip   int    `placeholder:"N" default:"0" help:"How many of the newest changes to leave out."`
}

func (f pastFlags) request() PastRequest {
	return PastRequest{Repo: f.Repo, Branch: f.Branch, Last: max(f.Last, 1), Skip: max(f.Skip, 0)}
}

// InitCommand is "lintel init".
type InitCommand struct {
	pastFlags
	Enforce bool `help:"Enforce the rules that together would have refused less than 2 % of those changes. Default: every rule warns."`
	DryRun  bool `help:"Print the file, write nothing."`
	Force   bool `help:"Write over a file that is there."`
	GitOnly bool `help:"Read git alone, even where a token is set."`
}

// Help is shown below the flags' summary.
func (InitCommand) Help() string {
	return `Reads the last merged changes from git: how headers are written, whether changes are squashed or merged, sign-offs, sizes, CODEOWNERS and the configurations of linters, coverage and CI. Then it tries every rule about commits and size on those changes, and writes .github/lintel.yml with the reason above each choice and, beside each rule, how many changes it would have refused. Where origin is on GitHub and GH_TOKEN or GITHUB_TOKEN is set, it asks for the merge settings and the titles of those pull requests as well. It says what it read. Nothing else is written, and nothing is fetched.

Exit status: 0 written, 2 not written.

Examples:

    # look at what would be written
    lintel init --dry-run

    # write it, with the rules enforced that history does not speak against
    lintel init --enforce`
}

// Run carries the command out.
func (c InitCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return Init(ctx, InitRequest{
		PastRequest: c.request(),
		Enforce:     c.Enforce,
		DryRun:      c.DryRun,
		Force:       c.Force,
		GitOnly:     c.GitOnly,
		Getenv:      t.Getenv,
	}, t)
}

// ReplayCommand is "lintel replay".
type ReplayCommand struct {
	pastFlags
	Settings string `placeholder:"FILE" help:"The settings to judge by. Default: ${settings} of the work tree, else the defaults."`
	Format   string `enum:"table,jsonl" default:"table" help:"What to print: ${enum}. jsonl has one object for each change, with its findings."`
}

// Help is shown below the flags' summary.
func (ReplayCommand) Help() string {
	return `Judges changes that were merged, by settings of now: what would they have refused? CODEOWNERS and .gitattributes are those of each change's own base; who approved is not known, and reports of CI are not there.

Exit status: 0 judged, 2 no answer could be given.

Examples:

    lintel replay --last 100
    lintel replay --settings draft.yml --format jsonl`
}

// Run carries the command out.
func (c ReplayCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return Replay(ctx, ReplayRequest{PastRequest: c.request(), SettingsFile: c.Settings, Lines: c.Format == "jsonl"}, t)
}
