// Package initialise is lintel init: it writes the settings of a repository from its history.
package initialise

import (
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel init".
type Command struct {
	merged.Flags
	Enforce bool `help:"Enforce the rules that together would have refused less than 2 % of those changes. Default: every rule warns."`
	DryRun  bool `help:"Print the file, write nothing."`
	Force   bool `help:"Write over a file that is there."`
	GitOnly bool `help:"Read git alone, even where a token is set."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Reads the last merged changes from git: how headers are written, whether changes are squashed or merged,
sign-offs, sizes, CODEOWNERS and the configurations of linters, coverage and CI. Then it tries every rule about commits
and size on those changes, and writes .github/lintel.yml (in a project of GitLab .gitlab/lintel.yml) with the reason above
each choice and, beside each rule, how many changes it would have refused. Where origin is on GitHub and GH_TOKEN or
GITHUB_TOKEN is set, it asks for the merge settings and the titles of those pull requests as well. It says what it read.
Nothing else is written, and nothing is fetched.

Exit status: 0 written, 2 not written.

Examples:

    # look at what would be written
    lintel init --dry-run

    # write it, with the rules enforced that history does not speak against
    lintel init --enforce

    # what each rule would have refused, and write nothing
    lintel init --dry-run --format json`
}
