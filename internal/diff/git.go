package diff

import (
	"fmt"
	"io"
	"strings"
)

// Limits bounds what Parse reads and keeps. A zero field is its default.
type Limits struct {
	// Bytes is the most that is read at all. Beyond it, files are TooLarge when the list before the patches names them; else Parse fails.
	Bytes int64
	// Files is the most files. More is an error.
	Files int
	// FileBytes is the largest patch of one file that is kept; Lines the most hunk lines that are kept in all.
	// Beyond either, a file is TooLarge: its lines are counted and dropped.
	FileBytes, Lines int
}

// DefaultLimits are what a zero field of Limits means.
func DefaultLimits() Limits {
	return Limits{Bytes: 64 << 20, Files: 50_000, FileBytes: 1 << 20, Lines: 1_000_000}
}

func (l Limits) filled() Limits {
	d := DefaultLimits()
	if l.Bytes <= 0 {
		l.Bytes = d.Bytes
	}
	if l.Files <= 0 {
		l.Files = d.Files
	}
	if l.FileBytes <= 0 {
		l.FileBytes = d.FileBytes
	}
	if l.Lines <= 0 {
		l.Lines = d.Lines
	}
	return l
}

// GitFlags are the flags of "git diff" that Parse expects, for "git diff FLAGS BASE HEAD". They make the output independent of the
// repository's and the user's configuration. The list of files (--raw, --numstat) comes before the patches, so that a diff beyond
// the limits still names every file; it is also the only place where git tells the blobs and modes of pure renames.
//
// git decides what is binary by the attributes of the work tree, which a change may have written: callers that judge lines
// check a Binary file's head blob for a NUL in its first 8,000 bytes.
func GitFlags() []string {
	return []string{
		"--raw", "--numstat", "--patch", "--full-index", "--no-abbrev", "--find-renames", "-l1000", "--unified=3", "--inter-hunk-context=0",
		"--diff-algorithm=myers", "--indent-heuristic", "--submodule=short", "--ignore-submodules=none", "--src-prefix=a/",
		"--dst-prefix=b/",
		"--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "-O/dev/null",
	}
}

// Parse reads the output of "git diff" between two commits, with or without the file list of GitFlags. No output is no files.
//
// Every file has modes and blobs when the list is there; without it those of pure renames and mode changes are not known.
// A change of type (a file becomes a symbolic link) is one Modified file. What git does not write, a merge's combined diff,
// and a hunk that does not match its header are errors with a line number, never a shorter list.
func Parse(r io.Reader, limits Limits) ([]File, error) {
	limits = limits.filled()
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read diff: %w", err)
	}
	p := &gitParser{scanner: newScanner(text.String()), limits: limits}
	if p.cut = n > limits.Bytes; p.cut {
		// Only whole lines are looked at.
		whole := p.text[:limits.Bytes]
		p.text = whole[:strings.LastIndexByte(whole, '\n')+1]
	}
	return p.parse()
}

type gitParser struct {
	*scanner
	limits Limits
	// cut is true when the input was longer than its limit.
	cut   bool
	lines int
}

func (p *gitParser) parse() ([]File, error) {
	list, err := p.list(p.limits.Files)
	if err != nil {
		return nil, err
	}
	if p.cut && (len(list) == 0 || p.done()) {
		return nil, fmt.Errorf("read diff: %w: more than %d bytes", ErrTooLarge, p.limits.Bytes)
	}
	var files []File
	inside := false
	for !p.done() {
		if len(list) > 0 && len(files) == len(list) {
			return nil, p.errorf("there are more patches than the %d files that git listed", len(list))
		}
		if len(files) == p.limits.Files {
			return nil, p.errorf("%w: more than %d files changed", ErrTooLarge, p.limits.Files)
		}
		f, err := p.change(files, list)
		if err != nil {
			if p.cut && p.done() {
				inside = true
				break
			}
			return nil, err
		}
		files = append(files, f)
	}
	if p.cut && !inside && len(files) > 0 {
		// The limit fell between two hunks or two files, so the last patch may have lost hunks without a trace.
		files = files[:len(files)-1]
	}
	if len(list) == 0 || len(files) == len(list) {
		return files, nil
	}
	if !p.cut {
		return nil, fmt.Errorf("the diff holds %d patches, and git listed %d files: it was cut", len(files), len(list))
	}
	for _, l := range list[len(files):] {
		f := l.file
		if f.State = quietState(f); f.State == Unknown {
			f.State = TooLarge
		}
		if l.binary {
			f.State = Binary
		}
		files = append(files, f)
	}
	return files, nil
}

// change reads the patch, or the two patches of a type change, of the next file and joins them with what the list says.
func (p *gitParser) change(before []File, list []listed) (File, error) {
	f, err := p.section()
	if err != nil {
		return File{}, err
	}
	if len(list) == 0 {
		// Without a list, a removal and an addition of one path in a row are a type change.
		if f.Status == Removed && p.at("diff --git ") {
			mark := *p.scanner
			lines := p.lines
			next, err := p.section()
			if err == nil && next.Status == Added && next.Path == f.Path {
				return joinTypeChange(f, next), nil
			}
			*p.scanner, p.lines = mark, lines
		}
		return f, nil
	}
	l := list[len(before)]
	if l.typeChange {
		next, err := p.section()
		if err != nil {
			return File{}, err
		}
		if f.Status != Removed || next.Status != Added || f.Path != next.Path {
			return File{}, p.errorf("%q changes its type, but its patches are no removal and addition", clip(l.file.Path))
		}
		f = joinTypeChange(f, next)
	}
	if f.Path != l.file.Path || f.OldPath != l.file.OldPath || f.Status != l.file.Status {
		return File{}, p.errorf("the patch of %q (%s) stands where git listed %q (%s)", clip(f.Path), f.Status, clip(l.file.Path),
			l.file.Status)
	}
	f.OldMode, f.Mode, f.OldBlob, f.Blob = l.file.OldMode, l.file.Mode, l.file.OldBlob, l.file.Blob
	return f, nil
}
