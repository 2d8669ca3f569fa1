package ownership

import (
	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/sorting"
)

// What asks about CODEOWNERS apart from a change: who owns a path, and what a whole file does for a whole tree.
type (
	// Audit is what a file does for a tree.
	Audit = codeowners.Audit
	// Taker is a line that takes a path. No owners leave the path to nobody on purpose.
	Taker = codeowners.Rule
	// Known is who exists, as far as that is known.
	Known = codeowners.Known
)

// MaxFile is the size from which GitHub does not load a CODEOWNERS file.
const MaxFile = codeowners.MaxBytes

// ErrTooLarge says that a file has MaxFile bytes or more.
var ErrTooLarge = codeowners.ErrTooLarge

// Locations are where GitHub looks for the file, in this order.
func Locations() []string { return codeowners.Locations() }

// Answer is what a file says of one path.
type Answer struct {
	// Taker is the line that takes it, nil when none does. Missed is a line further down that would take it if both
	// were written in one Unicode form.
	Taker, Missed *Taker
}

// Taken gives the owner of each path.
func Taken(content []byte, paths []string) ([]Answer, error) {
	f, err := codeowners.Parse(content)
	if err != nil {
		return nil, err
	}
	m, forms := f.Matcher(), f.Forms()
	all := make([]Answer, len(paths))
	for i, p := range paths {
		at := m.Match(p)
		if at >= 0 {
			all[i].Taker = &f.Rules[at]
		}
		if by := forms.Miss(p, at); by >= 0 {
			all[i].Missed = &f.Rules[by]
		}
	}
	return all, nil
}

// AuditFile tells what a file does for the paths of a tree, and who of its owners is not known. complete is false when
// its patterns take too long to follow.
func AuditFile(content []byte, paths []string, known Known) (a Audit, complete bool, err error) {
	f, err := codeowners.Parse(content)
	if err != nil {
		return Audit{}, false, err
	}
	a, complete = codeowners.AuditOf(f, paths)
	a.Faults = append(a.Faults, f.DeadOwners(known)...)
	sorting.StableBy(a.Faults, func(x, y codeowners.Fault) int { return x.Line - y.Line })
	for i := range a.Faults {
		if a.Faults[i].By == nil {
			a.Faults[i].By = []int{}
		}
	}
	return a, complete, nil
}
