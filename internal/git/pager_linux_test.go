package git

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// TestPager gives git a terminal, without which it starts no pager anyway.
func TestPager(t *testing.T) {
	s := newScene(t)
	s.git("config", "core.pager", s.evil)
	s.git("config", "pager.log", s.evil)
	run := func(hardened bool) {
		t.Helper()
		terminal, side := pty(t)
		cmd := s.plain("log")
		if hardened {
			cmd = s.repo().Command(t.Context(), "log")
		}
		cmd.Stdout = side
		go io.Copy(io.Discard, terminal)
		if err := cmd.Run(); err != nil {
			t.Logf("git log: %v", err)
		}
	}
	if run(false); !s.ran() {
		t.Fatal("plain git starts no pager on this terminal, so the case proves nothing")
	}
	if run(true); s.ran() {
		t.Error("the pager ran")
	}
}

// pty opens a pseudo terminal (pts(4)): the controlling side and the one a program writes to.
func pty(t *testing.T) (terminal, side *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var number uint32
	var unlocked int32
	for request, arg := range map[uintptr]unsafe.Pointer{syscall.TIOCSPTLCK: unsafe.Pointer(&unlocked),
		syscall.TIOCGPTN: unsafe.Pointer(&number)} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), request, uintptr(arg)); errno != 0 {
			t.Fatal(errno)
		}
	}
	if side, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		side.Close()
		terminal.SetDeadline(time.Now())
		terminal.Close()
	})
	return terminal, side
}
