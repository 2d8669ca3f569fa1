package gitlab

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"sync"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/upload"
)

// Drift compares a head with the commit that CI measured, which in a pipeline of merged results is a merge made for it.
func (f *Forge) Drift(ctx context.Context, ref change.Ref, head, measured string) (upload.Drift, error) {
	c, _, err := f.client.Commits.GetCommit(ref.RepoID, measured, nil, within(ctx))
	if isMissing(err) {
		return upload.Drift{}, nil // a commit that is not there contains nothing
	}
	doing := "compare " + change.Short(head) + " with " + change.Short(measured)
	if err != nil {
		return upload.Drift{}, f.answer(doing, err)
	}
	base, _, err := f.client.Repositories.MergeBase(ref.RepoID, &gitlab.MergeBaseOptions{Ref: &[]string{head, measured}}, within(ctx))
	if isMissing(err) {
		return upload.Drift{}, nil
	}
	if err != nil {
		return upload.Drift{}, f.answer(doing, err)
	}
	d := upload.Drift{Contains: base.ID == head, Merges: slices.Contains(c.ParentIDs, head)}
	if !d.Contains {
		return d, nil
	}
	rd := f.begin(change.Record{Ref: ref})
	rd.s.MergeBase, rd.s.Head.SHA = head, measured
	if err := rd.compareAnew(ctx); err != nil {
		return d, err
	}
	files, gaps, err := rd.complete(ctx, rd.listed, head, measured)
	d.Files, d.Complete = files, len(rd.s.Gaps)+len(gaps) == 0
	return d, err
}

// requestRef matches the branch of a pipeline that ran for a merge request: its head, a merge of it into the target, or one
// on a train.
var requestRef = lazyregexp.New(`^refs/merge-requests/([0-9]+)/(head|merge|train)$`)

// PipelineOf is the merge request that a pipeline ran for, 0 when it ran for a branch, and the commit that it ran on: no
// claim of a job's token names the merge request.
// https://docs.gitlab.com/api/pipelines/
func (f *Forge) PipelineOf(ctx context.Context, ref change.Ref, run string) (number int, sha string, err error) {
	id, err := strconv.ParseInt(run, 10, 64)
	if err != nil || id <= 0 {
		return 0, "", &change.Unread{What: "a run has the number " + strconv.Quote(run)}
	}
	doing := "read pipeline " + run
	p, _, err := f.client.Pipelines.GetPipeline(ref.RepoID, id, within(ctx))
	if err != nil {
		return 0, "", f.answer(doing, err)
	}
	if p.ID != id || p.SHA == "" {
		return 0, "", emptyAnswer(doing)
	}
	if m := requestRef.FindStringSubmatch(p.Ref); m != nil {
		number, err = strconv.Atoi(m[1])
	}
	return number, p.SHA, err
}

// Contents reads the files at the head, by path, as far as they are text and no larger than limit.
func (f *Forge) Contents(ctx context.Context, ref change.Ref, files []diff.File, limit int64) (map[string]string, error) {
	rd := f.begin(change.Record{Ref: ref})
	var mu sync.Mutex
	out := map[string]string{}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for _, file := range files {
		if file.Blob == "" || file.State != diff.Text || file.Size > limit {
			continue
		}
		g.Go(func() error {
			body, err := rd.blob(gctx, file.Blob, limit)
			if err != nil || body == nil || bytes.IndexByte(body[:min(len(body), 8000)], 0) >= 0 {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			out[file.Path] = string(body)
			return nil
		})
	}
	return out, g.Wait()
}
