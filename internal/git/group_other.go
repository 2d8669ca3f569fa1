//go:build !unix

package git

import "os/exec"

// ownGroup does nothing: without process groups the end of the context kills git alone.
func ownGroup(*exec.Cmd) {}
