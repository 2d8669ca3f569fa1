package gitlab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
)

// chooseControls says which commit rules the change: the target's tip, if that branch is the default one, protected or
// listed by the operator; else nothing does, so that a stack of branches cannot bring its own rules.
func (rd *reading) chooseControls() {
	s := &rd.s
	if s.Base.Ref == s.Repository.DefaultBranch || rd.target.Protected || slices.Contains(rd.o.TrustedBranches, s.Base.Ref) {
		s.Controls.Rev = s.Base
		return
	}
	s.Controls.Substituted = fmt.Sprintf(
		"the base branch %q is neither the default branch nor protected, so anybody who may push could write its rules",
		s.Base.Ref,
	)
	s.Controls.Ref = s.Repository.DefaultBranch
}

// readControls reads the control files of the chosen commit.
func (rd *reading) readControls(ctx context.Context) error {
	c := &rd.s.Controls
	if c.SHA == "" {
		b, _, err := rd.client.Branches.GetBranch(rd.r.RepoID, c.Ref, within(ctx))
		switch doing := "read the default branch " + c.Ref; {
		case err != nil:
			return rd.answer(doing, err)
		case b.Commit == nil || b.Commit.ID == "":
			return emptyAnswer(doing) // without a commit there would be no rules
		}
		c.SHA = b.Commit.ID
	}
	if rd.o.Organisation != nil {
		groups, err := rd.groups(ctx)
		if err != nil {
			return err
		}
		if c.Organisation, err = rd.o.Organisation(ctx, rd.s.Ref, groups); err != nil {
			return err
		}
	}
	places := append(controls.GitLabOwners(), controls.RootAttributes())
	nested, problem := controls.Attributes(changedPaths(rd.s.Files))
	if problem != "" {
		rd.addGap("attributes", "", problem)
	}
	var paths []string
	for _, place := range slices.Concat(controls.GitLabSettings(), places, nested) {
		paths = append(paths, place.Path)
	}
	if err := rd.fetch(ctx, c.SHA, paths, true); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for _, place := range append(places, nested...) {
		g.Go(func() error {
			f, err := rd.file(gctx, c.SHA, place)
			if f != nil {
				rd.mu.Lock()
				defer rd.mu.Unlock()
				c.Files[place.Path] = *f
			}
			return err
		})
	}
	g.Go(func() error { return rd.readSettings(gctx) })
	return g.Wait()
}

// file reads what stands at a place; nil when nothing does. What keeps it from being used is a gap.
func (rd *reading) file(ctx context.Context, commit string, place controls.Place) (*change.File, error) {
	f, problem, err := rd.controlFile(ctx, commit, place)
	if problem != "" {
		rd.addGap(place.Fact, place.Path, problem)
	}
	return f, err
}

// controlFile reads what stands at a place; nil when nothing does. Without content, problem says why it cannot be used.
func (rd *reading) controlFile(
	ctx context.Context,
	commit string,
	place controls.Place,
) (f *change.File, problem string, err error) {
	st, err := rd.stat(ctx, commit, place.Path)
	if err != nil || st == nil {
		return nil, "", err
	}
	f = &change.File{Path: place.Path, Blob: st.id}
	if problem = place.Problem(st.plain(), 0); problem != "" {
		return f, problem, nil
	}
	if f.Content, err = rd.blob(ctx, st.id, place.Max); err != nil {
		return nil, "", err
	}
	if f.Size = int64(len(f.Content)); f.Content == nil {
		f.Size, err = rd.size(ctx, commit, place.Path)
		problem = place.Problem(true, f.Size)
	}
	return f, problem, err
}

