package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// perDiffPage is how many files one page of diffs has: some instances answer more with an error.
// https://gitlab.com/gitlab-org/gitlab/-/issues/427168
const perDiffPage = 30

func (rd *reading) readVersions(ctx context.Context) (err error) {
	rd.versions, err = pages(
		func(next ...gitlab.RequestOptionFunc) ([]*gitlab.MergeRequestDiffVersion, *gitlab.Response, error) {
			return rd.client.MergeRequests.GetMergeRequestDiffVersions(
				rd.r.RepoID,
				int64(rd.r.Number),
				&gitlab.GetMergeRequestDiffVersionsOptions{
					ListOptions: gitlab.ListOptions{PerPage: 100},
				},
				append(next, within(ctx))...)
		},
	)
	return rd.answer("list the versions of "+rd.r.Ref.String(), err)
}

func (rd *reading) readDiffs(ctx context.Context) (err error) {
	rd.listed, err = pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.MergeRequestDiff, *gitlab.Response, error) {
		return rd.client.MergeRequests.ListMergeRequestDiffs(
			rd.r.RepoID,
			int64(rd.r.Number),
			&gitlab.ListMergeRequestDiffsOptions{
				ListOptions: gitlab.ListOptions{PerPage: perDiffPage},
			},
			append(next, within(ctx))...)
	})
	return rd.answer("list the files of "+rd.r.Ref.String(), err)
}

// readMergeBase asks where the diff starts.
func (rd *reading) readMergeBase(ctx context.Context) (err error) {
	rd.s.MergeBase, err = rd.mergeBase(ctx, rd.s.Base.SHA, rd.s.Head.SHA)
	return err
}

// mergeBase finds the merge base of a tip and a head. It never changes, so it is kept.
func (rd *reading) mergeBase(ctx context.Context, tip, head string) (string, error) {
	key, doing := fmt.Sprintf("%d %s %s", rd.r.RepoID, tip, head), fmt.Sprintf("find where %s starts", rd.r.Ref)
	if base, ok := rd.bases.get(key); ok {
		return base, nil
	}
	base, _, err := rd.client.Repositories.MergeBase(rd.r.RepoID, &gitlab.MergeBaseOptions{Ref: &[]string{tip, head}}, within(ctx))
	switch {
	case isMissing(err):
		if _, _, err := rd.client.Commits.GetCommit(rd.r.RepoID, head, nil, within(ctx)); err != nil {
			return "", rd.answer("read the head of "+rd.r.Ref.String(), err)
		}
		return "", &change.Unrelated{Base: rd.s.Base.Ref, Head: head, Err: err}
	case err != nil:
		return "", rd.answer(doing, err)
	case base.ID == "":
		return "", emptyAnswer(doing)
	}
	rd.bases.put(key, base.ID)
	return base.ID, nil
}

// compare finds where the diff starts, at the target's tip as it is now, and takes the list of files from there. GitLab's
// own list starts where the version of the head was made; nearly always that is the same commit.
func (rd *reading) compare(ctx context.Context) error {
	if err := rd.readMergeBase(ctx); err != nil {
		return err
	}
	if rd.s.MergeBase == rd.request.DiffRefs.BaseSha {
		rd.s.FilesUnpinned = true // GitLab makes its own list behind a push, and only their number is held to the head
		rd.count(len(rd.listed))
	} else if err := rd.compareAnew(ctx); err != nil {
		return err
	}
	rd.s.FilesTotal = max(rd.s.FilesTotal, len(rd.listed))
	files, gaps, err := rd.complete(ctx, rd.listed, rd.s.MergeBase, rd.s.Head.SHA)
	rd.s.Files = files
	rd.s.Gaps = append(rd.s.Gaps, gaps...)
	return err
}

// count proves that the list of files is whole, by what the version of the head says. A number that ends in "+" is none.
func (rd *reading) count(listed int) {
	at := slices.IndexFunc(rd.versions, func(v *gitlab.MergeRequestDiffVersion) bool {
		return v.HeadCommitSHA == rd.s.Head.SHA && v.BaseCommitSHA == rd.s.MergeBase
	})
	if at < 0 {
		rd.addPassingGap("diff.files", "", "GitLab does not say how many files the head changes")
		return
	}
	size := rd.versions[at].RealSize
	total, err := strconv.Atoi(size)
	if err != nil || total < 0 {
		rd.addGap(
			"diff.files",
			"",
			fmt.Sprintf("GitLab lists %d changed files and says that there are %q", listed, size),
		)
		return
	}
	if rd.s.FilesTotal = total; total != listed {
		rd.addGap("diff.files", "", fmt.Sprintf("GitLab lists %d of %d changed files", listed, total))
	}
}

// fewestCut is the number of files at which GitLab may cut a comparison, which says nothing of it.
const fewestCut = 1000

// compareAnew reads files and commits between two commits, where the target took in a part of the change since the version
// of the head was made.
func (rd *reading) compareAnew(ctx context.Context) error {
	straight := true
	c, _, err := rd.client.Repositories.Compare(rd.r.RepoID,
		&gitlab.CompareOptions{From: &rd.s.MergeBase, To: &rd.s.Head.SHA, Straight: &straight}, within(ctx))
	if err != nil {
		return rd.answer(fmt.Sprintf("compare %s..%s", change.Short(rd.s.MergeBase), change.Short(rd.s.Head.SHA)), err)
	}
	rd.listed, rd.s.Commits, rd.s.CommitsTotal = nil, []change.Commit{}, len(c.Commits)
	for _, one := range c.Commits {
		rd.s.Commits = append(rd.s.Commits, commitOf(one))
	}
	for _, d := range c.Diffs {
		rd.listed = append(rd.listed, listedDiff(d))
	}
	if c.CompareTimeout || len(c.Diffs) >= fewestCut {
		rd.addGap("diff.files", "", fmt.Sprintf("GitLab lists %d changed files and may have left out others", len(c.Diffs)))
	}
	return nil
}

