package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/upload"
)

const (
	// maxArtifacts bounds the artifacts of one run that are listed.
	maxArtifacts = 1000
)

func (f *Forge) read(ref change.Ref) *reading {
	return &reading{Forge: f, r: change.Record{Ref: ref}, s: change.Snapshot{Ref: ref}, number: ref.Number, epoch: f.epoch.Load()}
}

// Head reads a pull request's head and state.
func (f *Forge) Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error) {
	rd := f.read(ref)
	p, err := rd.restPullAt(ctx)
	if err != nil {
		return change.Rev{}, "", err
	}
	state := change.Closed
	switch {
	case p.GetState() == "open":
		state = change.Open
	case p.GetMerged():
		state = change.Merged
	}
	return change.Rev{Ref: p.GetHead().GetRef(), SHA: p.GetHead().GetSHA()}, state, nil
}

// Drift compares a head with a commit that was measured, which should merge it.
func (f *Forge) Drift(ctx context.Context, ref change.Ref, head, measured string) (upload.Drift, error) {
	rd := f.read(ref)
	c, err := rd.compare(ctx, head, measured)
	var unrelated *change.Unrelated
	if errors.As(err, &unrelated) {
		return upload.Drift{}, nil
	}
	if isMissing(err) || isStatus(err, http.StatusUnprocessableEntity) {
		// A commit that is not there contains nothing; what is kept of a report says so for good, so the commit itself is asked for.
		none, readErr := rd.isMissingCommit(ctx, measured)
		if none {
			return upload.Drift{}, nil
		}
		err = cmp.Or(readErr, err)
	}
	if err != nil {
		return upload.Drift{}, err
	}
	d := upload.Drift{Contains: c.MergeBase == head, Complete: !c.Cut}
	for _, commit := range c.Commits {
		if commit.SHA == measured {
			d.Merges = slices.Contains(commit.Parents, head)
		}
	}
	for _, e := range c.Entries {
		file, _ := diff.FromForge(e) // one that cannot be read is not complete, and says so
		d.Files = append(d.Files, file)
	}
	return d, nil
}

// Tree reads what a commit consists of. Its paths are nil when GitHub cut the list.
func (f *Forge) Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error) {
	key := treeKey{ref.RepoID, sha}
	if known, ok := f.forests.get(key); ok {
		return known, nil
	}
	rd, doing := f.read(ref), "list the tree of "+change.Short(sha)
	t, _, err := f.installation(ref.Connection).Git.GetTree(ctx, ref.Owner, ref.Name, sha, true)
	if err != nil {
		return change.Tree{}, f.answer(doing, err)
	}
	if t.GetSHA() == "" {
		return change.Tree{}, emptyAnswer(doing)
	}
	var found change.Tree
	if !t.GetTruncated() {
		if found, err = rd.contents(ctx, t.Entries); err != nil {
			return change.Tree{}, err
		}
	}
	f.forests.put(key, found)
	return found, nil
}

// contents reads what says how reports name the files of a tree: its go.mod files and its settings.
func (rd *reading) contents(ctx context.Context, entries []*github.TreeEntry) (change.Tree, error) {
	found := change.Tree{Paths: []string{}}
	var modules []controls.Entry
	wanted := []graphEntry{}
	for _, e := range entries {
		if e.GetType() == "tree" {
			continue
		}
		entry, err := treeEntry(e)
		if err != nil {
			return found, fmt.Errorf("list a tree: %w", err)
		}
		blob := ""
		if entry.plain() {
			blob = entry.OID
		}
		found.Paths, found.Blobs = append(found.Paths, e.GetPath()), append(found.Blobs, blob)
		if controls.IsManifest(e.GetPath()) {
			modules = append(modules, controls.Entry{Path: e.GetPath(), Blob: entry.OID, Size: entry.Size, Plain: entry.plain()})
		}
		if e.GetPath() == controls.SettingsPath {
			f, _, err := rd.controlFile(ctx, controls.Settings(), entry)
			if err != nil {
				return found, err
			}
			found.Settings = &f
		}
	}
	read, left := controls.Manifests(modules)
	for _, o := range left {
		found.Gaps = append(found.Gaps, change.Gap{Fact: o.Fact, Path: o.Path, Reason: o.Reason})
	}
	for _, m := range read {
		wanted = append(wanted, graphEntry{OID: m.Blob, Size: m.Size, Type: "blob"})
	}
	if err := rd.prefetchBlobs(ctx, wanted); err != nil {
		return found, err
	}
	found.Manifests = make([]change.File, len(read))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, m := range read {
		g.Go(func() (err error) {
			found.Manifests[i] = change.File{Path: m.Path, Blob: m.Blob, Size: m.Size}
			found.Manifests[i].Content, err = rd.blob(gctx, m.Blob, controls.MaxManifest)
			return err
		})
	}
	return found, g.Wait()
}

