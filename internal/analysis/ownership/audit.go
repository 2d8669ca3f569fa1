package ownership

import "github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"

// What asks about CODEOWNERS apart from a change: who owns a path, and what a whole file does for a whole tree.
type (
	// Audit is what a file does for a tree.
	Audit = codeowners.Audit
	// Taker is a line that takes a path. No owners leave the path to nobody on purpose.
	Taker = codeowners.Rule
)

// MaxFile is the size from which GitHub does not load a CODEOWNERS file.
const MaxFile = codeowners.MaxBytes

// ErrTooLarge says that a file has MaxFile bytes or more.
var ErrTooLarge = codeowners.ErrTooLarge

// Locations are where GitHub looks for the file, in this order.
func Locations() []string { return codeowners.Locations() }

// Taken gives for each path the line that takes it, nil when none does.
func Taken(content []byte, paths []string) ([]*Taker, error) {
	f, err := codeowners.Parse(content)
	if err != nil {
		return nil, err
	}
	m := f.Matcher()
	all := make([]*Taker, len(paths))
	for i, p := range paths {
		if at := m.Match(p); at >= 0 {
			all[i] = &f.Rules[at]
		}
	}
	return all, nil
}

// AuditFile tells what a file does for the paths of a tree, and how many lines it has. complete is false when its patterns take too long to follow.
func AuditFile(content []byte, paths []string) (a Audit, lines int, complete bool, err error) {
	f, err := codeowners.Parse(content)
	if err != nil {
		return Audit{}, 0, false, err
	}
	a, complete = codeowners.AuditOf(f, paths)
	return a, len(f.Rules) + len(f.Problems), complete, nil
}