// listedDiff is a file of a comparison as a merge request lists it.
func listedDiff(d *gitlab.Diff) *gitlab.MergeRequestDiff {
	return &gitlab.MergeRequestDiff{OldPath: d.OldPath, NewPath: d.NewPath, AMode: d.AMode, BMode: d.BMode,
		Diff: d.Diff, NewFile: d.NewFile, RenamedFile: d.RenamedFile, DeletedFile: d.DeletedFile}
}

// entry is a listed file in our words, and whether its lines must be read from its two blobs.
func entry(d *gitlab.MergeRequestDiff) (e diff.Entry, blobs bool) {
	e = diff.Entry{Path: d.NewPath, OldMode: mode(d.AMode), Mode: mode(d.BMode), Status: diff.Modified, Size: -1}
	switch {
	case d.NewFile:
		e.Status, e.OldMode = diff.Added, ""
	case d.DeletedFile:
		e.Path, e.Status, e.Mode = d.OldPath, diff.Removed, ""
	case d.RenamedFile && d.OldPath != d.NewPath:
		e.Status, e.OldPath = diff.Renamed, d.OldPath
	}
	if d.Collapsed || d.TooLarge || d.Diff == "" {
		return e, true
	}
	hunks, err := diff.ParsePatch(d.Diff)
	if err != nil || len(hunks) == 0 {
		return e, true // "Binary files differ", or cut
	}
	counted := diff.File{}.With(hunks)
	e.Patch, e.Additions, e.Deletions = &d.Diff, counted.Additions, counted.Deletions
	return e, false
}

// mode is git's mode; GitLab writes "0" where nothing stands.
func mode(m string) string {
	if strings.Trim(m, "0") == "" {
		return ""
	}
	return m
}

// complete turns the list into files. An empty diff is a renamed, binary or empty file, a mode that changed, or one that
// GitLab left out because of its size: the blobs decide.
func (rd *reading) complete(
	ctx context.Context, listed []*gitlab.MergeRequestDiff, base, head string,
) ([]diff.File, []change.Gap, error) {
	files, reasons := make([]diff.File, len(listed)), make([]string, len(listed))
	entries, left := make([]diff.Entry, len(listed)), []int{}
	wanted := map[string][]string{}
	for i, d := range listed {
		var blobs bool
		if entries[i], blobs = entry(d); !blobs {
			files[i], reasons[i] = diff.FromForge(entries[i])
			continue
		}
		left = append(left, i)
		if e := entries[i]; e.Status != diff.Removed {
			wanted[head] = append(wanted[head], e.Path)
		}
		if e := entries[i]; e.Status != diff.Added {
			wanted[base] = append(wanted[base], cmp.Or(e.OldPath, e.Path))
		}
	}
	for commit, paths := range wanted {
		if err := rd.fetch(ctx, commit, paths, false); err != nil {
			return files, nil, err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for _, i := range left {
		g.Go(func() (err error) {
			files[i], reasons[i], err = rd.fromBlobs(gctx, entries[i], base, head)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return files, nil, err
	}
	var gaps []change.Gap
	for i, reason := range reasons {
		if reason != "" {
			gaps = append(gaps, change.Gap{Fact: "diff.lines", Reason: reason, Path: files[i].Path})
		}
	}
	return files, gaps, nil
}

// fromBlobs reads both sides of a file and compares them here.
func (rd *reading) fromBlobs(ctx context.Context, e diff.Entry, base, head string) (diff.File, string, error) {
	old := e.Path
	if e.OldPath != "" {
		old = e.OldPath
	}
	var sides [2][]byte
	over := false
	for i, side := range []struct {
		commit, path string
		there        bool
	}{{base, old, e.Status != diff.Added}, {head, e.Path, e.Status != diff.Removed}} {
		if !side.there {
			continue
		}
		st, err := rd.stat(ctx, side.commit, side.path)
		if err != nil {
			return diff.File{}, "", err
		}
		if st == nil {
			return diff.File{}, "", fmt.Errorf("read %s at %s: %w", side.path, change.Short(side.commit), errNotListed)
		}
		if i == 0 {
			e.OldMode, e.OldBlob = st.mode, st.id
		} else {
			e.Mode, e.Blob = st.mode, st.id
		}
		if !st.plain() {
			continue
		}
		body, err := rd.blob(ctx, st.id, diff.MaxBlobBytes)
		if err != nil {
			return diff.File{}, "", err
		}
		over = over || body == nil
		if sides[i] = body; i == 1 || e.Status == diff.Removed {
			e.Size, e.Start = int64(len(body)), body
		}
	}
	if over {
		e.Size, e.Start, e.Additions = -1, nil, 1 // how many lines, nobody counted
		f, _ := diff.FromForge(e)
		f.Additions = 0
		return f, fmt.Sprintf("GitLab sent no lines, and the file is larger than %d bytes", diff.MaxBlobBytes), nil
	}
	f, reason := diff.FromForge(e)
	if f.State == diff.Submodule || f.State == diff.Symlink {
		return f, reason, nil
	}
	f, reason = diff.FromBlobs(f, sides[0], sides[1])
	return f, reason, nil
}

// errNotListed is a file that a list of changes names and no commit has: the answers are of two moments.
var errNotListed = fmt.Errorf("the commit does not have it: %w", change.ErrMoved)
