package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits of one report. A report beyond them is refused: half a report is not evidence.
const (
	// maxFiles is the most files, MaxLine the highest line number.
	maxFiles = 50_000
	MaxLine  = 1_000_000
	// MaxName is the most bytes of a path. MaxNotes is the most notes that are kept.
	MaxName   = 4096
	MaxNotes  = 20
	maxQuoted = 200
	// maxMemory is the most bytes that one report may take while it is read, and again when it is read: a server in 256
	// MB lives through the largest.
	maxMemory = 64 << 20
)

// Collector takes what a coverage parser reads, in any order, and keeps one byte for each line. The names are those of the report.
type Collector struct {
	files    map[Place]*LineSet
	roots    []string
	packages []string
	notes    []string
	more     int
	// limit is MaxMemory, memory how many bytes are held, evidence of how many lines some is kept.
	limit, memory, evidence int
}

// NewCollector makes an empty one.
func NewCollector() *Collector { return &Collector{files: map[Place]*LineSet{}, limit: maxMemory} }

// LineSet is what is known of the lines of one file so far.
type LineSet struct {
	of    *Collector
	name  string
	state []State
	marks []mark
	// counted are the lines of which the report lists the branches that were missed and only counts the others.
	counted map[int]BranchLine
	// What is known of the file's text.
	widths  []uint16
	digests []uint32
	length  int
	whole   bool
	exact   bool
}

// Place is a file's name within a module; most reports know no modules.
type Place struct{ Module, Name string }

// File is the file of a name, made when it is new.
func (c *Collector) File(name string) (*LineSet, error) { return c.FileIn("", name) }

// FileIn is File within a module: two modules may have files of one name.
func (c *Collector) FileIn(module, name string) (*LineSet, error) {
	if l := c.files[Place{module, name}]; l != nil {
		return l, nil
	}
	switch {
	case strings.TrimSpace(name) == "":
		return nil, errors.New("a file without a name")
	case len(name)+len(module) > MaxName:
		return nil, fmt.Errorf("a file name of %d bytes; at most %d are read", len(name)+len(module), MaxName)
	case strings.ContainsAny(name, "\x00\n\r"):
		return nil, fmt.Errorf("the file name %q has a line end or NUL in it", text.ClipBytes(name, maxQuoted))
	case len(c.files) == maxFiles:
		return nil, fmt.Errorf("more than %d files", maxFiles)
	}
	l := &LineSet{of: c, name: strings.Clone(name)}
	c.files[Place{strings.Clone(module), l.name}] = l
	return l, c.hold(perFile + len(name) + len(module))
}

// perFile is about how many bytes a file takes besides its lines: its set, its place in the map, and what is made of it.
const perFile = 512

// errMemory has no number, since nobody can count it in a report.
var errMemory = fmt.Errorf("its numbers take more than %d MiB of memory; report parts of the project each on their own", maxMemory>>20)

// hold counts bytes that are kept until the report is read.
func (c *Collector) hold(bytes int) error {
	if c.memory += bytes; c.memory > c.limit {
		return errMemory
	}
	return nil
}

// Set says what happened to a line; the best state of several counts. Line 0, which some tools write for what has no place, is left out.
func (l *LineSet) Set(line int, s State) error { return l.SetRange(line, line, s) }

// SetRange sets the lines from and to and all between.
func (l *LineSet) SetRange(from, to int, s State) error {
	if from < 0 || to > MaxLine || to < from {
		return fmt.Errorf("lines %d to %d of %q; a line is between 1 and %d", from, to, text.ClipBytes(l.name, maxQuoted), MaxLine)
	}
	if n := to + 1 - len(l.state); n > 0 {
		before := cap(l.state)
		l.state = slices.Grow(l.state, n)[:to+1]
		if err := l.of.hold(cap(l.state) - before); err != nil {
			return err
		}
	}
	for i := max(from, 1); i <= to; i++ {
		l.state[i] = max(l.state[i], s)
	}
	return nil
}

