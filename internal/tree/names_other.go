//go:build !unix

package tree

import "io/fs"

// names is how many names a file has: where nobody can tell, each is counted as a file of its own.
func names(fs.FileInfo) int64 { return 1 }
