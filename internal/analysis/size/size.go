// Package size says how large a change is for the person who reads it: its class and counted lines, what did not count
// and why, binaries and large files. It is pure: equal snapshots and settings give equal facts.
//
// Callers may rely on: generated, vendored, lock and snapshot files do not count; .gitattributes is the base
// revision's; what is not known is listed, and the numbers are then the least that the change can be.
package size

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// headBytes is how much of a file's start is searched for a generator's mark.
const headBytes = 16 << 10

// Analyse measures a change.
func Analyse(s *change.Snapshot, opt settings.Size) Facts {
	a := newAnalysis(s, opt)
	files := slices.Clone(s.Files)
	sorting.StableBy(files, func(x, y diff.File) int { return strings.Compare(x.Path, y.Path) })
	for _, f := range files {
		a.file(f)
	}
	a.twins(files)
	return a.finish()
}

type analysis struct {
	snapshot   *change.Snapshot
	opt        settings.Size
	exclude    *language.Ignore
	classifier *language.Classifier
	facts      Facts
	uncounted  map[string]*Uncounted
	parts      []Part
	folders    map[string]*Part
	// counted are the files that count, gone those with lines that the change removes and that people had written.
	counted, gone []diff.File
	// reasons of the lines that are missing, by path.
	reasons map[string]string
}

func newAnalysis(s *change.Snapshot, opt settings.Size) *analysis {
	a := &analysis{
		snapshot: s, opt: opt, uncounted: map[string]*Uncounted{}, folders: map[string]*Part{}, reasons: map[string]string{},
		facts: Facts{Notes: []string{}, Twins: []Twin{}, FilesComplete: true},
	}
	for _, l := range []*List{&a.facts.Binaries, &a.facts.Products, &a.facts.Large, &a.facts.LargeBefore, &a.facts.LargeUnsure,
		&a.facts.Submodules, &a.facts.UnknownLines, &a.facts.UnknownBytes} {
		l.Files = []Entry{}
	}
	for _, g := range s.Gaps {
		switch g.Fact {
		case "diff.lines":
			a.reasons[g.Path] = g.Reason
		case "diff.files":
			a.facts.FilesComplete = false
		case "attributes":
			a.facts.Attributes = text.Clip(cmp.Or(g.Reason, "it could not be read"), maxPath)
		}
	}
	if s.FilesTotal > len(s.Files) {
		a.facts.FilesComplete = false
	}
	var errs []error
	a.exclude, errs = language.ParseIgnore(opt.Exclude)
	for _, err := range errs {
		a.note("size.exclude: " + err.Error())
	}
	contents := map[string][]byte{}
	for path, f := range s.Controls.Files {
		contents[path] = f.Content
	}
	attributes, problems := language.ParseAttributes(contents)
	for _, p := range problems {
		a.note(p.Error())
	}
	a.classifier = language.NewClassifier(attributes)
	return a
}

func (a *analysis) note(note string) {
	if len(a.facts.Notes) == maxNotes {
		a.facts.NotesMore++
		return
	}
	a.facts.Notes = append(a.facts.Notes, text.Clip(note, maxPath))
}

// file takes one file into account.
func (a *analysis) file(f diff.File) {
	lines := f.Additions + f.Deletions
	a.facts.AllFiles++
	a.facts.AllLines += lines
	entry := Entry{Path: f.Path, Bytes: f.Size, Status: string(f.Status)}
	if f.State == diff.Submodule {
		a.facts.Submodules.add(entry)
		a.skip(submodule, f.Path, lines)
		return
	}
	// What the settings leave out is left out of everything.
	if a.exclude.Match(f.Path) != "" {
		a.skip(excluded, f.Path, lines)
		return
	}
	a.bytes(f, entry)
	if f.State == diff.Binary {
		if f.Status == diff.Added || f.Status == diff.Copied {
			a.facts.Binaries.add(entry)
			if entry.Reason = language.Product(f.Path, f.Mode == "100755"); entry.Reason != "" {
				a.facts.Products.add(entry)
			}
		}
		a.skip(binary, f.Path, lines)
		return
	}
	class := a.classifier.Classify(f.Path, head(f), f.Status == diff.Added)
	if class.Kind == language.Source && resolved(f) {
		class.Kind = language.Lock
	}
	if class.Kind == language.Source && f.Deletions > 0 {
		a.gone = append(a.gone, f)
	}
	switch {
	case class.Kind != language.Source:
		a.skip(string(class.Kind), f.Path, lines)
		return
	case f.Status == diff.Removed, f.State == diff.Text && f.Additions == 0 && f.Deletions > 0:
		// What is gone has no line to read, however long it was.
		a.skip(deletions, f.Path, lines)
		return
	case class.Documentation, language.Prose(f.Path):
		a.facts.DocumentationLines += lines
		a.skip(documentation, f.Path, lines)
		return
	case f.State == diff.PureRename:
		a.skip(renamed, f.Path, lines)
		return
	case f.State == diff.Unknown, f.State == diff.TooLarge && lines == 0:
		// A file that is too large to be read has counts of the forge, and those are enough.
		entry.Reason = cmp.Or(a.reasons[f.Path], "its changed lines could not be read")
		a.facts.UnknownLines.add(entry)
	}
	a.count(f, lines)
}

