//go:build !linux || !(amd64 || arm64)

package bwrap

import (
	"fmt"
	"runtime"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// New says that there is no bubblewrap on this system.
func New(Options) (sandbox.Backend, error) {
	return nil, fmt.Errorf("run jobs by bwrap: it needs Linux on amd64 or arm64, and this is %s on %s: use the backend docker",
		runtime.GOOS, runtime.GOARCH)
}
