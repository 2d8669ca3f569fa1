package github

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
)

// restHistory reads what historyQuery reads: a commit and first parents before it, historyStep in all, each with its settings file.
// GitHub's list of a path's commits follows every parent and leaves out merges, so the parents are walked instead; one page of the
// branch's log saves most of the calls.
func (rd *reading) restHistory(ctx context.Context, at string) (*historyCommit, error) {
	if err := rd.readLog(ctx, at); err != nil {
		return nil, err
	}
	var chain []*historyCommit
	for sha := at; sha != "" && len(chain) < historyStep; {
		chain = append(chain, &historyCommit{OID: sha})
		parent, err := rd.firstParent(ctx, sha)
		if err != nil {
			return nil, err
		}
		sha = parent
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, c := range chain {
		if i > 0 {
			chain[i-1].Parents = &historyParents{Nodes: []*historyCommit{c}}
		}
		g.Go(func() (err error) {
			c.File, err = rd.restEntry(gctx, c.OID, controls.SettingsPath)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return chain[0], nil
}

// readLog notes the first parents of a page of commits. What the page leaves out is asked for one by one.
func (rd *reading) readLog(ctx context.Context, at string) error {
	if _, ok := rd.parents.get(treeKey{rd.r.RepoID, at}); ok {
		return nil
	}
	commits, _, err := rd.installation(rd.r.Connection).Repositories.ListCommits(ctx, rd.r.Owner, rd.r.Name,
		&github.CommitsListOptions{SHA: at, ListOptions: github.ListOptions{PerPage: page}})
	err = rd.answer("list commits before "+change.Short(at), err)
	var refused *change.Refused
	var unread *change.Unread
	if errors.As(err, &refused) || errors.As(err, &unread) { // it only saves calls
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range commits {
		parent := ""
		if len(c.Parents) > 0 {
			parent = c.Parents[0].GetSHA()
		}
		rd.parents.put(treeKey{rd.r.RepoID, c.GetSHA()}, parent)
	}
	return nil
}

// firstParent is empty for a root commit.
func (rd *reading) firstParent(ctx context.Context, sha string) (string, error) {
	key := treeKey{rd.r.RepoID, sha}
	if parent, ok := rd.parents.get(key); ok {
		return parent, nil
	}
	c, _, err := rd.installation(rd.r.Connection).Git.GetCommit(ctx, rd.r.Owner, rd.r.Name, sha)
	if err != nil {
		return "", rd.answer("read commit "+change.Short(sha), err)
	}
	if c.GetSHA() == "" {
		return "", emptyAnswer("read commit " + change.Short(sha))
	}
	parent := ""
	if len(c.Parents) > 0 {
		parent = c.Parents[0].GetSHA()
	}
	rd.parents.put(key, parent)
	return parent, nil
}

// restPast reads the newest commits of the default branch, for their style. A refusal leaves the history unknown, as a short one.
func (rd *reading) restPast(ctx context.Context) ([]change.Past, error) {
	list, _, err := rd.installation(rd.r.Connection).Repositories.ListCommits(ctx, rd.r.Owner, rd.r.Name,
		&github.CommitsListOptions{ListOptions: github.ListOptions{PerPage: page}})
	err = rd.answer(fmt.Sprintf("list commits of %s/%s", rd.r.Owner, rd.r.Name), err)
	var refused *change.Refused
	if errors.As(err, &refused) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if list == nil {
		return nil, emptyAnswer("list commits of " + rd.r.Owner + "/" + rd.r.Name)
	}
	var past []change.Past
	for _, c := range list[:min(len(list), change.MaxHistory)] {
		past = append(past, change.NewPast(c.GetCommit().GetMessage(), len(c.Parents)))
	}
	return past, nil
}
