package gitlab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// compared is what lies between two commits. It never changes, so it is kept; nobody may change it.
type compared struct {
	files   []diff.File
	commits []change.Commit
	gaps    []change.Gap
	// cut is true when GitLab says that it left out files.
	cut bool
}

// keptLines bounds the lines of what is kept, in bytes.
const keptLines = 128 << 10

// compareQuick finds where the diff starts and takes files and commits from there: two commits pin all of it, so no second
// look at the merge request is needed.
func (rd *reading) compareQuick(ctx context.Context) error {
	if err := rd.findBase(ctx); err != nil {
		return err
	}
	c, err := rd.compareTwo(ctx, rd.s.MergeBase, rd.s.Head.SHA)
	if err != nil {
		return err
	}
	rd.between, rd.s.Files, rd.s.Commits = c, slices.Clone(c.files), slices.Clone(c.commits)
	rd.s.CommitsTotal, rd.s.FilesTotal = len(c.commits), len(c.files)
	for _, g := range c.gaps {
		rd.addGap(g.Fact, g.Path, g.Reason)
	}
	return nil
}

// findBase finds the merge base of head and target. Where the target's tip is the one that the version was made for,
// GitLab has said it.
func (rd *reading) findBase(ctx context.Context) error {
	if refs := rd.request.DiffRefs; refs.StartSha == rd.s.Base.SHA && refs.BaseSha != "" {
		rd.s.MergeBase = refs.BaseSha
		return nil
	}
	return rd.readMergeBase(ctx)
}

// maxReviewed bounds how many older approved heads are read.
const maxReviewed = 20

// readReviewed reads what the change was at older heads that somebody approved: an approval holds for what is the same since.
func (rd *reading) readReviewed(ctx context.Context) error {
	var heads []string
	for _, r := range rd.s.Reviews {
		if r.State == change.Approved && r.Commit != "" && r.Commit != rd.s.Head.SHA && !slices.Contains(heads, r.Commit) {
			heads = append(heads, r.Commit)
		}
	}
	if len(heads) > maxReviewed {
		rd.addGap("owners.reviewed", "", fmt.Sprintf("%d older heads were approved; the newest %d were read", len(heads), maxReviewed))
		heads = heads[len(heads)-maxReviewed:]
	}
	for _, head := range heads {
		old, err := rd.reviewedAt(ctx, head)
		if err != nil {
			return err
		}
		rd.s.Reviewed[head] = old
	}
	return nil
}

func (rd *reading) reviewedAt(ctx context.Context, head string) (change.Reviewed, error) {
	old := change.Reviewed{Head: head, Files: []diff.File{}}
	base, err := rd.mergeBase(ctx, rd.s.Base.SHA, head)
	var unrelated *change.Unrelated
	var unread *change.Unread
	switch {
	case errors.As(err, &unrelated):
		old.Reason = "the commit has no ancestor in common with the base"
		return old, nil
	case errors.As(err, &unread):
		// GitLab keeps the commits of a merge request's versions.
		old.Reason = "the commit can no longer be read"
		return old, nil
	case err != nil:
		return old, err
	}
	c, err := rd.compareTwo(ctx, base, head)
	if err != nil {
		return old, err
	}
	if c.cut || len(c.files) >= fewestCut {
		old.Reason = fmt.Sprintf("the change had %d files or more at that commit", len(c.files))
		return old, nil
	}
	return change.Reviewed{Head: head, MergeBase: base, Files: slices.Clone(c.files), Complete: true}, nil
}

func (rd *reading) compareTwo(ctx context.Context, from, to string) (*compared, error) {
	key := fmt.Sprintf("%d %s %s", rd.r.RepoID, from, to)
	if c, ok := rd.compared.get(key); ok {
		return c, nil
	}
	straight := true
	got, _, err := rd.client.Repositories.Compare(rd.r.RepoID,
		&gitlab.CompareOptions{From: &from, To: &to, Straight: &straight}, within(ctx))
	if err != nil {
		return nil, rd.answer(fmt.Sprintf("compare %s..%s", change.Short(from), change.Short(to)), err)
	}
	c := &compared{cut: got.CompareTimeout, commits: []change.Commit{}}
	for _, one := range got.Commits {
		c.commits = append(c.commits, commitOf(one))
	}
	listed := make([]*gitlab.MergeRequestDiff, len(got.Diffs))
	size := 0
	for i, d := range got.Diffs {
		listed[i] = listedDiff(d)
		size += len(d.Diff)
	}
	if c.files, c.gaps, err = rd.complete(ctx, listed, from, to); err != nil {
		return nil, err
	}
	for _, f := range c.files {
		size += int(max(f.Size, 0))
	}
	if size <= keptLines && !c.cut {
		rd.compared.put(key, c)
	}
	return c, nil
}

// prove proves that no file and no commit is missing: by the numbers that the moment gave for the same two commits; where
// they differ, and where there are so many files that GitLab may have stopped counting, by the version's and by the
// merge request's own list.
func (rd *reading) prove(ctx context.Context) error {
	m, c := rd.graphed.MergeRequest, rd.between
	files := len(c.files)
	counted := m.DiffStatsSummary != nil && m.DiffStatsSummary.FileCount == files && files < fewestCut && !c.cut
	switch same := rd.s.MergeBase == rd.request.DiffRefs.BaseSha; {
	case same && counted:
	case same:
		if rd.versions == nil {
			if err := rd.readVersions(ctx); err != nil {
				return err
			}
		}
		rd.count(files)
	case c.cut || files >= fewestCut:
		rd.addGap("diff.files", "", fmt.Sprintf("GitLab lists %d changed files and may have left out others", files))
	}
	if rd.s.MergeBase != rd.request.DiffRefs.BaseSha || m.CommitCount != nil && *m.CommitCount == len(c.commits) {
		return nil
	}
	rd.s.Commits = []change.Commit{}
	if err := rd.readCommits(ctx); err != nil {
		return err
	}
	if n := len(rd.s.Commits); n == 0 || rd.s.Commits[n-1].SHA != rd.s.Head.SHA {
		return errMovedAway
	}
	return nil
}