// Root adds a folder that the names may be relative to.
func (c *Collector) Root(dir string) {
	if dir = strings.TrimSpace(dir); dir != "" && len(dir) <= MaxName && len(c.roots) < 100 && !slices.Contains(c.roots, dir) {
		c.roots = append(c.roots, dir)
	}
}

// Packages says that the names are those of packages, complete below one of these folders.
func (c *Collector) Packages(dirs ...string) { c.packages = dirs }

// Roots are the folders of Root, in the order of the report.
func (c *Collector) Roots() []string { return c.roots }

// Note keeps a sentence on what was put right or left out.
func (c *Collector) Note(format string, args ...any) {
	note := text.ClipBytes(fmt.Sprintf(format, args...), maxQuoted)
	switch {
	case slices.Contains(c.notes, note):
	case len(c.notes) == MaxNotes:
		c.more++
	default:
		c.notes = append(c.notes, note)
	}
}

// Finish gives what was collected, with the names of the report as paths, and empties the collector as it goes. The
// error says that it is too much.
func (c *Collector) Finish() (Coverage, error) {
	out := Coverage{
		Files:      make([]FileCoverage, 0, len(c.files)),
		Roots:      c.roots,
		Packages:   c.packages,
		Unresolved: []string{},
		Notes:      append([]string{}, c.notes...),
	}
	if c.more > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("and %d notes more", c.more))
	}
	c.memory = 0
	for at, l := range c.files {
		f := l.finish()
		f.Path, f.Module = at.Name, at.Module
		if err := c.hold(f.size()); err != nil {
			return Coverage{}, err
		}
		out.Files = append(out.Files, f)
	}
	sorting.By(out.Files, byName)
	return out, nil
}

// finish makes a file of what was collected, and lets go of that.
func (l *LineSet) finish() FileCoverage {
	branches := l.branches()
	runs := 0
	for i, s := range l.state {
		if s != Unmeasured && (i == 0 || l.state[i-1] != s) {
			runs++
		}
	}
	lines := make([]LineRange, 0, runs)
	for i, s := range l.state {
		if s != Unmeasured {
			lines = Append(lines, LineRange{From: i, To: i, State: s})
		}
	}
	l.state = nil
	return FileCoverage{Lines: lines, Branches: branches, Evidence: l.evidence()}
}

// size is about how many bytes a file takes in memory: 24 a range, 64 a line of branches.
func (f FileCoverage) size() int {
	n := perFile + len(f.Path) + 24*cap(f.Lines) + 64*cap(f.Branches)
	for _, b := range f.Branches {
		n += 4 * (cap(b.Taken) + cap(b.Missed))
	}
	if e := f.Evidence; e != nil {
		n += 8 * (cap(e.Widths) + cap(e.Digests))
	}
	return n
}

// Count reads how often something ran: a whole number, or one with a point or an exponent. Less than zero, and what a
// tool wrapped around below zero into 64 bits, count as never, as the tools' own reports have it. What is no number, or
// not a finite one, is an error.
func Count[T string | []byte](s T) (ran bool, err error) {
	if len(s) > 0 && len(s) <= 18 {
		digits := true
		for i := range len(s) {
			if s[i] < '0' || s[i] > '9' {
				digits = false
				break
			}
			ran = ran || s[i] != '0'
		}
		if digits {
			return ran, nil
		}
	}
	return slowCount(string(s))
}

func slowCount(s string) (bool, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(s, "xX_pP") {
		return false, fmt.Errorf("the count %q is no number", text.ClipBytes(s, maxQuoted))
	}
	return f > 0 && f < 1<<63, nil
}

// LineNumber reads a line number. It is 0 for "undefined", which some tools write for code without a place.
func LineNumber[T string | []byte](s T) (int, error) {
	n := 0
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 || n > MaxLine {
			n = -1
			break
		}
		n = n*10 + int(d)
	}
	switch {
	case len(s) > 0 && n >= 0 && n <= MaxLine:
		return n, nil
	case string(s) == "undefined" || string(s) == "null":
		return 0, nil
	}
	return 0, fmt.Errorf("the line number %q is not between 0 and %d", text.ClipBytes(string(s), maxQuoted), MaxLine)
}
