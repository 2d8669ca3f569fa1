package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
)

// maxLandedPages bounds the requests for one list: pull requests that were closed without a merge stand among the others.
const maxLandedPages = 20

// Landed is what the forge tells of a repository's past and git does not.
type Landed struct {
	// Owner and Name are the repository's as it is called now; Default its default branch.
	Owner, Name, Default string
	// Merges are hidden, with no way of merging named, from a token that may not push.
	Merges change.MergeSettings
	// Pulls are merged pull requests, those that were touched last first.
	Pulls []LandedPull
}

// LandedPull is one merged pull request.
type LandedPull struct {
	Number      int
	Title, Body string
	// Commit is the one on the branch that brought it in, empty when GitHub does not say.
	Commit string
	// Author is the account that opened it, nil for a deleted one.
	Author *change.Account
}

// Landed reads the merge settings of a repository and its last merged pull requests into a branch, at most limit; an
// empty branch is the default one. Errors are as Pull's.
func (r *Reader) Landed(ctx context.Context, owner, name, branch string, limit int) (Landed, error) {
	f := r.forge
	full := owner + "/" + name
	repo, _, err := f.personal.Repositories.Get(ctx, owner, name)
	if err != nil {
		return Landed{}, explainToken(err, f.answer("read the repository", err), full, "")
	}
	known := restRepository(repo)
	out := Landed{Owner: repo.GetOwner().GetLogin(), Name: repo.GetName(), Default: repo.GetDefaultBranch(), Merges: known.merges()}
	if branch == "" {
		branch = out.Default
	}
	opts := &github.PullRequestListOptions{
		State:       "closed",
		Base:        branch,
		Sort:        "updated",
		Direction:   "desc",
		ListOptions: github.ListOptions{PerPage: page},
	}
	for range maxLandedPages {
		list, response, err := f.personal.PullRequests.List(ctx, out.Owner, out.Name, opts)
		if err != nil {
			answer := f.answer("list merged pull requests", err)
			if isStatus(err, http.StatusNotFound) {
				answer = &change.Refused{
					Kind:   refusal.Permission,
					What:   fmt.Sprintf("the token may not see the pull requests of %s", full),
					Remedy: "give it the permission Pull requests: read",
				}
			}
			return out, explainToken(err, answer, full, full)
		}
		if list == nil {
			return out, errors.New("list merged pull requests: GitHub's answer is empty")
		}
		for _, p := range list {
			if p.MergedAt == nil || p.GetNumber() <= 0 {
				continue
			}
			l := LandedPull{Number: p.GetNumber(), Title: p.GetTitle(), Body: p.GetBody(), Commit: p.GetMergeCommitSHA()}
			if u := restAuthor(p.GetUser()); u != nil {
				l.Author = &change.Account{Login: u.Login, ID: u.DatabaseID, Bot: u.Typename == "Bot"}
			}
			if out.Pulls = append(out.Pulls, l); len(out.Pulls) == limit {
				return out, nil
			}
		}
		if response.NextPage == 0 {
			break
		}
		opts.Page = response.NextPage
	}
	return out, nil
}
