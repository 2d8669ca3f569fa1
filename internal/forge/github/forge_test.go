package github_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/forge/forgetest"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// TestForge holds both ways of reading GitHub, GraphQL and REST alone, to what every forge reads.
func TestForge(t *testing.T) {
	bothWays(t, func(t *testing.T, open forgetest.Open) { t.Helper(); forgetest.Exercise(t, open) })
}

// TestLargeScenesOfGitHub is TestForge with what is large.
//
//race:unwatched
func TestLargeScenesOfGitHub(t *testing.T) { bothWays(t, forgetest.ExerciseLarge) }

func bothWays(t *testing.T, exercise func(*testing.T, forgetest.Open)) {
	t.Helper()
	w := &stage{pulls: map[string]change.Ref{}}
	var err error
	w.hub, err = fakehub.New(fakehub.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, w.hub.Close()) })
	must(t, w.hub.Start())
	must(t, w.hub.AddUser(fakehub.User{Login: "ann"}))
	must(t, w.hub.AddOrg(fakehub.Org{Login: "acme", Members: map[string]string{"ann": "admin"}}))
	installation, err := w.hub.Install("acme")
	must(t, err)
	for _, rest := range []bool{false, true} {
		t.Run(map[bool]string{false: "GraphQL", true: "REST"}[rest], func(t *testing.T) {
			exercise(t, func(t *testing.T, s forgetest.Scene) func(context.Context) (change.Snapshot, error) {
				ref := w.build(t, s)
				ref.Connection = installation
				forge := w.forge(t, rest, s.Wants)
				return func(ctx context.Context) (change.Snapshot, error) { return read(ctx, forge, ref, s.Reports) }
			})
		})
	}
}

// read reads a change, and the tree as it is read where there are reports.
func read(ctx context.Context, f *github.Forge, ref change.Ref, reports bool) (change.Snapshot, error) {
	s, err := f.Snapshot(ctx, change.Record{Ref: ref, State: change.Open})
	if err != nil || !reports {
		return s, err
	}
	tree, err := f.Tree(ctx, ref, s.Head.SHA)
	s.AddTree(tree)
	if len(tree.Blobs) != len(tree.Paths) {
		return s, fmt.Errorf("%d ids of %d files", len(tree.Blobs), len(tree.Paths))
	}
	return s, err
}

// stage has one repository for each scene.
type stage struct {
	hub   *fakehub.Hub
	mu    sync.Mutex
	pulls map[string]change.Ref
}

// forge makes a forge that reads the same wants of every change.
func (w *stage) forge(t *testing.T, rest bool, wants []change.Want) *github.Forge {
	t.Helper()
	app := w.hub.App()
	forge, err := github.New(github.Options{
		AppID:         app.ID,
		PrivateKey:    app.PEM(),
		APIURL:        w.hub.URL(),
		Kept:          &memoryCache{kept: map[string][]byte{}},
		Now:           time.Now,
		REST:          rest,
		Log:           slog.New(slog.DiscardHandler),
		Owners:        func([]byte, []string) (teams, users, emails []string) { return nil, nil, nil },
		ValidSettings: forgetest.Valid,
		CallTimeout:   time.Hour, // 30 MB are read of a loaded machine, too
		Wants:         func([]diff.File, change.Controls, []change.Gap) []change.Want { return wants },
	})
	must(t, err)
	return forge
}

func (w *stage) build(t *testing.T, s forgetest.Scene) change.Ref {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if ref, ok := w.pulls[s.Name]; ok {
		return ref
	}
	name := fmt.Sprintf("scene-%d", len(w.pulls))
	id, err := w.hub.AddRepo(fakehub.Repo{Owner: "acme", Name: name, Collaborators: map[string]string{"ann": "admin"}})
	must(t, err)
	full := "acme/" + name
	commits := func(branch, message string, all []forgetest.Commit, first fakehub.Commit) {
		for i, c := range all {
			next := fakehub.Commit{}
			if i == 0 {
				next = first
			}
			next.Branch, next.Author, next.Message, next.Delete = branch, "ann", fmt.Sprintf("feat: %s %d\n", message, i+1), c.Delete
			next.Files, next.Modes = fakehub.Files{}, map[string]string{}
			for p, f := range c.Put {
				next.Files[p], next.Modes[p] = f.Content, f.Mode
			}
			_, err := w.hub.Commit(full, next)
			must(t, err)
		}
	}
	commits("main", "base", s.Base, fakehub.Commit{})
	start := fakehub.Commit{From: "main"}
	if s.Unrelated {
		// GitHub opens no pull request between histories without a common ancestor: the branch is replaced by one when the request is open.
		commits("topic", "change", []forgetest.Commit{{Put: map[string]forgetest.File{"first": {Content: "1\n"}}}}, start)
	} else {
		commits("topic", "change", s.Change, start)
	}
	number, err := w.hub.OpenPull(full, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: change", Author: "ann"})
	must(t, err)
	if s.Unrelated {
		commits("topic", "change", s.Change, fakehub.Commit{Parents: []string{}, Force: true})
	}
	commits("main", "later", s.Later, fakehub.Commit{})
	ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: id, Number: number}, Owner: "acme", Name: name}
	w.pulls[s.Name] = ref
	return ref
}

// TestManyManifestsCostFewCalls: the go.mod files of a large repository are read together, once.
//
//race:unwatched
func TestManyManifestsCostFewCalls(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	files := fakehub.Files{}
	for i := range 500 {
		files[fmt.Sprintf("m%d/go.mod", i)] = fmt.Sprintf("module example.org/m%d\n", i) + strings.Repeat("// 8 KB in all\n", 500)
	}
	n, _ := s.topic(t, "modules", files)
	snap := s.read(t, n)
	for _, c := range []struct {
		what  string
		calls int
	}{{"cold", 1 + 5}, {"warm", 0}} {
		s.hub.Reset()
		tree, err := s.forge.Tree(t.Context(), snap.Ref, snap.Head.SHA)
		must(t, err)
		if len(tree.Manifests) != 500 || len(tree.Gaps) != 0 || len(tree.Manifests[0].Content) < 7000 {
			t.Fatalf("%s: %d manifests, gaps %v", c.what, len(tree.Manifests), tree.Gaps)
		}
		if got := len(s.hub.Requests()); got != c.calls {
			t.Errorf("%s: %d calls, want %d", c.what, got, c.calls)
		}
	}
}
