package diff

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// headerLines are the lines that git writes between "diff --git" and a file's content.
var headerLines = []string{
	"old mode ", "new mode ", "deleted file mode ", "new file mode ", "copy from ", "copy to ", "rename from ", "rename to ",
	"similarity index ", "dissimilarity index ", "index ", "--- ", "+++ ",
}

// header reads the header of one file, up to its first hunk, its binary marker or the next file.
func (s *scanner) header() (File, error) {
	start, line := s.line, s.peek()
	if !prefixed(strings.TrimPrefix(line, "diff --git "), "a/") || (!strings.Contains(line, " b/") && !strings.Contains(line, ` "b/`)) {
		return File{}, s.errorf("%q has no a/ and b/ prefixes; run git diff with --src-prefix=a/ --dst-prefix=b/", clip(line))
	}
	// The library reads a buffer as it is, and puts one of 4 KiB before any other reader.
	var block bytes.Buffer
	block.WriteString(requote(line) + "\n")
	s.next(line)
	for !s.done() {
		line = s.peek()
		if !isHeader(line) {
			break
		}
		if bad := wrongPrefix(line); bad != "" {
			return File{}, s.errorf("%q has no %s prefix; run git diff with --src-prefix=a/ --dst-prefix=b/", clip(line), bad)
		}
		block.WriteString(requote(line) + "\n")
		s.next(line)
	}
	files, _, err := gitdiff.Parse(&block)
	if err != nil {
		return File{}, fmt.Errorf("line %d of the diff: read the file's header: %w", start, err)
	}
	if len(files) != 1 {
		return File{}, fmt.Errorf("line %d of the diff: the header names %d files", start, len(files))
	}
	return fromVendor(files[0]), nil
}

func isHeader(line string) bool {
	for _, prefix := range headerLines {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// wrongPrefix returns the prefix that a "---" or "+++" line lacks.
func wrongPrefix(line string) string {
	if name, ok := strings.CutPrefix(line, "--- "); ok && name != "/dev/null" && !prefixed(name, "a/") {
		return "a/"
	}
	if name, ok := strings.CutPrefix(line, "+++ "); ok && name != "/dev/null" && !prefixed(name, "b/") {
		return "b/"
	}
	return ""
}

func prefixed(name, prefix string) bool {
	return strings.HasPrefix(strings.TrimPrefix(name, `"`), prefix)
}

func fromVendor(v *gitdiff.File) File {
	f := File{
		Path: v.NewName, Status: Modified, Size: -1,
		OldMode: mode(v.OldMode), Mode: mode(v.NewMode), OldBlob: blob(v.OldOIDPrefix), Blob: blob(v.NewOIDPrefix),
	}
	if f.Mode == "" && !v.IsDelete {
		// git writes an unchanged mode once, and the library keeps it as the old one.
		f.Mode = f.OldMode
	}
	switch {
	case v.IsNew:
		f.Status, f.OldMode, f.OldBlob = Added, "", ""
	case v.IsDelete:
		f.Status, f.Path, f.Mode, f.Blob = Removed, v.OldName, "", ""
	case v.IsRename:
		f.Status, f.OldPath = Renamed, v.OldName
	case v.IsCopy:
		f.Status, f.OldPath = Copied, v.OldName
	}
	return f
}

func mode(m fs.FileMode) string {
	if m == 0 {
		return ""
	}
	return fmt.Sprintf("%06o", uint32(m))
}

// blob is an object id, or empty for the id that git writes for nothing.
func blob(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}
