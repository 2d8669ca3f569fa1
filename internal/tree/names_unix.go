//go:build unix

package tree

import (
	"io/fs"
	"syscall"
)

// names is how many names a file has.
func names(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return max(int64(stat.Nlink), 1)
	}
	return 1
}
