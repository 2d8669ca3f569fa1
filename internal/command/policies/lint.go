package policies

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
)

type lint struct {
	Dir string `arg:"" optional:"" help:"A folder of policies. Default: those built in."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (lint) Help() string {
	return `A rule needs an id, a title, a description, a remedy, a severity, a default mode, what it reads, what it does
when that is missing, and examples; and what it denies with must say what is wrong and how to fix it.

Exit status: 0 nothing to say, 1 problems, each with file and line, 2 the policies do not compile or wrong use.

Examples:

    lintel policy lint
    lintel policy lint policies
    lintel policy lint policies --format json`
}

// Run prints the problems of policies that compile. It refuses policies that have any.
func (c lint) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := compile(ctx, c.Dir)
	if err != nil {
		return err
	}
	problems := engine.Lint()
	if c.JSON() {
		err := t.WriteJSON(map[string]any{"rules": len(engine.Rules()), "problems": append([]policy.Problem{}, problems...)})
		return terminal.Verdict(len(problems) == 0, err)
	}
	for _, p := range problems {
		if _, err := fmt.Fprintln(t.Out, p); err != nil {
			return fmt.Errorf("write the problems: %w", err)
		}
	}
	if len(problems) > 0 {
		return terminal.ErrRefused
	}
	_, err = fmt.Fprintf(t.Out, "all is well: %s of %d families\n", text.Count(len(engine.Rules()), "rule"), len(engine.Families()))
	return err
}
