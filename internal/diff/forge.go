package diff

import (
	"bytes"
	"fmt"
	"strings"
)

// binarySniff is how many bytes git looks at for a NUL.
const binarySniff = 8000

// Entry is what a forge's files API says of one file, with what the reader found out beside it.
type Entry struct {
	Path, OldPath string
	Status        Status
	// Patch is nil when the forge sent none. It does so for binary, empty, renamed and mode-only files, and for large ones.
	Patch                *string
	Additions, Deletions int
	// Blob and OldBlob are object ids, the submodule's commit for a submodule; Mode and OldMode are octal. Empty when
	// not known or not there.
	OldMode, Mode, OldBlob, Blob string
	// Size is the size in bytes of the head blob (of the base blob for a removed file); -1 when not known.
	Size int64
	// Start is the beginning of that blob, 8,000 bytes or all of it; nil when it was not read.
	Start []byte
}

// FromForge makes a File of what a forge said. The reason is empty when every changed line is known; else it says in words
// what is missing, for a gap. A TooLarge file can be completed by reading both blobs; see FromBlobs.
//
// The rules: no patch but changed lines is TooLarge. No patch and no changed lines is a rename, or settled by modes, blobs and
// the start of the blob; else Unknown. A patch whose counts differ from the forge's was cut, so it is TooLarge and dropped.
func FromForge(e Entry) (f File, reason string) {
	f = File{
		Path: e.Path, Status: e.Status, OldMode: e.OldMode, Mode: e.Mode, OldBlob: e.OldBlob, Blob: e.Blob,
		Size: e.Size, Additions: e.Additions, Deletions: e.Deletions,
	}
	if e.Status == Renamed || e.Status == Copied {
		f.OldPath = e.OldPath
	}
	quiet := quietState(f)
	switch {
	case quiet == Submodule || quiet == Symlink:
		f.State = quiet
		return f, ""
	case e.Patch == nil || *e.Patch == "":
		return fromSilence(f, e, quiet)
	}
	hunks, err := ParsePatch(*e.Patch)
	if err != nil {
		f.State = TooLarge
		return f, fmt.Sprintf("the forge's patch is not whole (%v)", err)
	}
	g := f.With(hunks)
	if g.Additions != e.Additions || g.Deletions != e.Deletions {
		f.State = TooLarge
		return f, fmt.Sprintf("the forge's patch was cut: it holds +%d -%d of +%d -%d lines", g.Additions, g.Deletions, e.Additions,
			e.Deletions)
	}
	if isSubmodule(g) {
		g.State, g.Hunks = Submodule, nil
	}
	return g, ""
}

// fromSilence settles a file without a patch.
func fromSilence(f File, e Entry, quiet State) (File, string) {
	switch {
	case e.Additions+e.Deletions > 0:
		f.State = TooLarge
		return f, fmt.Sprintf("the forge sent no patch for +%d -%d lines", e.Additions, e.Deletions)
	case quiet == ModeOnly && (e.OldBlob == "" || e.Blob == "") && e.Size != 0 && len(e.Start) > 0 && !isBinary(e.Start):
		f.State = quiet
	case quiet != Unknown && (quiet != ModeOnly || e.OldBlob != "" && e.Blob != ""):
		f.State = quiet
	case e.Size == 0 || emptyBlobs[e.Blob] && e.Status == Added:
		f.State = Empty
	case isBinary(e.Start):
		f.State = Binary
	default:
		f.State = Unknown
		return f, "the forge sent neither a patch nor line counts, and the file is not known to be binary or empty"
	}
	return f, ""
}

func isBinary(start []byte) bool {
	return bytes.IndexByte(start[:min(len(start), binarySniff)], 0) >= 0
}

// isSubmodule recognises a submodule whose mode is not known: its blob id is the commit that the patch names.
// A text file cannot pass for one, as no file holds its own id.
func isSubmodule(f File) bool {
	if f.Blob == "" && f.OldBlob == "" || len(f.Hunks) != 1 || len(f.Hunks[0].Lines) > 2 {
		return false
	}
	for _, l := range f.Hunks[0].Lines {
		commit, ok := strings.CutPrefix(l.Text, "Subproject commit ")
		if !ok || l.Op == Context {
			return false
		}
		if (l.Op == Add || f.Status == Removed) && commit != f.Blob && commit != f.OldBlob {
			return false
		}
	}
	return true
}

// With returns f as a Text file with these hunks and their counts. Without hunks the state stays as it is.
func (f File) With(hunks []Hunk) File {
	if len(hunks) == 0 {
		return f
	}
	f.State, f.Hunks, f.Additions, f.Deletions = Text, hunks, 0, 0
	for _, h := range hunks {
		for _, l := range h.Lines {
			switch l.Op {
			case Add:
				f.Additions++
			case Delete:
				f.Deletions++
			}
		}
	}
	return f
}
