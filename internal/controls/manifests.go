package controls

import (
	"fmt"
	"path"
)

// Limits of the go.mod files that say which import path a folder has. GitHub's GraphQL gives about a hundred small
// files in one request, so reading them all costs a server half a dozen; a file of MaxManifest bytes is the largest one
// that a server keeps across restarts.
const (
	maxManifests  = 500
	MaxManifest   = 256 << 10
	maxAllOfThem  = 8 << 20 // bytes of all manifests of a commit together: a server keeps some trees in memory
	manifestsFact = "manifests"
)

// Entry is a file of a commit's tree.
type Entry struct {
	Path, Blob string
	Size       int64
	// Plain is false for symbolic links and submodules.
	Plain bool
}

// Omission is a file, or several when Path is empty, that should have been read and is not.
type Omission struct {
	Fact, Path, Reason string
}

// IsManifest reports whether a path is that of a go.mod file.
func IsManifest(p string) bool { return path.Base(p) == "go.mod" }

// Manifests chooses which go.mod files of a commit are read, in the order of the tree. What it leaves out is said.
func Manifests(found []Entry) (read []Entry, left []Omission) {
	var bytes int64
	beyond := 0
	for _, e := range found {
		if why := (Place{Path: e.Path, Fact: manifestsFact, Max: MaxManifest}).Problem(e.Plain, e.Size); why != "" {
			left = append(left, Omission{Fact: manifestsFact, Path: e.Path, Reason: why})
			continue
		}
		if len(read) == maxManifests || bytes+e.Size > maxAllOfThem {
			beyond++
			continue
		}
		bytes += e.Size
		read = append(read, e)
	}
	if beyond > 0 {
		left = append(left,
			Omission{Fact: manifestsFact, Reason: fmt.Sprintf("%d of %d go.mod files were read (%d files, or %d bytes in all, at most)",
				len(read), len(found), maxManifests, maxAllOfThem)})
	}
	return read, left
}
