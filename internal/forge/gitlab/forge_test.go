package gitlab_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/forgetest"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stage is a GitLab with a bot, and one project for each scene.
type stage struct {
	*fakelab.Lab
	bot      fakelab.Token
	mu       sync.Mutex
	requests map[string]change.Ref
}

func newStage(t *testing.T, opt fakelab.Options) *stage {
	t.Helper()
	opt.Dir = t.TempDir()
	lab, err := fakelab.New(opt)
	must(t, err)
	must(t, lab.Start())
	t.Cleanup(func() { must(t, lab.Close()) })
	for _, name := range []string{"ann", "dev", "rita"} {
		_, err := lab.AddUser(name)
		must(t, err)
	}
	_, err = lab.AddGroup("acme")
	must(t, err)
	must(t, lab.SetMember("acme", "rita", fakelab.Maintainer))
	must(t, lab.SetMember("acme", "dev", fakelab.Developer))
	s := &stage{Lab: lab, requests: map[string]change.Ref{}}
	s.bot, err = lab.AddToken(fakelab.Token{Group: "acme"})
	must(t, err)
	return s
}

// forge is a forge that reads the same wants of every change.
func (s *stage) forge(t *testing.T, edit func(*gitlab.Options)) *gitlab.Forge {
	t.Helper()
	o := gitlab.Options{
		URL:           s.URL(),
		Token:         func() (string, error) { return s.bot.Secret, nil },
		Now:           time.Now,
		ValidSettings: forgetest.Valid,
		CallTimeout:   time.Hour, // 30 MB are read of a loaded machine, too
	}
	if edit != nil {
		edit(&o)
	}
	f, err := gitlab.New(o)
	must(t, err)
	return f
}

// TestForge holds GitLab to what every forge reads, with more files of a change than any GitLab lists. Histories that have
// nothing in common are TestUnrelated's: no merge request of the fake has them.
func TestForge(t *testing.T) { forgetest.Exercise(t, opener(t, true), "no common ancestor") }

// TestForgeByGraphQL leaves out two more scenes: a folder or a submodule called .gitattributes below the root is nothing to
// GraphQL, and to git; TestPlaceIsAFolder holds it to the others.
//
//race:unwatched
func TestForgeByGraphQL(t *testing.T) {
	forgetest.Exercise(t, opener(t, false), "no common ancestor", "control files are submodules", "control files are folders")
}

// TestLargeScenesOfGitLab is TestForge with what is large.
//
//race:unwatched
func TestLargeScenesOfGitLab(t *testing.T) { forgetest.ExerciseLarge(t, opener(t, true)) }

// TestLargeScenesOfGitLabByGraphQL is TestForgeByGraphQL with what is large.
//
//race:unwatched
func TestLargeScenesOfGitLabByGraphQL(t *testing.T) { forgetest.ExerciseLarge(t, opener(t, false)) }

// opener opens scenes as projects of one GitLab.
func opener(t *testing.T, rest bool) forgetest.Open {
	t.Helper()
	w := newStage(t, fakelab.Options{DiffFiles: 10000})
	return func(t *testing.T, s forgetest.Scene) func(context.Context) (change.Snapshot, error) {
		ref := w.build(t, s)
		f := w.forge(t, func(o *gitlab.Options) {
			o.REST = rest
			o.Wants = func([]diff.File, change.Controls, []change.Gap) []change.Want { return s.Wants }
		})
		return func(ctx context.Context) (change.Snapshot, error) {
			snap, err := f.Snapshot(ctx, change.Record{Ref: ref, State: change.Open})
			if err == nil && s.Reports {
				var tree change.Tree
				tree, err = f.Tree(ctx, ref, snap.Head.SHA)
				snap.AddTree(tree)
				if len(tree.Blobs) != len(tree.Paths) {
					return snap, fmt.Errorf("%d ids of %d files", len(tree.Blobs), len(tree.Paths))
				}
			}
			ranked(&snap)
			return snap, err
		}
	}
}

// Scenes name the places of CODEOWNERS as GitHub does. GitLab has three others in another order: what stands at the first
// place of a scene is put at the first of GitLab's, and so on.
func placed(path string) string { return swapped(path, controls.Owners(), controls.GitLabOwners()) }

func swapped(path string, from, to []controls.Place) string {
	for i := range from {
		if rest, ok := strings.CutPrefix(path, from[i].Path); ok && (rest == "" || rest[0] == '/') {
			return to[i].Path + rest
		}
	}
	return path
}

// ranked names the places of a snapshot as scenes do.
func ranked(s *change.Snapshot) {
	back := func(path string) string { return swapped(path, controls.GitLabOwners(), controls.Owners()) }
	files := map[string]change.File{}
	for key, f := range s.Controls.Files {
		f.Path = back(f.Path)
		files[back(key)] = f
	}
	s.Controls.Files = files
	for i := range s.Files {
		s.Files[i].Path, s.Files[i].OldPath = back(s.Files[i].Path), back(s.Files[i].OldPath)
	}
	for i := range s.Tree {
		s.Tree[i] = back(s.Tree[i])
	}
	for i := range s.Gaps {
		s.Gaps[i].Path = back(s.Gaps[i].Path)
	}
	if s.ProposedOwners != nil {
		s.ProposedOwners.Path = back(s.ProposedOwners.Path)
	}
	slices.Sort(s.Tree)
	slices.SortStableFunc(s.Files, func(a, b diff.File) int { return strings.Compare(a.Path, b.Path) })
}

func (s *stage) build(t *testing.T, scene forgetest.Scene) change.Ref {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	name := fmt.Sprintf("scene-%d", len(s.requests))
	id, err := s.AddProject(fakelab.Project{Path: "acme/" + name, Files: map[string]string{".keep": ""}})
	must(t, err)
	commits := func(branch, message string, all []forgetest.Commit, first fakelab.Commit) {
		for i, c := range all {
			next := fakelab.Commit{}
			if i == 0 {
				next = first
			}
			next.Branch, next.By, next.Message = branch, "rita", fmt.Sprintf("feat: %s %d\n", message, i+1)
			for _, p := range c.Delete {
				next.Delete = append(next.Delete, placed(p))
			}
			next.Files, next.Modes = map[string]string{}, map[string]string{}
			for p, f := range c.Put {
				next.Files[placed(p)], next.Modes[placed(p)] = f.Content, f.Mode
			}
			_, err := s.Commit(id, next)
			must(t, err)
		}
	}
	commits("main", "base", scene.Base, fakelab.Commit{Amend: true, Delete: []string{".keep"}})
	commits("topic", "change", scene.Change, fakelab.Commit{From: "main"})
	number, err := s.Open(id, fakelab.Request{Source: "topic", Title: "feat: change", By: "rita"})
	must(t, err)
	commits("main", "later", scene.Later, fakelab.Commit{})
	ref := change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: id, Number: int(number)}, Owner: "acme", Name: name, Connection: 1}
	s.requests[scene.Name] = ref
	return ref
}
