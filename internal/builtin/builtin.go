// Package builtin compiles the policies that are part of the program.
package builtin

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

// Tree is the built-in policies as files.
func Tree() fs.FS { return policies.Tree() }

// Start begins to compile the built-in policies, for a command that has something else to do meanwhile. Engine waits
// for it, and gives its error.
func Start() {
	go func() { _, _ = compiled() }()
}

// Engine is the built-in policies, compiled at the first call; an Engine is safe for concurrent use.
func Engine(context.Context) (*policy.Engine, error) { return compiled() }

var compiled = sync.OnceValues(func() (*policy.Engine, error) {
	engine, err := policy.CompileTrusted(context.Background(), policies.Tree())
	if err != nil {
		return nil, fmt.Errorf("compile the built-in policies: %w", err)
	}
	return engine, nil
})
