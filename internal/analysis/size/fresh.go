package size

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/testfile"
)

// A change sweeps over the tree when three in four of the files that it adds lines to, and fifty at least, get ten
// lines or fewer: a name is replaced, a formatter ran. How wide it is, size.files_over limits. New files are no part of
// a sweep.
const (
	smallEdit = 10
	sweep     = 50
)

// fresh counts the new lines of the counted files.
func (a *analysis) fresh() {
	removed := map[string]int{}
	for _, f := range a.gone {
		for text := range lines(f, diff.Delete) {
			removed[text]++
		}
	}
	firstIn := map[string]string{}
	n := &a.facts.New
	type edit struct {
		path  string
		lines int
		isNew bool
	}
	var edits []edit
	small := 0
	folders := map[string]*Part{}
	var parts []Part
	for _, f := range a.counted {
		// What is known of these is a number.
		count := f.Additions
		if f.State == diff.Text {
			count = 0
			for text := range lines(f, diff.Add) {
				switch {
				case removed[text] > 0:
					removed[text]--
					n.Moved++
				case firstIn[text] != "" && firstIn[text] != f.Path:
					n.Repeated++
				default:
					firstIn[text] = f.Path
					count++
				}
			}
		}
		if count == 0 {
			continue
		}
		if testfile.Is(f.Path) {
			n.Tests += count
			continue
		}
		edits = append(edits, edit{f.Path, count, f.Status == diff.Added || f.Status == diff.Copied})
		if count <= smallEdit {
			small++
		}
	}
	swept := small >= sweep && 4*small >= 3*len(edits)
	for _, e := range edits {
		if swept && !e.isNew {
			n.Swept += e.lines
			continue
		}
		n.Lines += e.lines
		parts = append(parts, Part{Path: e.path, Files: 1, Lines: e.lines})
		folder := folderOf(e.path)
		if folders[folder] == nil {
			folders[folder] = &Part{Path: folder}
		}
		folders[folder].Files++
		folders[folder].Lines += e.lines
	}
	n.Files = len(parts)
	n.Largest, n.Folders = top(parts), topFolders(folders)
}

// lines are those of one operation without their spaces, so that a line that was indented anew or got another line end
// is the same. Empty ones are left out.
func lines(f diff.File, op diff.Op) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if l.Op != op {
					continue
				}
				if text := dense(l.Text); text != "" && !yield(text) {
					return
				}
			}
		}
	}
}

// dense is a text without spaces and byte order mark.
func dense(text string) string {
	skipped := func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }
	if text = strings.TrimFunc(text, skipped); !strings.ContainsFunc(text, skipped) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for from := 0; from < len(text); {
		if to := strings.IndexFunc(text[from:], skipped); to >= 0 {
			b.WriteString(text[from : from+to])
			_, width := utf8.DecodeRuneInString(text[from+to:])
			from += to + width
			continue
		}
		b.WriteString(text[from:])
		break
	}
	return b.String()
}
