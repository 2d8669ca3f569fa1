// Package builtin compiles the policies that are part of the program.
package builtin

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

// Engine compiles the built-in policies.
func Engine(ctx context.Context) (*policy.Engine, error) {
	engine, err := policy.CompileTrusted(ctx, policies.Tree())
	if err != nil {
		return nil, fmt.Errorf("compile the built-in policies: %w", err)
	}
	return engine, nil
}
