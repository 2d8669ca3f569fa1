package local

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/settings"
)

const (
	// maxOwners is the most of a CODEOWNERS file that is read: GitHub loads none of 3 MB or more.
	maxOwners = 3<<20 - 1
	// maxAttributes bounds one .gitattributes file.
	maxAttributes = 1 << 20
	// maxHistory is how many older settings files are looked at for a valid one.
	maxHistory = 50
)

// ownersPlaces are those of CODEOWNERS on GitHub, in the order in which they are looked for.
var ownersPlaces = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

// controls reads the files that rule the change at its base, and what the change would make of them.
func (r *reader) controls(ctx context.Context) error {
	c := &r.s.Controls
	c.Rev, c.Files = r.s.Base, map[string]change.File{}
	if err := r.settings(ctx); err != nil {
		return err
	}
	for _, place := range ownersPlaces {
		if _, err := r.control(place, "owners.file", maxOwners); err != nil {
			return err
		}
	}
	for _, place := range r.attributes() {
		if _, err := r.control(place, "attributes", maxAttributes); err != nil {
			return err
		}
	}
	return r.proposed(ctx)
}

// control reads one file at the base. An absent one is not in the controls; one that cannot be used is a gap.
func (r *reader) control(place, fact string, limit int64) (change.File, error) {
	f, why, err := r.file(r.s.Base.SHA, place, limit)
	if err != nil {
		return f, err
	}
	if why != "" {
		r.gap(fact, pathText(place), "%s", why)
	}
	if f.Blob != "" {
		f.Path = pathText(place)
		r.s.Controls.Files[f.Path] = f
	}
	return f, nil
}

// file reads one file at a commit. Blob is empty when it is not there; why says what keeps a file that is there from being read.
func (r *reader) file(commit, place string, limit int64) (f change.File, why string, err error) {
	f.Path = place
	entry, ok, err := r.blobs.Find(commit, place)
	if err != nil || !ok || entry.Mode == git.ModeTree || entry.Mode == git.ModeSubmodule {
		return f, "", err
	}
	f.Blob = entry.ID
	obj, err := r.blobs.Read(entry.ID, limit)
	if err != nil {
		return f, "", err
	}
	f.Size = obj.Size
	if entry.Mode == git.ModeSymlink {
		return f, "it is a symbolic link, which is not followed", nil
	}
	if !obj.Whole() {
		return f, "it is larger than its limit", nil
	}
	f.Content = obj.Data
	return f, "", nil
}

// settings reads the settings file, and its older versions when it is not valid.
func (r *reader) settings(ctx context.Context) error {
	c := &r.s.Controls
	if r.options.Settings != nil {
		c.Files[settings.Path] = change.File{Path: settings.Path, Size: int64(len(r.options.Settings)), Content: r.options.Settings}
		return nil
	}
	f, err := r.control(settings.Path, "settings", settings.MaxBytes)
	if err != nil {
		return err
	}
	valid := r.options.Valid
	if f.Blob == "" || valid == nil || f.Content != nil && valid(f.Content) {
		return nil
	}
	// The first version is the one at hand.
	versions, cut, err := r.repo.FirstParentHistory(ctx, r.blobs, r.s.Base.SHA, settings.Path, maxHistory+1)
	if err != nil {
		return err
	}
	c.HistoryCut = cut
	for _, v := range versions[min(1, len(versions)):] {
		if v.ID == "" {
			continue
		}
		old, _, err := r.file(v.Commit, settings.Path, settings.MaxBytes)
		if err != nil {
			return err
		}
		c.SettingsHistory = append(c.SettingsHistory, old)
		if old.Content != nil && valid(old.Content) {
			c.HistoryCut = false
			return nil
		}
	}
	return nil
}

// attributes are the places of every .gitattributes that bears on a changed path, outermost first.
func (r *reader) attributes() []string {
	places := map[string]bool{}
	for _, p := range r.touched {
		for dir := path.Dir(p); ; dir = path.Dir(dir) {
			place := strings.TrimPrefix(dir+"/.gitattributes", "./")
			if places[place] {
				break
			}
			places[place] = true
			if dir == "." {
				break
			}
		}
	}
	var sorted []string
	for place := range places {
		sorted = append(sorted, place)
	}
	slices.Sort(sorted)
	return sorted
}

// proposed reads what the change would make of settings and CODEOWNERS. New CODEOWNERS lines are compared with the tree.
func (r *reader) proposed(ctx context.Context) error {
	if slices.Contains(r.touched, settings.Path) {
		f, why, err := r.file(r.s.Head.SHA, settings.Path, settings.MaxBytes)
		if err != nil {
			return err
		}
		if why != "" {
			r.notes = append(r.notes, "the proposed "+settings.Path+" was not looked at: "+why)
		}
		r.s.Proposed = &f
	}
	if !slices.ContainsFunc(ownersPlaces, func(place string) bool { return slices.Contains(r.touched, place) }) {
		return nil
	}
	for _, place := range ownersPlaces {
		f, why, err := r.file(r.s.Head.SHA, place, maxOwners)
		if err != nil {
			return err
		}
		if f.Blob != "" {
			if why != "" {
				r.notes = append(r.notes, "the proposed "+place+" was not looked at: "+why)
			}
			r.s.ProposedOwners = &f
			break
		}
	}
	r.options.ListTree, r.ownersTree = true, true
	return nil
}
