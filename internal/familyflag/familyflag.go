// Package familyflag checks the rule families that a person names by --only.
package familyflag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/usage"
)

// Check refuses a family that no rule belongs to, before any work.
func Check(ctx context.Context, only []string) error {
	if len(only) == 0 {
		return nil
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	var known []string
	for _, f := range engine.Families() {
		if f.Name != policy.GateFamily {
			known = append(known, f.Name)
		}
	}
	for _, name := range only {
		if slices.Contains(known, name) {
			continue
		}
		what := fmt.Sprintf("--only: there is no rule family %q", name)
		if name == policy.GateFamily {
			what = "--only: the family gate is always judged"
		} else if near := document.Nearest(name, known); near != "" {
			what += fmt.Sprintf("; did you mean %q?", near)
		}
		return &usage.Error{What: what, Remedy: "name one or more of " + strings.Join(known, ", ")}
	}
	return nil
}
