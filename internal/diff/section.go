package diff

import (
	"fmt"
	"strings"
)

const (
	modeLink      = "120000"
	modeSubmodule = "160000"
)

// emptyBlobs are the ids of the empty blob, in SHA-1 and SHA-256 repositories.
var emptyBlobs = map[string]bool{
	"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391":                         true,
	"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813": true,
}

// section reads one "diff --git" part: its header and its hunks or binary marker.
func (p *gitParser) section() (File, error) {
	switch line := p.peek(); {
	case strings.HasPrefix(line, "diff --git "):
	case strings.HasPrefix(line, "diff --cc "), strings.HasPrefix(line, "diff --combined "):
		return File{}, p.errorf("this is a merge's combined diff; ask git for the diff between two commits")
	case strings.HasPrefix(line, "@@ -"):
		return File{}, p.errorf("a hunk without a file; bare patches are read by ParsePatch")
	default:
		return File{}, p.errorf("%q is not part of git's diff", clip(line))
	}
	f, err := p.header()
	if err != nil {
		return File{}, err
	}
	binary := false
	switch {
	case p.at("Binary files "):
		binary = true
		p.next(p.peek())
	case p.at("GIT binary patch"):
		binary = true
		for !p.done() && !p.at("diff ") {
			p.next(p.peek())
		}
	default:
		if err := p.hunks(&f); err != nil {
			return File{}, err
		}
	}
	switch quiet := quietState(f); {
	case quiet == Submodule || quiet == Symlink:
		f.State, f.Hunks = quiet, nil
	case f.State != "":
	case binary:
		f.State = Binary
	default:
		f.State = quiet
	}
	return f, nil
}

// hunks reads the hunks of f and sets its counts. The state is set only if there is at least one hunk.
func (p *gitParser) hunks(f *File) error {
	start := p.pos
	var order sequence
	var counted tally
	for p.at("@@ -") {
		line := p.line
		h, err := p.hunk(f.State != TooLarge, &counted)
		if err != nil {
			return err
		}
		if err := order.check(h); err != nil {
			return fmt.Errorf("line %d of the diff: %w", line, err)
		}
		if f.State == "" {
			f.State = Text
		}
		p.lines += len(h.Lines)
		if p.pos-start > p.limits.FileBytes || p.lines > p.limits.Lines {
			p.lines -= len(h.Lines)
			for _, dropped := range f.Hunks {
				p.lines -= len(dropped.Lines)
			}
			f.State, f.Hunks = TooLarge, nil
			continue
		}
		f.Hunks = append(f.Hunks, h)
	}
	f.Additions, f.Deletions = counted.added, counted.deleted
	return nil
}

// quietState is the state of a file by its modes, blobs and status alone; Unknown when they do not settle it.
func quietState(f File) State {
	m := f.Mode
	if f.Status == Removed {
		m = f.OldMode
	}
	switch {
	case m == modeSubmodule:
		return Submodule
	case m == modeLink:
		return Symlink
	case f.OldBlob != "" && f.Blob != "" && f.OldBlob != f.Blob:
		return Unknown
	case f.Status == Renamed || f.Status == Copied:
		return PureRename
	case f.Status == Added && emptyBlobs[f.Blob], f.Status == Removed && emptyBlobs[f.OldBlob]:
		return Empty
	case f.Status == Modified && (f.OldBlob != "" && f.Blob != "" || f.OldMode != "" && f.Mode != "" && f.OldMode != f.Mode):
		return ModeOnly
	}
	return Unknown
}

// joinTypeChange makes one modified file of the removal and the addition that git writes for a change of type.
// A link or submodule that became a text file is a Text file with its new lines alone: what a link pointed at is no line.
func joinTypeChange(gone, come File) File {
	f := come
	f.Status, f.OldMode, f.OldBlob = Modified, gone.OldMode, gone.OldBlob
	if come.State != Text {
		f.Additions, f.Deletions = gone.Additions+come.Additions, gone.Deletions+come.Deletions
	}
	return f
}
