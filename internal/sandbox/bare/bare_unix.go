//go:build unix

package bare

import (
	"os/exec"
	"syscall"
)

// together starts a command in a process group of its own, and ends all of that.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