// readSettings reads the settings file, wherever it stands. They are kept by the one name that rules know. Two files
// would rule by which was found first, so they are a gap.
func (rd *reading) readSettings(ctx context.Context) error {
	c := &rd.s.Controls
	var found *change.File
	for _, place := range controls.GitLabSettings() {
		f, err := rd.file(ctx, c.SHA, place)
		if err != nil {
			return err
		}
		if f != nil && found != nil {
			rd.addGap("settings", f.Path, "there is a second settings file beside "+found.Path+": remove one")
			continue
		}
		if f != nil {
			found = f
		}
	}
	if found == nil {
		return nil
	}
	rd.mu.Lock()
	c.Files[controls.SettingsPath] = *found
	rd.mu.Unlock()
	if found.Content != nil && rd.o.ValidSettings != nil && !rd.o.ValidSettings(found.Content) {
		return rd.settingsHistory(ctx, *found)
	}
	return nil
}

// settingsHistory walks the first-parent history for the newest valid version of the settings.
func (rd *reading) settingsHistory(ctx context.Context, invalid change.File) error {
	line, err := rd.Ancestors(ctx, rd.r.Ref, rd.s.Controls.SHA, controls.MaxHistory+2)
	if err != nil {
		return err
	}
	last := invalid.Blob
	place := controls.Settings()
	place.Path = invalid.Path
	for i, sha := range line {
		if i == 0 {
			continue
		}
		if i > controls.MaxHistory {
			rd.s.Controls.HistoryCut = true
			return nil
		}
		f, problem, err := rd.controlFile(ctx, sha, place)
		if err != nil {
			return err
		}
		if f == nil || f.Blob == last || problem != "" {
			continue
		}
		last = f.Blob
		rd.s.Controls.SettingsHistory = append(rd.s.Controls.SettingsHistory, *f)
		if rd.o.ValidSettings(f.Content) {
			return nil
		}
	}
	return nil
}

