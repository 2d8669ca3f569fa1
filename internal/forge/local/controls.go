package local

import (
	"context"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/git"
)

// controls reads the files that rule the change at its base, and what the change would make of them.
func (r *reader) controls(ctx context.Context) error {
	c := &r.s.Controls
	c.Rev, c.Files = r.s.Base, map[string]change.File{}
	if r.options.Organisation != nil {
		c.Organisation = &change.Organisation{
			Own:    r.options.Organisation,
			Traits: change.Traits{Name: r.options.Repository},
		}
	}
	if err := r.dialect(ctx); err != nil {
		return err
	}
	if err := r.settings(ctx); err != nil {
		return err
	}
	nested, problem := controls.Attributes(r.touched)
	if problem != "" {
		r.gap("attributes", "", "%s", problem)
	}
	for _, place := range slices.Concat(controls.Fixed(), r.owners(), nested) {
		if _, known := c.Files[place.Path]; known || place.Path == controls.SettingsPath {
			continue
		}
		if _, err := r.control(place); err != nil {
			return err
		}
	}
	return r.proposed(ctx)
}

// dialect says whether the repository seems to be for GitLab: by the CI that runs, else by the remote origin, and where that
// tells of no forge, by the base, which describes a pipeline of GitLab or has settings in its folder.
func (r *reader) dialect(context.Context) error {
	if j := r.options.Job; j != nil && j.Name == "GitHub Actions" {
		return nil
	} else if j != nil && j.Name == "GitLab CI" {
		r.s.OwnersDialect = change.GitLab
		return nil
	}
	var forge change.Forge
	if l := r.options.Line; l != nil {
		forge = l.forge // many changes of one clone ask once
	} else {
		config, err := r.config()
		if err == nil { // else nothing tells of a forge
			forge = change.ForgeOf(strings.TrimSpace(config.Origin))
		}
	}
	if forge != "" {
		if forge == change.GitLab {
			r.s.OwnersDialect = forge
		}
		return nil
	}
	for _, name := range []string{".gitlab-ci.yml", controls.GitLabSettings()[0].Path} {
		_, found, err := r.blobs.Find(r.s.Base.SHA, name)
		if err != nil {
			return err
		}
		if found {
			r.s.OwnersDialect = change.GitLab
			return nil
		}
	}
	return nil
}

// settingsPlaces are those of the settings, as the forge that the repository seems to be for looks for them.
func (r *reader) settingsPlaces() []controls.Place {
	if r.s.OwnersDialect == change.GitLab {
		return controls.GitLabSettings()
	}
	return []controls.Place{controls.Settings()}
}

// owners are the places of CODEOWNERS, as the forge that the repository seems to be for looks for it.
func (r *reader) owners() []controls.Place {
	if r.s.OwnersDialect == change.GitLab {
		return controls.GitLabOwners()
	}
	return controls.Owners()
}

// control reads one file at the base. An absent one is not in the controls; one that cannot be used is a gap.
func (r *reader) control(place controls.Place) (change.File, error) {
	f, problem, err := r.file(r.s.Base.SHA, place)
	if err != nil {
		return f, err
	}
	if problem != "" {
		r.gap(place.Fact, pathText(place.Path), "%s", problem)
	}
	if f.Blob != "" {
		f.Path = pathText(place.Path)
		r.s.Controls.Files[f.Path] = f
	}
	return f, nil
}

// file reads what stands at a place of a commit. Blob is empty when nothing does; problem says why what is there cannot be used.
func (r *reader) file(commit string, place controls.Place) (f change.File, problem string, err error) {
	f.Path = place.Path
	entry, ok, err := r.blobs.Find(commit, place.Path)
	if err != nil || !ok {
		return f, "", err
	}
	f.Blob = entry.ID
	if entry.Mode == git.ModeTree || entry.Mode == git.ModeSubmodule {
		return f, place.Problem(false, 0), nil
	}
	obj, err := r.blobs.Read(entry.ID, place.Max)
	if err != nil {
		return f, "", err
	}
	f.Size = obj.Size
	if problem = place.Problem(entry.IsFile(), f.Size); problem == "" {
		f.Content = obj.Data
	}
	return f, problem, nil
}

