package github

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
)

// treeKey names a folder by its tree, or by a commit whose root it is. Neither ever changes.
type treeKey struct {
	repo int64
	id   string
}

// folder is what a tree holds, by name. Cut is true when GitHub did not list all of it: then what is not in it may still be there.
type folder struct {
	entries map[string]graphEntry
	cut     bool
}

// folder reads one tree, not what is below it. Readers of the same tree at the same time share one call.
func (rd *reading) folder(ctx context.Context, id string) (*folder, error) {
	key := treeKey{rd.r.RepoID, id}
	if f, ok := rd.folders.get(key); ok {
		return f, nil
	}
	v, err, _ := rd.reads.Do(id, func() (any, error) {
		if f, ok := rd.folders.get(key); ok { // read since it was missed above
			return f, nil
		}
		t, _, err := rd.installation(rd.r.Connection).Git.GetTree(ctx, rd.r.Owner, rd.r.Name, id, false)
		if isStatus(err, http.StatusUnprocessableEntity) {
			return nil, fmt.Errorf("list the tree of %s: %w", change.Short(id), errNoCommit)
		}
		if err != nil {
			return nil, rd.answer("list the tree of "+change.Short(id), err)
		}
		if t.GetSHA() == "" {
			return nil, emptyAnswer("list the tree of " + change.Short(id))
		}
		f := &folder{entries: map[string]graphEntry{}, cut: t.GetTruncated()}
		for _, e := range t.Entries {
			if f.entries[e.GetPath()], err = treeEntry(e); err != nil {
				return nil, fmt.Errorf("list the tree of %s: %w", change.Short(id), err)
			}
		}
		rd.folders.put(key, f)
		return f, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*folder), nil
}

// restEntry walks from a commit to a path, folder by folder. It is nil when the path is not there. A folder that GitHub did not list whole
// is an error, never absence.
func (rd *reading) restEntry(ctx context.Context, commit, path string) (*graphEntry, error) {
	id, steps := commit, strings.Split(path, "/")
	for i, name := range steps {
		f, err := rd.folder(ctx, id)
		if err != nil {
			return nil, err
		}
		e, ok := f.entries[name]
		switch {
		case !ok && f.cut:
			return nil, &change.Refused{
				Kind: refusal.NotAvailable,
				What: fmt.Sprintf("the folder %q at %s has more files than GitHub lists, so it is not known whether it holds %q",
					strings.Join(steps[:i], "/"), change.Short(commit), name),
				Remedy: "set github.graphql: true, which asks for single paths"}
		case !ok:
			return nil, nil
		case i == len(steps)-1:
			return &e, nil
		case e.Type != "tree":
			return nil, nil
		}
		id = e.OID
	}
	return nil, nil
}

// manyPaths is from how many paths on a commit's tree is listed whole, in one call, before folders are listed one by one.
const manyPaths = 50

// wholeTree lists a commit's tree in one call. It is nil when GitHub cut the list; the folders tell then.
func (rd *reading) wholeTree(ctx context.Context, commit string) (map[string]graphEntry, error) {
	doing := "list the tree of " + change.Short(commit)
	v, err, _ := rd.reads.Do("whole "+commit, func() (any, error) {
		rd.mu.Lock()
		known, ok := rd.whole[commit]
		rd.mu.Unlock()
		if ok {
			return known, nil
		}
		t, _, err := rd.installation(rd.r.Connection).Git.GetTree(ctx, rd.r.Owner, rd.r.Name, commit, true)
		if isStatus(err, http.StatusUnprocessableEntity) {
			return nil, fmt.Errorf("%s: %w", doing, errNoCommit)
		}
		if err != nil {
			return nil, rd.answer(doing, err)
		}
		if t.GetSHA() == "" {
			return nil, emptyAnswer(doing)
		}
		var all map[string]graphEntry
		if !t.GetTruncated() {
			all = make(map[string]graphEntry, len(t.Entries))
			for _, e := range t.Entries {
				entry, err := treeEntry(e)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", doing, err)
				}
				all[e.GetPath()] = entry
			}
		}
		rd.mu.Lock()
		defer rd.mu.Unlock()
		if rd.whole == nil {
			rd.whole = map[string]map[string]graphEntry{}
		}
		rd.whole[commit] = all
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(map[string]graphEntry), nil
}

// treeEntry takes over an entry of a tree. Only a tree that was asked for as a whole names more than one folder in its path.
func treeEntry(e *github.TreeEntry) (graphEntry, error) {
	mode, err := strconv.ParseInt(e.GetMode(), 8, 32)
	if err != nil {
		return graphEntry{}, fmt.Errorf("%q has the mode %q: %w", e.GetPath(), e.GetMode(), err)
	}
	return graphEntry{OID: e.GetSHA(), Mode: int(mode), Size: int64(e.GetSize()), Type: e.GetType()}, nil
}

// restStat fills in what paths are at a commit, as ask does by GraphQL.
func (rd *reading) restStat(ctx context.Context, commit string, paths []string, found map[string]*stat) error {
	if len(paths) >= manyPaths {
		all, err := rd.wholeTree(ctx, commit)
		if err != nil {
			return err
		}
		if all != nil {
			for _, p := range paths {
				if e, ok := all[p]; ok {
					found[p] = &stat{graphEntry: e}
				}
			}
			return nil
		}
	}
	entries := make([]*graphEntry, len(paths))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, p := range paths {
		g.Go(func() (err error) {
			entries[i], err = rd.restEntry(gctx, commit, p)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, p := range paths {
		if entries[i] != nil {
			found[p] = &stat{graphEntry: *entries[i]}
		}
	}
	return nil
}

// restBinary finds out whether the file that an entry shows is binary: trees do not say. It looks where nothing else tells.
// Its answer is a copy, as what was read at a commit is kept.
func (rd *reading) restBinary(ctx context.Context, e diff.Entry, old, now *stat) (oldSeen, nowSeen *stat, err error) {
	shown := &now
	if e.Status == diff.Removed {
		shown = &old
	}
	if *shown == nil || (*shown).Type != "blob" || e.Additions+e.Deletions > 0 || e.Patch != nil {
		return old, now, nil
	}
	start, err := rd.blobStart(ctx, (*shown).OID)
	if err != nil {
		return nil, nil, err
	}
	binary, seen := bytes.IndexByte(start, 0) >= 0, **shown
	seen.Object = &statObject{IsBinary: &binary}
	*shown = &seen
	return old, now, nil
}

// restControls fills in what the control files are at a commit.
func (rd *reading) restControls(ctx context.Context, c *graphCommit) error {
	g, gctx := errgroup.WithContext(ctx)
	for i, place := range controls.Fixed() {
		g.Go(func() (err error) {
			*c.fixed()[i], err = rd.restEntry(gctx, c.OID, place.Path)
			return err
		})
	}
	return g.Wait()
}
