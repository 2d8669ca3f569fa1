package github

import (
	"context"
	"slices"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// list reads the pull request's own list of files, which is longer than the comparison's and not pinned to a commit.
func (rd *reading) list(ctx context.Context) ([]diff.Entry, error) {
	rd.unpinnedRead()
	pages := make([][]diff.Entry, (min(max(rd.s.FilesTotal, 1), listFiles)+page-1)/page)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range pages {
		g.Go(func() error {
			files, _, err := rd.installation(rd.r.Connection).PullRequests.ListFiles(gctx, rd.r.Owner, rd.r.Name, rd.number,
				&github.ListOptions{Page: i + 1, PerPage: page})
			if err != nil {
				return rd.answer("list changed files", err)
			}
			if files == nil {
				return emptyAnswer("list changed files")
			}
			for _, f := range files {
				pages[i] = append(pages[i], entry(f))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(pages...), nil
}

// comparedBytes bounds the memory of comparisons.
const comparedBytes = 16 << 20

// keepListing keeps the list of files for the next look at the same two commits: head and base were read again, and are
// what they were before the list was read. GitHub makes the list behind a push, so a list that does not agree with the
// comparison of the two commits is read again, and so is one that is shorter than GitHub counts.
func (rd *reading) keepListing() {
	c := rd.listed
	if c == nil || rd.s.Kind != change.Request || c.short() || !c.holds(rd.s.FilesTotal) {
		return
	}
	compared, ok := rd.compares.get(compareKey{rd.r.RepoID, c.Base, c.Head})
	if ok && agrees(c.Entries, compared.Entries) {
		rd.compares.put(compareKey{rd.r.RepoID, c.Base, c.Head}, c)
	}
}

// agrees reports whether a list has all entries of a comparison, with the same blobs.
func agrees(listed, compared []diff.Entry) bool {
	at := make(map[string]diff.Entry, len(listed))
	for _, e := range listed {
		at[e.Path] = e
	}
	return !slices.ContainsFunc(compared, func(e diff.Entry) bool {
		l, ok := at[e.Path]
		return !ok || l.Status != e.Status || l.Blob != e.Blob || l.OldBlob != e.OldBlob
	})
}