// proposals reads the control files that the change itself wants to replace.
func (rd *reading) proposals(ctx context.Context) error {
	touched := changedPaths(rd.s.Files)
	touches := func(p controls.Place) bool { return slices.Contains(touched, p.Path) }
	if slices.ContainsFunc(controls.GitLabSettings(), touches) {
		f, err := rd.proposed(ctx, controls.GitLabSettings())
		if err != nil {
			return err
		}
		if rd.s.Proposed = f; f == nil {
			rd.s.Proposed = &change.File{Path: controls.SettingsPath} // the change removes it
		}
	}
	if strings.EqualFold(rd.r.Name, rd.o.OrganisationRepository) && slices.Contains(touched, rd.o.OrganisationPath) {
		if err := rd.proposedOrganisation(ctx); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(controls.GitLabOwners(), touches) {
		return nil
	}
	f, err := rd.proposed(ctx, controls.GitLabOwners())
	if err != nil {
		return err
	}
	rd.s.ProposedOwners = f
	nodes, err := rd.nodes(ctx, rd.s.Head.SHA, ".", true)
	rd.s.Tree = files(nodes)
	return err
}

// files are the paths of what a tree holds, but for folders, in git's order.
func files(nodes []*gitlab.TreeNode) []string {
	paths := []string{}
	for _, n := range nodes {
		if n.Type != "tree" {
			paths = append(paths, n.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

// maxTree is how many files of a commit are listed.
const maxTree = 100_000

// Tree reads what a commit consists of, as far as it says how reports name files.
func (f *Forge) Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error) {
	rd := f.begin(change.Record{Ref: ref})
	nodes, err := rd.nodes(ctx, sha, ".", true)
	if err != nil || len(nodes) > maxTree {
		return change.Tree{}, err
	}
	t := change.Tree{Paths: files(nodes)}
	plain := map[string]string{}
	for _, n := range nodes {
		if st := (stat{id: n.ID, mode: n.Mode, kind: n.Type}); st.plain() {
			plain[n.Path] = n.ID
		}
	}
	for _, p := range t.Paths {
		t.Blobs = append(t.Blobs, plain[p])
	}
	var modules []controls.Entry
	bodies := map[string][]byte{}
	for _, n := range nodes {
		st := stat{id: n.ID, mode: n.Mode, kind: n.Type}
		if !controls.IsManifest(n.Path) || n.Type == "tree" {
			continue
		}
		e := controls.Entry{Path: n.Path, Blob: n.ID, Plain: st.plain()}
		if e.Plain {
			if bodies[n.ID], err = rd.blob(ctx, n.ID, controls.MaxManifest); err != nil {
				return t, err
			}
			if e.Size = int64(len(bodies[n.ID])); bodies[n.ID] == nil {
				if e.Size, err = rd.size(ctx, sha, n.Path); err != nil {
					return t, err
				}
			}
		}
		modules = append(modules, e)
	}
	read, left := controls.Manifests(modules)
	for _, o := range left {
		t.Gaps = append(t.Gaps, change.Gap{Fact: o.Fact, Path: o.Path, Reason: o.Reason})
	}
	for _, m := range read {
		t.Manifests = append(t.Manifests, change.File{Path: m.Path, Blob: m.Blob, Size: m.Size, Content: bodies[m.Blob]})
	}
	for _, place := range controls.GitLabSettings() {
		if t.Settings == nil {
			if t.Settings, _, err = rd.controlFile(ctx, sha, place); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

// proposed is the first of the places that the head has a file at. What cannot be used has no content.
func (rd *reading) proposed(ctx context.Context, places []controls.Place) (*change.File, error) {
	for _, place := range places {
		f, _, err := rd.controlFile(ctx, rd.s.Head.SHA, place)
		if err != nil || f != nil {
			return f, err
		}
	}
	return nil, nil
}

func changedPaths(files []diff.File) (paths []string) {
	for _, f := range files {
		if paths = append(paths, f.Path); f.OldPath != "" {
			paths = append(paths, f.OldPath)
		}
	}
	return paths
}

// readWants reads the files that the analyses want.
func (rd *reading) readWants(ctx context.Context) error {
	if rd.o.Wants == nil {
		return nil
	}
	rd.mu.Lock()
	gaps := slices.Clone(rd.s.Gaps)
	rd.mu.Unlock()
	wants := rd.o.Wants(rd.s.Files, rd.s.Controls, gaps)
	asked := wants[:min(len(wants), change.MaxContents)]
	found, bodies := make([]change.Found, len(asked)), make([][]byte, len(asked))
	commits := map[change.Side]string{change.AtBase: rd.s.MergeBase, change.AtHead: rd.s.Head.SHA}
	paths := map[string][]string{}
	for _, w := range asked {
		paths[commits[w.Side]] = append(paths[commits[w.Side]], w.Path)
	}
	for commit, list := range paths {
		if err := rd.fetch(ctx, commit, list, false); err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for i, w := range asked {
		g.Go(func() error {
			commit := commits[w.Side]
			st, err := rd.stat(gctx, commit, w.Path)
			if err != nil || st == nil {
				return err
			}
			found[i] = change.Found{Blob: st.id, Plain: st.plain()}
			if !st.plain() {
				return nil
			}
			bodies[i], err = rd.blob(gctx, st.id, w.Max)
			if found[i].Size = int64(len(bodies[i])); err == nil && bodies[i] == nil {
				found[i].Size, err = rd.size(gctx, commit, w.Path)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	contents := change.PlanContents(wants, found)
	byBlob := map[string][]byte{}
	for i, f := range found {
		byBlob[f.Blob] = bodies[i]
	}
	for i := range contents {
		if contents[i].Read() {
			contents[i].SetBody(byBlob[contents[i].Blob])
		}
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.AddContents(wants, contents)
	return nil
}

// size reads how large a file is that was too large to be read.
func (rd *reading) size(ctx context.Context, commit, at string) (int64, error) {
	f, _, err := rd.client.RepositoryFiles.GetFileMetaData(rd.r.RepoID, at, fileAt(commit), within(ctx))
	if err != nil {
		return 0, rd.answer("read the size of "+at, err)
	}
	return f.Size, nil
}