// Ancestors returns a commit and its ancestors by first parents, nearest first, at most so many. A line that one page
// of history does not hold ends early.
func (f *Forge) Ancestors(ctx context.Context, ref change.Ref, sha string, limit int) ([]string, error) {
	key := lineKey{ref.RepoID, sha, limit}
	if known, ok := f.lines.get(key); ok {
		return known, nil
	}
	commits, _, err := f.installation(ref.Connection).Repositories.ListCommits(ctx, ref.Owner, ref.Name,
		&github.CommitsListOptions{SHA: sha, ListOptions: github.ListOptions{PerPage: page}})
	if err != nil {
		return nil, f.answer("list the history of "+change.Short(sha), err)
	}
	if len(commits) == 0 {
		return nil, emptyAnswer("list the history of " + change.Short(sha))
	}
	parent := map[string]string{}
	for _, c := range commits {
		parent[c.GetSHA()] = ""
		if len(c.Parents) > 0 {
			parent[c.GetSHA()] = c.Parents[0].GetSHA()
		}
	}
	var line []string
	for at := sha; at != "" && len(line) < limit; {
		next, known := parent[at]
		line = append(line, at)
		if !known {
			break // the page ended; the commit itself is an ancestor all the same
		}
		at = next
	}
	f.lines.put(key, line)
	return line, nil
}

type lineKey struct {
	repo  int64
	sha   string
	limit int
}

// Artifacts lists the artifacts of a run that have not expired.
func (f *Forge) Artifacts(ctx context.Context, ref change.Ref, run int64) ([]upload.Artifact, error) {
	opts := &github.ListOptions{PerPage: page}
	var all []upload.Artifact
	for {
		list, resp, err := f.installation(ref.Connection).Actions.ListWorkflowRunArtifacts(ctx, ref.Owner, ref.Name, run, opts)
		if err != nil {
			return nil, f.answer(fmt.Sprintf("list the artifacts of run %d", run), err)
		}
		if list == nil || list.TotalCount == nil {
			return nil, emptyAnswer(fmt.Sprintf("list the artifacts of run %d", run))
		}
		for _, a := range list.Artifacts {
			if !a.GetExpired() {
				all = append(all, upload.Artifact{ID: a.GetID(), Name: a.GetName(), Size: a.GetSizeInBytes()})
			}
		}
		if resp.NextPage == 0 || len(all) >= maxArtifacts {
			return all, nil
		}
		opts.Page = resp.NextPage
	}
}

// Artifact downloads the zip of an artifact. It is nil when that is larger than limit.
func (f *Forge) Artifact(ctx context.Context, ref change.Ref, id, limit int64) ([]byte, error) {
	doing := fmt.Sprintf("download artifact %d", id)
	at, _, err := f.installation(ref.Connection).Actions.DownloadArtifact(ctx, ref.Owner, ref.Name, id, 3)
	if isStatus(err, http.StatusGone) {
		return nil, fmt.Errorf("%s: %w", doing, &change.Refused{
			Kind:   refusal.NotAvailable,
			What:   "the artifact has expired",
			Remedy: "run the job again",
			Err:    err,
		})
	}
	if err != nil {
		return nil, f.answer(doing, err)
	}
	if at.Scheme != "https" && at.Scheme != f.base.Scheme {
		return nil, fmt.Errorf("%s: the store of artifacts is at an address without encryption", doing)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	// The address carries its own right, for minutes; our token is not shown there, and the address to nobody else: a
	// redirect would tell it.
	store := &http.Client{
		Transport:     f.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := store.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, errors.Unwrap(err)) // the address would be in the log
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the store of artifacts answers %d", doing, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if int64(len(body)) > limit {
		return nil, nil
	}
	return body, nil
}
