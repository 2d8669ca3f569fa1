//go:build !linux

package server

import "runtime/debug"

// releaseStart gives the system back what only the start needed: the heap's garbage.
func releaseStart() error {
	debug.FreeOSMemory()
	return nil
}
