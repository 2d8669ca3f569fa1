//go:build !linux

package processmemory

import "runtime/debug"

// Release gives the system back what only the start needed: the heap's garbage.
func Release() error {
	debug.FreeOSMemory()
	return nil
}
