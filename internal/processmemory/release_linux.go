package processmemory

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// Release gives the system back what only the start needed: the heap's garbage, and the pages of the program's own file, half of which
// are code and tables that ran once. A page that is needed again is in the system's cache, and comes back without a read.
func Release() error {
	debug.FreeOSMemory()
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program's file: %w", err)
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("read the memory map: %w", err)
	}
	defer func() { _ = maps.Close() }() // it was only read
	var start, end uintptr
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) >= 5 && strings.Contains(f[0], "-"):
			start, end = 0, 0
			if len(f) == 6 && f[5] == program && !strings.Contains(f[1], "w") {
				start, end = bounds(f[0])
			}
		case len(f) == 3 && f[0] == "Anonymous:" && f[1] == "0" && start < end:
			// Nothing was written to this mapping, so the file still holds all of it.
			if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, start, end-start, syscall.MADV_DONTNEED); errno != 0 {
				return fmt.Errorf("release the program's pages: %w", errno)
			}
		}
	}
	return lines.Err()
}

// bounds reads "00400000-0192d000"; nothing when it is no range.
func bounds(s string) (start, end uintptr) {
	a, b, _ := strings.Cut(s, "-")
	from, err := strconv.ParseUint(a, 16, 64)
	if err != nil {
		return 0, 0
	}
	to, err := strconv.ParseUint(b, 16, 64)
	if err != nil {
		return 0, 0
	}
	return uintptr(from), uintptr(to)
}
