// Package diff is what a change did to files: paths, modes, hunks and lines, read from git's output or a forge's bare patches.
// It is the only door to go-gitdiff. Every parser is bounded, and says what is missing instead of giving less.
//
// Line numbers start at 1. Text never holds the final newline; a carriage return before it stays.
package diff

// Status says what happened to a path. The names are those of GitHub's files API.
type Status string

// The statuses of a file.
const (
	Added    Status = "added"
	Modified Status = "modified"
	Removed  Status = "removed"
	Renamed  Status = "renamed"
	Copied   Status = "copied"
)

// State says what is known of a file's content. Only Text files have hunks.
type State string

// The states of a file's content. TooLarge and Unknown mean that lines are missing: a rule that reads lines must say so.
const (
	Text       State = "text"
	Binary     State = "binary"
	PureRename State = "pure_rename"
	Empty      State = "empty"
	ModeOnly   State = "mode_only"
	Symlink    State = "symlink"
	Submodule  State = "submodule"
	TooLarge   State = "too_large"
	Unknown    State = "unknown"
)

// File is one file of a diff.
type File struct {
	// Path is the name at the head, or at the base when the file was removed.
	Path string `json:"path"`
	// OldPath is set for renames and copies only.
	OldPath string `json:"old_path,omitempty"`
	Status  Status `json:"status"`
	State   State  `json:"state"`
	// OldMode and Mode are git's octal modes ("100644", "100755", "120000", "160000"); empty when not known or not there.
	OldMode string `json:"old_mode,omitempty"`
	Mode    string `json:"mode,omitempty"`
	// OldBlob and Blob are object ids; empty when not known or not there.
	OldBlob string `json:"old_blob,omitempty"`
	Blob    string `json:"blob,omitempty"`
	// Size is the head blob's size in bytes, -1 when not known.
	Size int64 `json:"size"`
	// OldSize is the base blob's size in bytes where the reader had it at hand; 0 when it is not known, or there is none.
	OldSize int64 `json:"old_size,omitempty"`
	// Additions and Deletions are counted lines; for a Text file they equal those of the hunks.
	Additions int `json:"additions"`
	Deletions int `json:"deletions"`
	// Hunks are in order of their lines.
	Hunks []Hunk `json:"hunks,omitempty"`
}

// Hunk is one "@@ -a,b +c,d @@" part.
type Hunk struct {
	OldStart int    `json:"old_start"`
	OldLines int    `json:"old_lines"`
	NewStart int    `json:"new_start"`
	NewLines int    `json:"new_lines"`
	Section  string `json:"section,omitempty"`
	Lines    []Line `json:"lines"`
}

// Op is what happened to a line.
type Op byte

// The operations of a line.
const (
	Context Op = ' '
	Add     Op = '+'
	Delete  Op = '-'
)

// Line is one line of a hunk.
type Line struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
	// NoNewline is true for a last line without a newline.
	NoNewline bool `json:"no_newline,omitempty"`
}

// Complete reports whether every changed line of the file is known (or known to be none).
func (f File) Complete() bool { return f.State != TooLarge && f.State != Unknown }
