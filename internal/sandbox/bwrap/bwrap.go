// Package bwrap runs jobs on this machine by bubblewrap, without a daemon and without root.
//
// Callers may rely on these promises, beside those of package sandbox:
//   - New fails where this machine cannot run a sandbox, and says what would help.
//   - A limit that the machine cannot enforce exactly is named in every result (Unheld).
//   - Where Lintel is root, each running job has a user id of its own outside the sandbox too.
package bwrap

// Options say what a sandbox of this machine is made of.
type Options struct {
	Program string            // bwrap; empty is found by PATH
	Images  map[string]string // folders with an unpacked root file system, by the name in Job.Image
	Shown   []string          // more folders of this machine that every job sees, read-only
	Cgroup  string            // a folder of cgroup v2 that is delegated to Lintel; empty is found
}
