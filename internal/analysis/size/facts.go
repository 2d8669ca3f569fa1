package size

import "github.com/lintel-review/lintel/internal/text"

// Facts is the "size" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
// Paths are cut at 400 characters.
type Facts struct {
	// Class is "XS", "S", "M", "L" or "XL" by the counted lines. It is the least the change can be when it is not Complete.
	Class string `json:"class"`
	// Lines counts the added and removed lines of the counted files: Additions and Deletions together.
	Lines     int `json:"lines"`
	Additions int `json:"additions"`
	Deletions int `json:"deletions"`
	// New is what of them was not there before, which is what the limit counts.
	New New `json:"new"`
	// Files counts the files that count; AllFiles and AllLines count everything that is known.
	Files    int `json:"files"`
	AllFiles int `json:"all_files"`
	AllLines int `json:"all_lines"`
	// DocumentationLines are those in prose: files that .gitattributes calls documentation, and those of markup
	// languages. They are not among Lines.
	DocumentationLines int `json:"documentation_lines"`
	// Largest are the ten counted files with most lines; Folders the ten folders (two levels deep) with most lines.
	Largest []Part `json:"largest"`
	Folders []Part `json:"folders"`
	// Uncounted says what did not count and why, by reason.
	Uncounted []Uncounted `json:"uncounted"`
	// Binaries are the added binary files. Products are those of them that a build, a packager or a tool made, by their
	// names and modes: programs, objects, archives, local leftovers; Reason says which. Those of tests and the wrappers
	// of build tools are not among them.
	Binaries List `json:"binaries"`
	Products List `json:"products"`
	// Large are the files that this change makes larger than the settings allow. LargeBefore are changed files that
	// were as large at the base already; LargeUnsure those of which it is not known whether they were.
	Large       List `json:"large"`
	LargeBefore List `json:"large_before"`
	LargeUnsure List `json:"large_unsure"`
	// Twins are added or renamed files whose name differs from another one's only in Unicode form or letter case: some
	// systems take them for one file.
	Twins     []Twin `json:"twins"`
	TwinsMore int    `json:"twins_more"`
	// Submodules are the changed submodules.
	Submodules List `json:"submodules"`
	// Complete is false when something is not known: then the numbers are the least the change can be, but for files that
	// .gitattributes would have left out when Attributes is not empty.
	Complete bool `json:"complete"`
	// FilesComplete is false when the list of files is incomplete.
	FilesComplete bool `json:"files_complete"`
	// UnknownLines are counted files whose changed lines are not known; UnknownBytes those whose size is not known and cannot be guessed.
	UnknownLines List `json:"unknown_lines"`
	UnknownBytes List `json:"unknown_bytes"`
	// Attributes says why .gitattributes could not be read, or be applied to all files; empty when it was.
	Attributes string `json:"attributes"`
	// Notes are lines of .gitattributes and of the setting "exclude" that were left out, as git leaves them out.
	Notes     []string `json:"notes"`
	NotesMore int      `json:"notes_more"`
}

// New are the lines that a person has to read for the first time: those that the change adds to counted files, but
// empty ones and those named below.
type New struct {
	Lines int `json:"lines"`
	// Files counts the files that have such lines.
	Files int `json:"files"`
	// Moved counts added lines that the change removes in another place, or in the same place but for spaces and line ends.
	Moved int `json:"moved"`
	// Repeated counts those that the change adds to another file as well, beyond the first one.
	Repeated int `json:"repeated"`
	// Swept counts those of edited files in a change that sweeps over the tree: three in four of its files, and fifty
	// at least, get ten such lines or fewer.
	Swept int `json:"swept"`
	// Tests counts those of tests, by the names of files and folders, and of what is measured or played with only.
	Tests int `json:"tests"`
	// Largest are the ten files with most new lines; Folders the ten folders (two levels deep) with most.
	Largest []Part `json:"largest"`
	Folders []Part `json:"folders"`
}

// Part is one file or folder with its counted lines.
type Part struct {
	Path  string `json:"path"`
	Files int    `json:"files"`
	Lines int    `json:"lines"`
}

// The reasons of Uncounted beside the kinds of package language.
const (
	excluded  = "excluded"
	binary    = "binary"
	renamed   = "renamed"
	submodule = "submodule"
	deletions = "deletions"
	// documentation is prose. It is read, but not as code is, and a guide that is written anew is no change that is too large to review.
	documentation = "documentation"
)

// Uncounted are the files that do not count for one reason: "excluded" (by settings), "generated", "vendored", "lock",
// "snapshot", "suppressed" (-diff or binary in .gitattributes), "binary", "renamed" (without an edit), "submodule",
// "documentation" or "deletions" (files that were removed, or of which lines were only removed).
type Uncounted struct {
	Reason string `json:"reason"`
	Files  int    `json:"files"`
	Lines  int    `json:"lines"`
	// Paths are the first twenty; More counts the others.
	Paths []string `json:"paths"`
	More  int      `json:"more"`
}

// Twin is one of two names that are the same to people.
type Twin struct {
	Path  string `json:"path"`
	Other string `json:"other"`
	// Differs is "form" (composed and decomposed characters) or "case".
	Differs string `json:"differs" jsonschema:"enum=form,enum=case"`
}

// List is a bounded list of files.
type List struct {
	// Files are the first hundred by path; More counts the others.
	Files []Entry `json:"files"`
	More  int     `json:"more"`
}

// Entry is one file of a list.
type Entry struct {
	Path string `json:"path"`
	// Bytes is -1 when not known.
	Bytes int64 `json:"bytes"`
	// Status is what happened to the file: "added", "modified", "removed", "renamed" or "copied".
	Status string `json:"status"`
	// Reason says why something is not known; empty otherwise.
	Reason string `json:"reason"`
}

const (
	maxPath    = 400
	maxParts   = 10
	maxPaths   = 20
	maxEntries = 100
	maxNotes   = 20
)

func (l *List) add(e Entry) {
	if len(l.Files) == maxEntries {
		l.More++
		return
	}
	e.Path, e.Reason = text.Clip(e.Path, maxPath), text.Clip(e.Reason, maxPath)
	l.Files = append(l.Files, e)
}