// settings reads the settings file, and its older versions when it is not valid.
func (r *reader) settings(ctx context.Context) error {
	c := &r.s.Controls
	if r.options.Settings != nil {
		c.Files[controls.SettingsPath] = change.File{
			Path:    controls.SettingsPath,
			Size:    int64(len(r.options.Settings)),
			Content: r.options.Settings,
		}
		return nil
	}
	var f change.File
	var at controls.Place
	for _, place := range r.settingsPlaces() {
		one, problem, err := r.file(r.s.Base.SHA, place)
		if err != nil {
			return err
		}
		if problem != "" {
			r.gap(place.Fact, place.Path, "%s", problem)
		}
		switch {
		case one.Blob == "":
		case f.Blob != "":
			// Two files would rule by which was found first.
			r.gap(place.Fact, place.Path, "there is a second settings file beside %s: remove one", f.Path)
		default:
			f, at = one, place
			c.Files[controls.SettingsPath] = f // by the one name that rules know
		}
	}
	valid := r.options.Valid
	if f.Content == nil || valid == nil || valid(f.Content) {
		return nil
	}
	// The first version is the one at hand.
	versions, cut, err := r.repo.FirstParentHistory(ctx, r.blobs, r.s.Base.SHA, at.Path, controls.MaxHistory+1)
	if err != nil {
		return err
	}
	last := f.Blob
	for _, v := range versions[min(1, len(versions)):] {
		if v.ID == "" || v.ID == last || !v.IsFile() {
			continue
		}
		old, problem, err := r.file(v.Commit, at)
		if err != nil {
			return err
		}
		if problem != "" {
			continue
		}
		last = v.ID
		c.SettingsHistory = append(c.SettingsHistory, old)
		if valid(old.Content) {
			return nil
		}
	}
	c.HistoryCut = cut
	return nil
}

// proposed reads what the change would make of settings and CODEOWNERS. New CODEOWNERS lines are compared with the tree.
func (r *reader) proposed(ctx context.Context) error {
	touches := func(place controls.Place) bool { return slices.Contains(r.touched, place.Path) }
	if slices.ContainsFunc(r.settingsPlaces(), touches) {
		f, err := r.proposedAt(r.settingsPlaces())
		if err != nil {
			return err
		}
		if f == nil { // the change removes it
			f = &change.File{Path: controls.SettingsPath}
		}
		r.s.Proposed = f
	}
	if !slices.ContainsFunc(r.owners(), touches) {
		return nil
	}
	var err error
	if r.s.ProposedOwners, err = r.proposedAt(r.owners()); err != nil {
		return err
	}
	r.ownersTree = true
	return nil
}

// proposedAt reads the first file that the change puts at one of some places; nil when there is none.
func (r *reader) proposedAt(places []controls.Place) (*change.File, error) {
	for _, place := range places {
		if f, err := r.proposal(place); f != nil || err != nil {
			return f, err
		}
	}
	return nil, nil
}

// proposal reads what the change puts at a place; nil when no file is there. What cannot be used has no content.
func (r *reader) proposal(place controls.Place) (*change.File, error) {
	entry, ok, err := r.blobs.Find(r.s.Head.SHA, place.Path)
	if err != nil || !ok || entry.Mode == git.ModeTree || entry.Mode == git.ModeSubmodule {
		return nil, err
	}
	f, problem, err := r.file(r.s.Head.SHA, place)
	if err != nil {
		return nil, err
	}
	if problem != "" {
		r.notes = append(r.notes, "the proposed "+place.Path+" was not looked at: "+problem)
	}
	return &f, nil
}
