package codeowners

import (
	"cmp"
	"slices"
	"strings"
)

// Audit is what a whole file does for a whole tree.
type Audit struct {
	// Files counts the paths, Unowned those that no line takes, Waived those whose line names no owner.
	Files   int `json:"files"`
	Unowned int `json:"unowned"`
	Waived  int `json:"waived"`
	// Folders are where most of the unowned files are, at the top of the tree and one below, at most ten, the largest first; "." holds those at the root.
	Folders []Folder `json:"folders"`
	// Faults are the lines that do nothing or less than they seem to, in order of lines.
	Faults []Fault `json:"faults"`
}

// Folder counts unowned files.
type Folder struct {
	Path    string `json:"path"`
	Unowned int    `json:"unowned"`
}

// The faults of a line.
const (
	// Invalid lines are skipped by GitHub.
	Invalid = "invalid"
	// Dead lines match no file.
	Dead = "dead"
	// Shadowed lines match files, and later lines take all of these.
	Shadowed = "shadowed"
)

// Fault is one line that is worth a look.
type Fault struct {
	Line int    `json:"line"`
	Kind string `json:"kind"`
	// Source is the pattern, or the faulty word of an invalid line.
	Source string `json:"source"`
	// Message says what is wrong, Fix what to do.
	Message string `json:"message"`
	Fix     string `json:"fix"`
	// Matched counts the files that the pattern takes, By is the line that takes most of them instead; 0 when there is none.
	Matched int `json:"matched"`
	By      int `json:"by"`
}

const (
	maxFolders = 10
	// maxAuditTrials bounds how often wildcards are tried: a file that is made to be slow ends here, and its lines are then not called dead or alive.
	maxAuditTrials = 200_000_000
)

// AuditOf tells what f does for the paths of a tree. complete is false when the lines could not all be followed; only invalid ones are named then.
func AuditOf(f *File, paths []string) (a Audit, complete bool) {
	a = Audit{Files: len(paths), Folders: []Folder{}, Faults: []Fault{}}
	for _, p := range f.Problems {
		a.Faults = append(a.Faults, Fault{Line: p.Line, Kind: Invalid, Source: p.Source, Message: p.Kind + ": " + p.Message, Fix: p.Suggestion})
	}
	folders := map[string]int{}
	m := f.Matcher()
	for _, p := range paths {
		switch i := m.Match(p); {
		case i < 0:
			a.Unowned++
			folders[folder(p)]++
		case len(f.Rules[i].Owners) == 0:
			a.Waived++
		}
	}
	for path, n := range folders {
		a.Folders = append(a.Folders, Folder{path, n})
	}
	slices.SortFunc(a.Folders, func(x, y Folder) int { return cmp.Or(y.Unowned-x.Unowned, strings.Compare(x.Path, y.Path)) })
	a.Folders = a.Folders[:min(len(a.Folders), maxFolders)]
	uses := f.Uses(paths, maxAuditTrials)
	for i, use := range uses {
		r := f.Rules[i]
		fault := Fault{Line: r.Line, Source: r.Pattern, Matched: use.Matched}
		switch {
		case use.Matched == 0 && !use.Same:
			fault.Kind, fault.Message, fault.Fix = Dead, "it matches no file", "remove it, or correct the pattern if the files were renamed"
		case use.Won > 0:
			continue
		case use.Same:
			fault.Kind, fault.By = Shadowed, f.Rules[use.By].Line
			fault.Message, fault.Fix = "a later line has the same pattern, and the last one counts", "remove one of the two"
		case use.By >= 0:
			fault.Kind, fault.By = Shadowed, f.Rules[use.By].Line
			fault.Message, fault.Fix = "later lines take every file that it matches", "move it below them, or remove it"
		default:
			continue
		}
		a.Faults = append(a.Faults, fault)
	}
	slices.SortStableFunc(a.Faults, func(x, y Fault) int { return x.Line - y.Line })
	return a, uses != nil || len(f.Rules) == 0
}

// folder is the first two folders of a path.
func folder(path string) string {
	parts := strings.SplitN(path, "/", 3)
	switch len(parts) {
	case 1:
		return "."
	case 2:
		return parts[0]
	}
	return parts[0] + "/" + parts[1]
}
