package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
)

// The files rest*.go read by REST what the others ask of GraphQL in one response, and give it the same shape, so that everything after
// the reading is shared. It takes more calls, and several of them are unpinned: head and base are always read again at the end.
//
// What REST tells otherwise: merge settings are hidden from an App that may not push; who wrote a review is known to be able to push only
// for people (not for bots), and from a permission that may be kept for MemberAge; a review keeps the id of a commit that is gone; a closed
// pull request has no base commit.

// restReadPull is queryPullRequest by REST: it reads what changeQuery reads.
func (rd *reading) restReadPull(ctx context.Context) (*graphRepository, error) {
	client, owner, name := rd.installation(rd.r.Connection), rd.r.Owner, rd.r.Name
	rd.unpinnedRead()
	var (
		pull    *github.PullRequest
		raw     *github.Repository
		reviews graphReviews
		past    []change.Past
	)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		pull, err = rd.restPullAt(gctx)
		return err
	})
	g.Go(func() (err error) {
		raw, _, err = client.Repositories.Get(gctx, owner, name)
		if err == nil && raw.GetID() == 0 {
			return emptyAnswer("read repository " + owner + "/" + name)
		}
		return rd.goneIfMissing(fmt.Sprintf("read repository %s/%s", owner, name), err)
	})
	g.Go(func() (err error) {
		reviews, err = rd.restReviews(gctx)
		return err
	})
	g.Go(func() (err error) {
		past, err = rd.restPast(gctx)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	repo := restRepository(raw)
	repo.PullRequest = restPull(pull)
	repo.PullRequest.Reviews, repo.Past = reviews, past
	if repo.DatabaseID != rd.r.RepoID || repo.PullRequest.State != "OPEN" {
		return repo, nil
	}
	var err error
	if repo.PullRequest.BaseRef, err = rd.restRuling(ctx, repo.PullRequest.BaseRefName, repo.DefaultBranchRef); err != nil {
		return nil, err
	}
	return repo, nil
}

// restPullAt reads the pull request at its own address.
func (rd *reading) restPullAt(ctx context.Context) (*github.PullRequest, error) {
	doing := "read " + rd.s.Ref.String()
	pull, _, err := rd.installation(rd.r.Connection).PullRequests.Get(ctx, rd.r.Owner, rd.r.Name, rd.number)
	if err != nil {
		return nil, rd.goneIfMissing(doing, err)
	}
	if pull.GetNumber() != rd.number {
		return nil, emptyAnswer(doing)
	}
	return pull, nil
}

func restRepository(raw *github.Repository) *graphRepository {
	repo := &graphRepository{DatabaseID: raw.GetID(), Name: raw.GetName(), IsPrivate: raw.GetPrivate(),
		SquashMergeAllowed: raw.AllowSquashMerge, MergeCommitAllowed: raw.AllowMergeCommit, RebaseMergeAllowed: raw.AllowRebaseMerge,
		SquashMergeCommitTitle: raw.GetSquashMergeCommitTitle(), SquashMergeCommitMessage: raw.GetSquashMergeCommitMessage()}
	repo.Owner.Login = raw.GetOwner().GetLogin()
	if raw.GetDefaultBranch() != "" {
		repo.DefaultBranchRef = &graphRef{Name: raw.GetDefaultBranch()}
	}
	return repo
}

func restPull(p *github.PullRequest) *graphPull {
	head, base := p.GetHead(), p.GetBase()
	out := &graphPull{Number: p.GetNumber(), Title: p.GetTitle(), Body: p.GetBody(), State: strings.ToUpper(p.GetState()),
		IsDraft:           p.GetDraft(),
		IsCrossRepository: head.GetRepo().GetID() != base.GetRepo().GetID(), URL: p.GetHTMLURL(), BaseRefName: base.GetRef(),
		HeadRefName: head.GetRef(), HeadRefOID: head.GetSHA(),
		ChangedFiles: p.GetChangedFiles(), UpdatedAt: p.GetUpdatedAt().Time, Author: restAuthor(p.GetUser()),
		Labels: &graphLabels{TotalCount: len(p.Labels)}}
	if p.GetMerged() {
		out.State = "MERGED"
	}
	for _, l := range p.Labels {
		out.Labels.Nodes = append(out.Labels.Nodes, graphLabel{Name: l.GetName()})
	}
	return out
}

// restAuthor is nil for the account that stands for deleted ones, as GraphQL has it.
func restAuthor(u *github.User) *graphAuthor {
	if u == nil || u.GetLogin() == "ghost" {
		return nil
	}
	return &graphAuthor{Typename: u.GetType(), Login: u.GetLogin(), DatabaseID: u.GetID()}
}

// restReviews reads all reviews, and what the people who wrote them may do in the repository.
func (rd *reading) restReviews(ctx context.Context) (graphReviews, error) {
	var all graphReviews
	opts := &github.ListOptions{PerPage: page}
	for {
		list, resp, err := rd.installation(rd.r.Connection).PullRequests.ListReviews(ctx, rd.r.Owner, rd.r.Name, rd.number, opts)
		if err != nil {
			return all, rd.answer("list reviews", err)
		}
		if list == nil {
			return all, emptyAnswer("list reviews")
		}
		for _, v := range list {
			n := graphReview{ID: strconv.FormatInt(v.GetID(), 10), State: strings.ToUpper(v.GetState()), Author: restAuthor(v.GetUser())}
			if v.SubmittedAt != nil {
				n.SubmittedAt = &v.SubmittedAt.Time
			}
			if v.GetCommitID() != "" {
				n.Commit = &graphOID{OID: v.GetCommitID()}
			}
			all.Nodes = append(all.Nodes, n)
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	all.TotalCount = len(all.Nodes)
	var people []string
	for _, n := range all.Nodes {
		if n.Author != nil && n.Author.Typename == "User" {
			people = append(people, n.Author.Login)
		}
	}
	people = uniqueLower(people)
	accounts := make([]change.OwnerAccount, len(people))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, login := range people {
		g.Go(func() (err error) {
			accounts[i], err = rd.account(gctx, login)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return all, err
	}
	for i, n := range all.Nodes {
		if n.Author == nil || n.Author.Typename != "User" {
			continue
		}
		if at, ok := slices.BinarySearch(people, strings.ToLower(n.Author.Login)); ok {
			all.Nodes[i].AuthorCanPushToRepository = accounts[at].CanWrite
		}
	}
	return all, nil
}

// restRuling reads a branch, and fills the commit of the controls: its own, or that of byDefault, when the branch is not trusted.
// It is nil when there is no such branch.
func (rd *reading) restRuling(ctx context.Context, branch string, byDefault *graphRef) (*graphRef, error) {
	isDefault := byDefault != nil && byDefault.Name == branch
	ref, err := rd.restBranch(ctx, branch, !isDefault && !slices.Contains(rd.TrustedBranches, branch))
	if err != nil {
		return nil, err
	}
	ruling := ref
	if byDefault != nil && !isDefault && !rd.trusts(branch, ref) {
		there, err := rd.restBranch(ctx, byDefault.Name, false)
		if err != nil {
			return nil, err
		}
		if there != nil {
			byDefault.Target = there.Target
		}
		ruling = byDefault
	}
	if isDefault && ref != nil {
		byDefault.Target = ref.Target
	}
	if ruling == nil || ruling.Target == nil {
		return ref, nil
	}
	return ref, rd.restControls(ctx, ruling.Target)
}

// restBranch reads where a branch stands and, if asked, what protects it. It is nil when there is no such branch.
// https://docs.github.com/en/rest/branches/branches#get-a-branch and .../rest/repos/rules#get-rules-for-a-branch
func (rd *reading) restBranch(ctx context.Context, branch string, protection bool) (*graphRef, error) {
	client, at := rd.installation(rd.r.Connection), url.PathEscape(branch)
	var raw struct {
		Commit struct {
			SHA string `json:"sha"`
		} `json:"commit"`
		Protected  bool `json:"protected"`
		Protection *struct {
			Enabled *bool `json:"enabled"`
		} `json:"protection"`
	}
	_, err := rd.getJSON(ctx, client, fmt.Sprintf("repos/%s/%s/branches/%s", rd.r.Owner, rd.r.Name, at), &raw)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, rd.answer("read branch "+branch, err)
	}
	if raw.Commit.SHA == "" {
		return nil, emptyAnswer("read branch " + branch)
	}
	ref := &graphRef{Name: branch, Target: &graphCommit{OID: raw.Commit.SHA}}
	if !protection {
		return ref, nil
	}
	// Whether protected is also true for a ruleset that protects no content is not documented; the summary of classic protection is exact.
	classic := raw.Protected
	if raw.Protection != nil && raw.Protection.Enabled != nil {
		classic = *raw.Protection.Enabled
	}
	if classic {
		ref.RefUpdateRule = &graphUpdateRule{Pattern: branch}
		return ref, nil
	}
	var rules []graphRule
	_, err = rd.getJSON(ctx, client, fmt.Sprintf("repos/%s/%s/rules/branches/%s?per_page=100", rd.r.Owner, rd.r.Name, at), &rules)
	switch {
	case isMissing(err) && beforeRulesets(responded(err)): //nolint:bodyclose // the client has read and closed it
		rd.addPassingGap("protection", branch, "GitHub does not show which rules protect the branch")
	case err != nil:
		return nil, rd.answer("read rules of branch "+branch, err)
	case rules == nil:
		return nil, emptyAnswer("read rules of branch " + branch)
	}
	for i := range rules {
		rules[i].Type = strings.ToUpper(rules[i].Type)
	}
	ref.Rules = &graphRules{Nodes: rules}
	return ref, nil
}

// beforeRulesets reports whether an answer is that of an Enterprise Server older than 3.11, which has no route for the
// rules of a branch. Elsewhere the route is there for every branch, and "not found" says nothing: the rules that
// protect a branch decide whose CODEOWNERS hold.
func beforeRulesets(r *http.Response) bool {
	major, rest, ok := strings.Cut(r.Header.Get("X-GitHub-Enterprise-Version"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	older, err := strconv.Atoi(minor)
	return ok && err == nil && major == "3" && older < 11
}

// restVerifyUnchanged is verifyUnchanged by REST.
func (rd *reading) restVerifyUnchanged(ctx context.Context) error {
	var pull *github.PullRequest
	var base *graphRef
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		pull, err = rd.restPullAt(gctx)
		return err
	})
	g.Go(func() (err error) {
		base, err = rd.restBranch(gctx, rd.s.Base.Ref, false)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if base != nil && pull.GetHead().GetSHA() == rd.s.Head.SHA && pull.GetBase().GetRef() == rd.s.Base.Ref &&
		base.Target.OID == rd.s.Base.SHA {
		return nil
	}
	rd.s.Head.SHA, rd.s.Base = pull.GetHead().GetSHA(), change.Rev{Ref: pull.GetBase().GetRef()}
	return change.ErrMoved
}
