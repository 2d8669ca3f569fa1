// Package familyflag checks the rule families and the rules that a person names by --only and --rules.
package familyflag

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/usage"
)

// Families are the families of rules that a person names by --rules, sorted. It refuses rules that there are none of.
func Families(ctx context.Context, rules []string) ([]string, error) {
	if len(rules) == 0 {
		return nil, nil
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return nil, err
	}
	known := engine.Configurable()
	families := map[string]bool{}
	for _, id := range rules {
		if !slices.Contains(known, id) {
			what := fmt.Sprintf("--rules: there is no rule %q", id)
			if near := document.Nearest(id, known); near != "" {
				what += fmt.Sprintf("; did you mean %q?", near)
			}
			return nil, &usage.Error{What: what, Remedy: "name rules as 'lintel policy list' shows them, such as commits/title"}
		}
		name, _, _ := strings.Cut(id, "/")
		families[name] = true
	}
	return slices.Sorted(maps.Keys(families)), nil
}

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
