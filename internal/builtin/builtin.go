// Package builtin compiles the policies that are part of the program.
package builtin

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

// Tree is the built-in policies as files.
func Tree() fs.FS { return policies.Tree() }

// Start begins to compile the built-in policies, for a command that has something else to do meanwhile: those of the
// families that it judges, none named is all. Engine waits for what it needs of it, and gives its error.
func Start(families ...string) {
	go func() {
		if engine, err := compiled(); err == nil {
			_ = engine.Prepare(families...) // whoever asks a family gets its error
		}
	}()
}

// Engine is the built-in policies. They are read at the first call, and a family is compiled when it is first judged; an
// Engine is safe for concurrent use.
func Engine(context.Context) (*policy.Engine, error) { return compiled() }

// Wants is Engine's Wants for a change's own settings. It waits for the engine when it is called, and not before; without
// an engine, whose error Engine gives, it wants nothing.
func Wants() change.WantsFunc {
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) []change.Want {
		engine, err := compiled()
		if err != nil {
			return nil
		}
		return engine.Wants(nil)(files, controls, gaps)
	}
}

var compiled = sync.OnceValues(func() (*policy.Engine, error) {
	engine, err := policy.CompileTrusted(policies.Prebuilt(), policies.Tree())
	if err != nil {
		return nil, fmt.Errorf("compile the built-in policies: %w", err)
	}
	return engine, nil
})
