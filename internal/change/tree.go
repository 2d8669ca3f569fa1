package change

// Tree is what a commit consists of, as far as it says how reports name files.
type Tree struct {
	// Paths are those of all files, in git's order; nil when there are too many to list.
	Paths []string
	// Blobs are the ids of their contents, one for each path; empty for links and submodules.
	Blobs []string
	// Manifests are the go.mod files: they say which import path a folder has.
	Manifests []File
	// Settings is the settings file; nil when there is none, and without content when it cannot be used.
	Settings *File
	// Gaps say which go.mod files were not read.
	Gaps []Gap
}

// AddTree adds what the head consists of. Paths that are known already stay.
func (s *Snapshot) AddTree(t Tree) {
	if s.Manifests = t.Manifests; s.Tree == nil {
		s.Tree = t.Paths
	}
	s.Gaps = append(s.Gaps, t.Gaps...)
}
