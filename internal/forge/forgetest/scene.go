// Package forgetest holds every forge to one reading: a table of repositories and changes, each described once, built
// for each forge by a small builder, and the facts that a snapshot of it must state, whoever reads it. A new forge
// passes it before it is used. Serve does the same for what a server needs besides: events, effects, people, sweeps and
// limits, on a fake of the forge.
//
// What only one side can know is not among the facts, and this list is all of it:
//   - people, reviews, labels, siblings, checks and how the repository merges, which no git repository has;
//   - the mode and the size of an ordinary file: GitHub tells neither beside a patch;
//   - the line end that closes a message: GitHub leaves it out;
//   - how many lines a symbolic link has: none that anybody counts;
//   - why the lines of a file are missing: GitHub leaves out long patches by limits of its own, git by the size of the file;
//   - names that are not UTF-8, which GitHub does not tell apart (forge/local has a test of its own for them).
package forgetest

import (
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

// The modes of a File, as git writes them. An empty one is that of a plain file.
const (
	Executable = "100755"
	Symlink    = "120000"
	Submodule  = "160000"
)

// File is what a commit puts at a path. The content of a Submodule is a commit's id.
type File struct {
	Content string
	Mode    string
}

// Commit is one commit on top of the one before it.
type Commit struct {
	Put    map[string]File
	Delete []string
}

// Scene is a repository with one change.
type Scene struct {
	Name string
	// Base are the commits of the branch that the change goes into, oldest first, up to where the change begins; Later
	// those that came after that.
	Base, Later []Commit
	// Change are the change's own commits.
	Change []Commit
	// Unrelated is true when the change begins with a commit that has no parent.
	Unrelated bool
	// Reports is true when there are reports whose paths must be matched: then the tree and its go.mod files are read.
	Reports bool
	// Wants are the files that analyses want, whatever the change is.
	Wants []change.Want
	// Want are the facts, one a line.
	Want string
}

// large reports whether a scene has more than a megabyte or a thousand files.
func (s Scene) large() bool {
	files, bytes := 0, 0
	for _, commits := range [][]Commit{s.Base, s.Later, s.Change} {
		for _, c := range commits {
			files += len(c.Put)
			for _, f := range c.Put {
				bytes += len(f.Content)
			}
		}
	}
	return files > 1000 || bytes > 1<<20
}

// Valid is what a reader must take for valid settings in these scenes.
func Valid(content []byte) bool { return strings.HasPrefix(string(content), "version: 1\n") }
