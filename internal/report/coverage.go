package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

// State is what a test run did with a line.
type State uint8

// The states of a measured line, worst first: a line that one run reached and another did not was reached. A line
// without a state was not measured.
const (
	Unmeasured State = iota
	Miss
	Partial
	Hit
)

// String is "miss", "partial", "hit" or "unmeasured".
func (s State) String() string {
	switch s {
	case Miss:
		return "miss"
	case Partial:
		return "partial"
	case Hit:
		return "hit"
	}
	return "unmeasured"
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *State) UnmarshalText(text []byte) error {
	for _, state := range []State{Unmeasured, Miss, Partial, Hit} {
		if state.String() == string(text) {
			*s = state
			return nil
		}
	}
	return fmt.Errorf("%q is no state of a line: want hit, partial, miss or unmeasured", text)
}

// Coverage is one parsed coverage report, or several merged.
type Coverage struct {
	// Files are sorted by path; each path stands once.
	Files []FileCoverage `json:"files"`
	// Roots are the folders that the report says its paths may be relative to. They matter only until the paths are
	// those of the repository.
	Roots []string `json:"roots,omitempty"`
	// Packages are the folders of sources ("src/main/java") below which the paths are complete, as a report has them
	// that names files by their packages.
	Packages []string `json:"packages,omitempty"`
	// Unresolved are the paths that no file of the repository could be found for, sorted.
	Unresolved []string `json:"unresolved"`
	// Notes are what the parser put right or left out, in the order of the report.
	Notes []string `json:"notes"`
}

// FileCoverage is what was measured of one file.
type FileCoverage struct {
	Path string `json:"path"`
	// Lines are sorted and do not overlap. Lines that they leave out were not measured.
	Lines []LineRange `json:"lines"`
	// Branches tell which branches of the partial lines were taken, by line, as far as the report does. Another run may
	// have taken the others.
	Branches []BranchLine `json:"branches,omitempty"`
	// Module is the part of the project that the report found the file in, when it tells such parts apart. It matters
	// only until the path is the repository's.
	Module string `json:"module,omitempty"`
	// Evidence is what the report says of the file's text, nil when nothing. It matters only until the report is held to the files.
	Evidence *Evidence `json:"evidence,omitempty"`
}

// LineRange is a run of lines with one state, From and To included, counted from 1.
type LineRange struct {
	From  int   `json:"from"`
	To    int   `json:"to"`
	State State `json:"state"`
}

// Counts are how many measured lines there are of each state.
type Counts struct {
	Hits     int `json:"hits"`
	Partials int `json:"partials"`
	Misses   int `json:"misses"`
}

// Measured counts all lines that have a state.
func (c Counts) Measured() int { return c.Hits + c.Partials + c.Misses }

// Add counts n lines of a state.
func (c *Counts) Add(state State, n int) {
	switch state {
	case Hit:
		c.Hits += n
	case Partial:
		c.Partials += n
	case Miss:
		c.Misses += n
	}
}

// Plus is the sum of two counts.
func (c Counts) Plus(o Counts) Counts {
	return Counts{Hits: c.Hits + o.Hits, Partials: c.Partials + o.Partials, Misses: c.Misses + o.Misses}
}

// String is short: "a.go: 1-3 hit, 5 miss".
func (f FileCoverage) String() string {
	var b strings.Builder
	b.WriteString(f.Path + ":")
	for i, r := range f.Lines {
		if i > 0 {
			b.WriteByte(',')
		}
		if fmt.Fprintf(&b, " %d", r.From); r.To > r.From {
			fmt.Fprintf(&b, "-%d", r.To)
		}
		b.WriteString(" " + r.State.String())
	}
	return b.String()
}

// Counts are those of a file.
func (f FileCoverage) Counts() Counts {
	var c Counts
	for _, r := range f.Lines {
		c.Add(r.State, r.To-r.From+1)
	}
	return c
}

// At is the state of one line.
func (f FileCoverage) At(line int) State {
	i, found := slices.BinarySearchFunc(f.Lines, line, func(r LineRange, line int) int {
		switch {
		case r.To < line:
			return -1
		case r.From > line:
			return 1
		}
		return 0
	})
	if !found {
		return Unmeasured
	}
	return f.Lines[i].State
}

// File finds a file by its path.
func (c Coverage) File(path string) (FileCoverage, bool) {
	i, found := slices.BinarySearchFunc(c.Files, path, func(f FileCoverage, path string) int { return strings.Compare(f.Path, path) })
	if !found {
		return FileCoverage{}, false
	}
	return c.Files[i], true
}

// Merge puts the reports of several runs together: of each line the best state, of the files all. A report that does
// not know a file says nothing of it.
func Merge(all ...Coverage) Coverage {
	out := Coverage{Files: []FileCoverage{}, Unresolved: []string{}, Notes: []string{}}
	for _, c := range all {
		out.Files = append(out.Files, c.Files...)
		out.Unresolved = append(out.Unresolved, c.Unresolved...)
		out.Notes = append(out.Notes, c.Notes...)
	}
	sorting.StableBy(out.Files, byName)
	n := 0
	for _, f := range out.Files {
		if n > 0 && byName(out.Files[n-1], f) == 0 {
			out.Files[n-1] = mergeFiles(out.Files[n-1], f)
			continue
		}
		out.Files[n] = f
		n++
	}
	clear(out.Files[n:])
	out.Files = out.Files[:n]
	slices.Sort(out.Unresolved)
	out.Unresolved = slices.Compact(out.Unresolved)
	return out
}

func byName(a, b FileCoverage) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Module, b.Module))
}

// mergeLines is the best state of each line of two lists, each sorted and without overlaps. Neither list is changed.
func mergeLines(a, b []LineRange) []LineRange {
	out := make([]LineRange, 0, max(len(a), len(b)))
	i, j, at := 0, 0, 1
	for i < len(a) || j < len(b) {
		x, y := head(a, i, at), head(b, j, at)
		at = min(x.From, y.From)
		r := LineRange{From: at}
		switch {
		case x.From > at:
			r.To, r.State = min(y.To, x.From-1), y.State
		case y.From > at:
			r.To, r.State = min(x.To, y.From-1), x.State
		default:
			r.To, r.State = min(x.To, y.To), max(x.State, y.State)
		}
		out = Append(out, r)
		at = r.To + 1
		for i < len(a) && a[i].To < at {
			i++
		}
		for j < len(b) && b[j].To < at {
			j++
		}
	}
	return out
}

// beyond is a line that no file has.
const beyond = int(^uint(0) >> 1)

// head is what is left of a list's range i from a line on.
func head(list []LineRange, i, at int) LineRange {
	if i >= len(list) {
		return LineRange{From: beyond, To: beyond}
	}
	r := list[i]
	r.From = max(r.From, at)
	return r
}

// Append adds a range behind sorted ones, joining it to the last when they touch and agree.
func Append(list []LineRange, r LineRange) []LineRange {
	if n := len(list); n > 0 && list[n-1].State == r.State && list[n-1].To+1 == r.From {
		list[n-1].To = r.To
		return list
	}
	return append(list, r)
}

// Lines makes sorted ranges of single lines in any order; of a line that stands there more than once the best state
// counts. It sorts the list it is given.
func Lines(single []LineRange) []LineRange {
	sorting.By(single, func(a, b LineRange) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.State, a.State)) })
	out := []LineRange{}
	last := 0
	for _, l := range single {
		if l.From == last {
			continue
		}
		last = l.From
		out = Append(out, LineRange{From: l.From, To: l.From, State: l.State})
	}
	return out
}
