//go:build unix

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// window is how many columns a terminal has, or 0 for any other file.
func window(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
