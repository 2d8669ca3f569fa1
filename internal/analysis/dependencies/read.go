package dependencies

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/text"
)

// unit is one manifest or lock file with its two sides.
type unit struct {
	path   string
	format manifest.Format
	// base and head are nil where the file does not stand, or could not be read.
	base *manifest.Set
	head *manifest.Set
	// changed is false for a file that the change leaves alone: then only its head was read, and the base is the same.
	changed bool
	// dark is true when a side that stands could not be read: nothing is concluded.
	dark bool
}

func (a *analysis) readAll() {
	a.units = map[string]*unit{}
	for _, f := range a.snapshot.Files {
		if f.State == diff.Submodule || f.Mode == "160000" || f.OldMode == "160000" {
			a.submodule(f)
			continue
		}
		format, ok := manifest.Identify(f.Path)
		if !ok || ignored(f.Path, a.exclude) || f.State == diff.Symlink {
			continue
		}
		if len(a.units) == maxFiles {
			a.unread(f.Path, change.AtHead, fmt.Sprintf("more than %d manifests and lock files changed", maxFiles))
			continue
		}
		u := &unit{path: f.Path, format: format, changed: true}
		if f.Status != diff.Added && f.Status != diff.Copied {
			u.base = a.side(u, change.AtBase, cmp.Or(f.OldPath, f.Path))
		}
		if f.Status != diff.Removed {
			u.head = a.side(u, change.AtHead, f.Path)
		}
		a.units[f.Path] = u
		if u.head != nil {
			a.facts.Read = append(a.facts.Read, File{text.Clip(f.Path, maxText), format.Name, len(u.head.Packages)})
		}
	}
	for _, file := range a.paths() {
		u := a.units[file]
		for _, name := range manifest.Beside(u.format) {
			beside := path.Join(path.Dir(file), name)
			if a.units[beside] != nil || u.head == nil {
				continue
			}
			// Nobody has to have such a file, so that nothing is missing where none was found.
			if c, ok := a.snapshot.Content(change.AtHead, beside); !ok || !c.Read() {
				continue
			}
			format, _ := manifest.Identify(beside)
			b := &unit{path: beside, format: format}
			b.head = a.side(b, change.AtHead, beside)
			b.base = b.head
			a.units[beside] = b
		}
	}
}

// paths are those of the units, in order.
func (a *analysis) paths() []string {
	paths := make([]string, 0, len(a.units))
	for file := range a.units {
		paths = append(paths, file)
	}
	slices.Sort(paths)
	return paths
}

// side reads one side of a file.
func (a *analysis) side(u *unit, side change.Side, file string) *manifest.Set {
	c, ok := a.snapshot.Content(side, file)
	reason := c.Problem
	switch {
	case !ok:
		reason = "its content was not read"
	case c.Absent:
		reason = "it was not found"
	}
	if reason == "" {
		set, err := manifest.Read(u.format, file, c.Body)
		if err == nil {
			for _, note := range set.Notes {
				a.unread(file, side, note+", so that it is not clear what holds")
			}
			return &set
		}
		reason = err.Error()
	}
	u.dark = true
	if u.format.Ecosystem != actions { // workflows/unread and workflows/syntax name those
		a.unread(file, side, reason)
	}
	return nil
}

func (a *analysis) unread(file string, side change.Side, reason string) {
	a.facts.Unread = append(a.facts.Unread, Unread{text.Clip(file, maxText), string(side), text.Clip(reason, maxText)})
}

// submodule takes the commits from the lines "-Subproject commit ..." and "+Subproject commit ...", or the objects' names.
func (a *analysis) submodule(f diff.File) {
	s := Submodule{Path: text.Clip(f.Path, maxText), Old: f.OldBlob, New: f.Blob}
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			commit, ok := strings.CutPrefix(l.Text, "Subproject commit ")
			switch {
			case ok && l.Op == diff.Delete:
				s.Old = strings.TrimSuffix(commit, "-dirty")
			case ok && l.Op == diff.Add:
				s.New = strings.TrimSuffix(commit, "-dirty")
			}
		}
	}
	if strings.Trim(s.Old, "0") == "" {
		s.Old = ""
	}
	if strings.Trim(s.New, "0") == "" {
		s.New = ""
	}
	if s.Old == s.New && s.New != "" {
		return // it moved
	}
	a.facts.Submodules = append(a.facts.Submodules, s)
}