func (a *analysis) count(f diff.File, lines int) {
	a.facts.Files++
	a.facts.Lines += lines
	a.facts.Additions += f.Additions
	a.facts.Deletions += f.Deletions
	a.counted = append(a.counted, f)
	if lines == 0 {
		return
	}
	a.parts = append(a.parts, Part{Path: f.Path, Files: 1, Lines: lines})
	folder := folderOf(f.Path)
	if a.folders[folder] == nil {
		a.folders[folder] = &Part{Path: folder}
	}
	a.folders[folder].Files++
	a.folders[folder].Lines += lines
}

// folderOf is the first two folders of a path, "." at the root.
func folderOf(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) == 1 {
		return "."
	}
	return strings.Join(parts[:min(2, len(parts)-1)], "/")
}

// skip notes a file that does not count.
func (a *analysis) skip(reason, path string, lines int) {
	u := a.uncounted[reason]
	if u == nil {
		u = &Uncounted{Reason: reason}
		a.uncounted[reason] = u
	}
	u.Files++
	u.Lines += lines
	if len(u.Paths) == maxPaths {
		u.More++
		return
	}
	u.Paths = append(u.Paths, text.Clip(path, maxPath))
}

// bytes checks the size of an added or changed file.
func (a *analysis) bytes(f diff.File, entry Entry) {
	if a.opt.LargeFile <= 0 || f.Status == diff.Removed || f.State == diff.PureRename || f.State == diff.ModeOnly ||
		f.State == diff.Symlink {
		return
	}
	size := f.Size
	if size < 0 {
		size = shownBytes(f)
	}
	entry.Bytes = size
	switch {
	case size > a.opt.LargeFile:
		a.large(f, entry)
	case f.Size < 0 && (f.State == diff.Binary || f.State == diff.TooLarge || f.State == diff.Unknown):
		entry.Bytes, entry.Reason = -1, cmp.Or(a.reasons[f.Path], "its size could not be read")
		a.facts.UnknownBytes.add(entry)
	}
}

// large tells a file that this change makes large from one that was so at the base: taking that out of the branch's
// commits makes nothing smaller.
func (a *analysis) large(f diff.File, entry Entry) {
	if f.Status == diff.Added || f.Status == diff.Copied {
		a.facts.Large.add(entry)
		return
	}
	before := f.OldSize
	if before == 0 && f.State == diff.Text && f.Size >= 0 {
		before = f.Size - bytesOf(f, diff.Add) + bytesOf(f, diff.Delete)
	}
	switch {
	case before > a.opt.LargeFile:
		a.facts.LargeBefore.add(entry)
	case before > 0, f.State == diff.Text && f.Size >= 0:
		a.facts.Large.add(entry)
	default:
		entry.Reason = "its size at the base is not known"
		a.facts.LargeUnsure.add(entry)
	}
}

// shownBytes is the size of what the hunks show of the head: all of an added file, the least of any other.
func shownBytes(f diff.File) int64 { return bytesOf(f, diff.Add) + bytesOf(f, diff.Context) }

// bytesOf is how many bytes the lines of one operation have, with their line ends.
func bytesOf(f diff.File, op diff.Op) int64 {
	var n int64
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			if l.Op != op {
				continue
			}
			n += int64(len(l.Text))
			if !l.NoNewline {
				n++
			}
		}
	}
	return n
}

// head is the start of the file's content (of the base's, when the file was removed), as far as the first hunk shows it.
func head(f diff.File) []byte {
	if len(f.Hunks) == 0 {
		return nil
	}
	h := f.Hunks[0]
	start, hidden := h.NewStart, diff.Delete
	if f.Status == diff.Removed {
		start, hidden = h.OldStart, diff.Add
	}
	if start > 1 {
		return nil
	}
	length := 0
	for _, l := range h.Lines {
		if length += len(l.Text) + 1; length >= headBytes {
			break
		}
	}
	out := make([]byte, 0, min(length, headBytes)+1)
	for _, l := range h.Lines {
		if l.Op == hidden {
			continue
		}
		// The newline counts as well: a line that ends exactly at the limit leaves no room for another.
		out = append(append(out, l.Text[:min(len(l.Text), headBytes-len(out))]...), '\n')
		if len(out) >= headBytes {
			return out[:headBytes]
		}
	}
	return out
}
