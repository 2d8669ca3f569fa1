//go:build unix

package git

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the command a process group of its own and kills all of it when the context ends: git starts helpers that outlive it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
