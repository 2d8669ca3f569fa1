package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/tree"
)

// trees measures how soon the files of a large head are ready, when one of them changed since the last.
func trees(ctx context.Context, b *bench) (err error) {
	files := b.size(100_000, 20_000)
	repo, err := githost.Create(filepath.Join(b.dir, "large.git"), "main")
	if err != nil {
		return err
	}
	defer repo.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = repo.ServeGit(w, r, strings.TrimPrefix(r.URL.Path, "/r.git/"), "")
	}))
	defer s.Close()
	entries := map[string]*githost.Entry{}
	var blob string
	for i := range files {
		if i%100 == 0 { // a hundred names of each content: the time is that of the names
			if blob, err = repo.WriteBlob([]byte(source("cart", i, 1))); err != nil {
				return err
			}
		}
		entries[fmt.Sprintf("d%d/e%d/f%d.go", i/5000, i/100%50, i)] = &githost.Entry{Mode: git.ModeFile, SHA: blob}
	}
	root := ""
	commit := func(parents ...string) (string, error) {
		if root, err = repo.WriteEntries(root, entries); err != nil {
			return "", err
		}
		id, err := repo.WriteCommit(githost.Commit{Tree: root, Parents: parents, Message: "x"})
		if err == nil {
			err = repo.SetRef("refs/heads/main", id)
		}
		return id, err
	}
	head, err := commit()
	if err != nil {
		return err
	}
	store, err := tree.Open(
		tree.Options{Folder: filepath.Join(b.dir, "large"), Quota: 20 << 30, MaxFiles: 250_000, MaxBytes: 4 << 30,
			MaxMirror: 4 << 30, Now: time.Now},
	)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	from := tree.Repository{
		Key:    "bench",
		Remote: func(context.Context) (git.Remote, error) { return git.Remote{URL: s.URL + "/r.git"}, nil },
	}
	ready := func() (time.Duration, error) {
		start := time.Now()
		t, err := store.Get(ctx, from, checkrun.Commit{Head: head}, nil)
		if err != nil {
			return 0, err
		}
		took := time.Since(start)
		t.Release()
		return took, nil
	}
	cold, err := ready()
	if err != nil {
		return err
	}
	var warm sample
	for i := range b.size(7, 3) {
		if blob, err = repo.WriteBlob([]byte(source("cart", i, 2+i))); err != nil {
			return err
		}
		entries = map[string]*githost.Entry{"d0/e0/f0.go": {Mode: git.ModeFile, SHA: blob}}
		if head, err = commit(head); err != nil {
			return err
		}
		took, err := ready()
		if err != nil {
			return err
		}
		warm = append(warm, took)
	}
	r := row{
		What:     fmt.Sprintf("a tree of %s files ready for checks, one changed", grouped(files)),
		Measured: fmt.Sprintf("p50 %s, slowest %s, the first %s", ms(warm.at(50)), ms(slices.Max(warm)), ms(cold)),
		Values:   map[string]float64{"p50_ms": inMS(warm.at(50)), "cold_ms": inMS(cold)},
	}
	if !b.small {
		r.Bar, r.Verdict = "< 3 s warm", judge(warm.at(50) < 3*time.Second)
	}
	b.table.add(r)
	return nil
}
