// Package policies is lintel policy: it tests, lints and documents policies.
package policies

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Commands are those of "lintel policy".
type Commands struct {
	Test test `cmd:"" help:"Run the Rego tests and the fixtures of whole changes."`
	Lint lint `cmd:"" help:"Refuse policies that could not explain themselves."`
	Docs docs `cmd:"" help:"Write the manual of the rules from their metadata."`
}

// Help is shown below the list of commands.
func (Commands) Help() string {
	return `Policies are Rego, one folder for each rule family. Without a folder, the commands look at the policies built
into this program.

Exit status: 0 passes, 1 refused, 2 the policies could not be read or wrong use.

Examples:

    lintel policy test
    lintel policy lint policies
    lintel policy docs --output docs/rules`
}

// tree is the policies to work on: a folder, or those built in.
func tree(dir string) (fs.FS, error) {
	if dir == "" {
		return builtin.Tree(), nil
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: dir, Err: fmt.Errorf("it is not a folder")}
	}
	if err != nil {
		return nil, terminal.Unreadable("policies", dir, err)
	}
	return os.DirFS(dir), nil
}

func compile(ctx context.Context, dir string) (*policy.Engine, error) {
	from, err := tree(dir)
	if err != nil {
		return nil, err
	}
	return policy.Compile(ctx, from)
}
