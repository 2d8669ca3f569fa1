package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// window is how many columns a console shows, or 0 for any other file.
func window(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if err := windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info); err != nil {
		return 0
	}
	return int(info.Window.Right-info.Window.Left) + 1
}
