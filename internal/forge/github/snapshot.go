package github

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/sorting"
)

// restarts is how often a reading begins again because the change moved under it.
const restarts = 3

// Snapshot reads a change. The record's head and base are hints that save a round trip when they are right; they are
// never believed. A closed pull request comes back with little more than its state. Errors are *change.Limited,
// *change.Refused, *change.Unread, *change.Unrelated, *change.Gone, change.ErrMoved or passing. Gaps that are Passing
// may be filled by another try.
func (f *Forge) Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error) {
	for try := 0; ; try++ {
		s, err := f.snapshot(ctx, r)
		if !errors.Is(err, change.ErrMoved) || try == restarts {
			return s, err
		}
		// What was seen on the way is the better hint.
		if s.Head.SHA != "" {
			r.Head, r.Base = s.Head, s.Base
		}
	}
}

// reading is one try to read a change.
type reading struct {
	*Forge
	r change.Record
	s change.Snapshot
	// number is the pull request's, also for a merge group.
	number int
	// unpinned is true once something was read in a second response that no commit pins.
	unpinned bool
	// listed is the comparison with the pull request's own list of files, where that was read.
	listed *comparison
	mu     sync.Mutex
	// epoch is the count of Forget calls when the reading began: what is read in an epoch that is over must not be kept.
	epoch int64
	// reads joins readers of the same tree; whole are trees that were listed in one call, nil where GitHub cut the list.
	reads singleflight.Group
	whole map[string]map[string]graphEntry
}

func (rd *reading) addGap(fact, path, reason string) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Gaps = append(rd.s.Gaps, change.Gap{Fact: fact, Reason: reason, Path: path})
}

// addPassingGap adds a gap that another try may fill: GitHub did not show something that may exist.
func (rd *reading) addPassingGap(fact, path, reason string) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Gaps = append(rd.s.Gaps, change.Gap{Fact: fact, Reason: reason, Path: path, Passing: true})
}

func (f *Forge) snapshot(ctx context.Context, r change.Record) (change.Snapshot, error) {
	rd := &reading{Forge: f, r: r, number: r.Number, epoch: f.epoch.Load()}
	rd.s = change.Snapshot{Ref: r.Ref, Kind: change.Request, TakenAt: f.Now(), Labels: []string{}, Reviews: []change.Review{},
		Commits: []change.Commit{}, Files: []diff.File{},
		Controls: change.Controls{Files: map[string]change.File{}}, Reviewed: map[string]change.Reviewed{}}
	if err := rd.above(ctx); err != nil {
		return rd.s, err
	}
	if r.Group != nil {
		group := *r.Group
		rd.s.Kind, rd.s.Group, rd.number = change.MergeGroup, &group, r.Group.Number
		if rd.number == 0 {
			return rd.s,
				&change.Refused{
					Kind:   refusal.NotAvailable,
					What:   "the merge group names no pull request: " + group.Problem,
					Remedy: "remove it from the queue and queue the pull request again",
				}
		}
	}
	if r.Owner == "" || r.Connection == 0 {
		return rd.s, &change.Refused{
			Kind:   refusal.Permission,
			What:   fmt.Sprintf("the repository of %s is not known", r.Key),
			Remedy: "install the App on it",
		}
	}
	repo, err := rd.readPullRequest(ctx)
	if err != nil || rd.s.State != change.Open {
		return rd.s, err
	}
	if err := rd.readRest(ctx, repo); err != nil {
		return rd.s, err
	}
	sorting.StableBy(rd.s.Gaps, func(a, b change.Gap) int {
		return strings.Compare(a.Fact+"\x00"+a.Path+"\x00"+a.Reason, b.Fact+"\x00"+b.Path+"\x00"+b.Reason)
	})
	if rd.unpinned {
		if err := rd.verifyUnchanged(ctx); err != nil {
			return rd.s, err
		}
		rd.keepListing()
	}
	return rd.s, nil
}

// readPullRequest reads the pull request, and in parallel the comparison and the file modes that the hints name.
func (rd *reading) readPullRequest(ctx context.Context) (*graphRepository, error) {
	r, hint := rd.r, rd.r.Head.SHA
	var repo *graphRepository
	var guess *comparison
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		repo, err = rd.queryPullRequest(gctx, hint)
		return err
	})
	if hint != "" && r.Base.Ref != "" && r.Group == nil && !rd.known(r) {
		g.Go(func() error {
			c, err := rd.compareByName(gctx, r.Base.Ref, hint)
			if err == nil {
				guess = c
			}
			// A hint that is wrong is no error of the change: the second step reads by the true head and base.
			var limited *change.Limited
			if errors.As(err, &limited) {
				return err
			}
			return nil
		})
	}
	if hint != "" {
		g.Go(func() error { return rd.prefetchModes(gctx, hint) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if repo == nil || repo.PullRequest == nil {
		return nil, rd.confirmGone(ctx)
	}
	if repo.DatabaseID == 0 || !repo.PullRequest.whole() {
		return nil, emptyAnswer("read " + r.Ref.String())
	}
	if repo.DatabaseID != r.RepoID {
		// Its next event tells the name that it has now; by this one nothing of it can be read or written.
		return nil, &change.Gone{What: fmt.Sprintf("%s/%s is now another repository (id %d)", r.Owner, r.Name, repo.DatabaseID)}
	}
	rd.describe(repo)
	if guess != nil && !guess.short() && rd.s.State == change.Open && guess.Base == rd.s.Base.SHA && guess.Head == rd.s.Head.SHA {
		rd.compares.put(compareKey{r.RepoID, guess.Base, guess.Head}, guess)
	}
	return repo, nil
}

// queryPullRequest reads everything about the change that no commit pins, in one response.
func (rd *reading) queryPullRequest(ctx context.Context, hint string) (*graphRepository, error) {
	if rd.REST {
		return rd.restReadPull(ctx)
	}
	var data struct {
		Repository *graphRepository `json:"repository"`
	}
	err := rd.query(ctx, rd.r.Connection, changeQuery, map[string]any{
		"owner": rd.r.Owner, "name": rd.r.Name, "number": rd.number, "hint": nullable(hint), "hinted": hint != "",
		"checks": rd.ReadChecks, "remarks": rd.r.HasInlineComments,
	}, &data, "object", "refUpdateRule", "rules", "reviewThreads")
	var nothing *graphMissing
	if errors.As(err, &nothing) && nothing.change() {
		return nil, rd.confirmGone(ctx)
	}
	return data.Repository, err
}

// confirmGone asks for the pull request at its own address when GraphQL has nothing for it: only there is it said to be gone.
func (rd *reading) confirmGone(ctx context.Context) error {
	doing := "read " + rd.s.Ref.String()
	p, _, err := rd.installation(rd.r.Connection).PullRequests.Get(ctx, rd.r.Owner, rd.r.Name, rd.number)
	if err != nil {
		return rd.goneIfMissing(doing, err)
	}
	if p.GetNumber() != rd.number {
		return emptyAnswer(doing)
	}
	return fmt.Errorf("%s: %w", doing,
		&change.Unread{
			What:   "GitHub's GraphQL has nothing for a pull request that is there",
			Remedy: "if it stays so, set github.graphql: false, which reads by REST alone",
		})
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// known reports whether the comparison that the hints name was made before; then asking for it again would be a wasted call.
func (rd *reading) known(r change.Record) bool {
	_, ok := rd.compares.get(compareKey{r.RepoID, r.Base.SHA, r.Head.SHA})
	return ok
}

// describe takes over what the first response says.
func (rd *reading) describe(repo *graphRepository) {
	s, pr := &rd.s, repo.PullRequest
	s.Repository = change.Repository{
		ID:      repo.DatabaseID,
		Owner:   repo.Owner.Login,
		Name:    repo.Name,
		Private: repo.IsPrivate,
		Merges:  repo.merges(),
	}
	s.Ref.Owner, s.Ref.Name = repo.Owner.Login, repo.Name
	if repo.DefaultBranchRef != nil {
		s.Repository.DefaultBranch = repo.DefaultBranchRef.Name
		if s.History = repo.Past; s.History == nil && repo.DefaultBranchRef.Target != nil {
			s.History = repo.DefaultBranchRef.Target.History.toChange()
		}
	}
	s.State = change.State(strings.ToLower(pr.State))
	s.Draft, s.Fork, s.URL, s.UpdatedAt = pr.IsDraft, pr.IsCrossRepository, pr.URL, pr.UpdatedAt
	s.Title, s.Body = &pr.Title, &pr.Body
	author := pr.Author.toChange()
	s.Author = &author
	if pr.Labels != nil {
		for _, l := range pr.Labels.Nodes {
			s.Labels = append(s.Labels, l.Name)
		}
		if pr.Labels.TotalCount > len(s.Labels) {
			rd.addGap("labels", "", fmt.Sprintf("%d of %d labels were read", len(s.Labels), pr.Labels.TotalCount))
		}
	}
	s.Head, s.Base = change.Rev{Ref: pr.HeadRefName, SHA: pr.HeadRefOID}, change.Rev{Ref: pr.BaseRefName}
	if pr.BaseRef != nil && pr.BaseRef.Target != nil {
		s.Base.SHA = pr.BaseRef.Target.OID
	}
	s.FilesTotal = pr.ChangedFiles
	rd.addReviews(pr.Reviews.Nodes)
	rd.addThreads(pr.ReviewThreads.Nodes)
}

func (rd *reading) addReviews(nodes []graphReview) {
	for _, n := range nodes {
		state, ok := map[string]change.ReviewState{"APPROVED": change.Approved, "CHANGES_REQUESTED": change.ChangesRequested,
			"COMMENTED": change.Commented, "DISMISSED": change.Dismissed}[n.State]
		if !ok {
			continue // PENDING: nobody but its author knows of it
		}
		v := change.Review{Author: n.Author.toChange(), State: state, CanWrite: n.AuthorCanPushToRepository}
		if id, err := strconv.ParseInt(n.ID, 10, 64); err == nil {
			v.ID = id
		}
		if n.Commit != nil {
			v.Commit = n.Commit.OID
		}
		if n.SubmittedAt != nil {
			v.SubmittedAt = *n.SubmittedAt
		}
		rd.s.Reviews = append(rd.s.Reviews, v)
	}
}

// readRest reads in parallel what needs the head and base of the first response.
func (rd *reading) readRest(ctx context.Context, repo *graphRepository) error {
	if rd.s.Base.SHA == "" {
		return &change.Unread{
			What:   fmt.Sprintf("GitHub knows no base branch %q of %s", rd.s.Base.Ref, rd.s.Ref),
			Remedy: "if it was deleted, give the pull request another base branch",
		}
	}
	controls := rd.chooseControls(repo)
	c, err := rd.compare(ctx, rd.s.Base.SHA, rd.s.Head.SHA)
	if err != nil {
		return err
	}
	if err := rd.diffAndCommits(ctx, c); err != nil {
		return err
	}
	// Nearly always the first response held all reviews and this asks nothing; what follows needs them whole.
	if err := rd.moreReviews(ctx, repo.PullRequest.Reviews); err != nil {
		return err
	}
	files := rd.s.Files
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return rd.siblings(gctx, repo) })
	g.Go(func() error {
		rd.readVoterRoles(gctx)
		return nil
	})
	g.Go(func() (err error) {
		files, err = rd.reviewed(gctx)
		return err
	})
	g.Go(func() error { return rd.rules(gctx, controls) })
	if rd.s.Group != nil {
		g.Go(func() error { return rd.checkGroup(gctx) })
	}
	err = g.Wait()
	rd.s.Files = files
	return err
}

// rules reads the control files, in force and proposed, and then the people that they name and the files that the
// analyses want under these settings.
func (rd *reading) rules(ctx context.Context, controls *graphCommit) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return rd.readControls(gctx, controls) })
	g.Go(func() error { return rd.proposals(gctx) })
	if err := g.Wait(); err != nil {
		return err
	}
	g, gctx = errgroup.WithContext(ctx)
	g.Go(func() error { return rd.people(gctx) })
	g.Go(func() error { return rd.readWants(gctx) })
	g.Go(func() error { return rd.readDependencyReview(gctx) })
	return g.Wait()
}

// moreReviews reads the pages of reviews beyond the first.
func (rd *reading) moreReviews(ctx context.Context, page graphReviews) error {
	total := page.TotalCount
	for page.PageInfo.HasNextPage {
		var data struct {
			Repository *struct {
				PullRequest *struct {
					Reviews graphReviews `json:"reviews"`
				} `json:"pullRequest"`
			} `json:"repository"`
		}
		rd.unpinnedRead()
		err := rd.query(ctx, rd.r.Connection, reviewsQuery,
			map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "number": rd.number, "after": page.PageInfo.EndCursor}, &data)
		if err != nil {
			return err
		}
		if data.Repository == nil || data.Repository.PullRequest == nil {
			return change.ErrMoved
		}
		page = data.Repository.PullRequest.Reviews
		rd.addReviews(page.Nodes)
	}
	if len(rd.s.Reviews) < total {
		rd.addPassingGap("reviews", "", fmt.Sprintf("%d of %d reviews were read", len(rd.s.Reviews), total))
	}
	sorting.StableBy(rd.s.Reviews, func(a, b change.Review) int { return a.SubmittedAt.Compare(b.SubmittedAt) })
	return nil
}

// siblings finds the other open pull requests with the same head.
func (rd *reading) siblings(ctx context.Context, repo *graphRepository) error {
	object := repo.Object
	if rd.REST {
		var err error
		if object, err = rd.restCommit(ctx); err != nil {
			return err
		}
	} else if object == nil || object.OID != rd.s.Head.SHA {
		var data struct {
			Repository *graphRepository `json:"repository"`
		}
		err := rd.query(ctx, rd.r.Connection, commitQuery,
			map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "oid": rd.s.Head.SHA, "checks": rd.ReadChecks}, &data, "object")
		if err != nil {
			return err
		}
		if data.Repository == nil {
			return emptyAnswer("read commit " + change.Short(rd.s.Head.SHA))
		}
		object = data.Repository.Object
	}
	if object == nil || object.AssociatedPullRequests == nil {
		rd.addPassingGap("siblings", "", "GitHub did not say which pull requests share this commit")
		return nil
	}
	for _, n := range object.AssociatedPullRequests.Nodes {
		if n.State != "OPEN" || n.HeadRefOID != rd.s.Head.SHA || n.Number == rd.number || n.BaseRepository == nil ||
			n.BaseRepository.DatabaseID != rd.r.RepoID {
			continue
		}
		rd.s.Siblings = append(rd.s.Siblings, change.Sibling{Number: n.Number, Base: change.Rev{Ref: n.BaseRefName}})
	}
	if object.AssociatedPullRequests.TotalCount > len(object.AssociatedPullRequests.Nodes) {
		rd.addGap("siblings", "",
			fmt.Sprintf("%d pull requests share this commit, %d were read", object.AssociatedPullRequests.TotalCount,
				len(object.AssociatedPullRequests.Nodes)))
	}
	sorting.By(rd.s.Siblings, func(a, b change.Sibling) int { return a.Number - b.Number })
	rd.checks(object)
	return nil
}

// commitQuery reads what is associated with a commit, when the hint named another.
const commitQuery = `query LintelCommit($owner: String!, $name: String!, $oid: GitObjectID!, $checks: Boolean!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) {
      ... on Commit {
        oid
        associatedPullRequests(first: 50) { totalCount nodes { number state headRefOid baseRefName baseRepository { databaseId } } }
        statusCheckRollup @include(if: $checks) {
          contexts(first: 100) {
            totalCount
            nodes {
              __typename
              ... on CheckRun { name status conclusion checkSuite { app { databaseId } } }
              ... on StatusContext { context state }
            }
          }
        }
      }
    }
  }
}`

func (rd *reading) checks(object *graphObject) {
	if !rd.ReadChecks {
		return
	}
	rd.s.Checks = []change.Check{}
	if object.StatusCheckRollup == nil {
		return
	}
	contexts := object.StatusCheckRollup.Contexts
	for _, n := range contexts.Nodes {
		c := change.Check{Name: n.Name, Status: strings.ToLower(n.Status), Conclusion: strings.ToLower(n.Conclusion)}
		if n.Typename == "StatusContext" {
			c = statusCheck(n)
		} else if n.CheckSuite != nil && n.CheckSuite.App != nil {
			c.App = n.CheckSuite.App.DatabaseID
		}
		if c.App != 0 && c.App == rd.AppID {
			continue // our own verdict is no fact
		}
		rd.s.Checks = append(rd.s.Checks, c)
	}
	if contexts.TotalCount > len(contexts.Nodes) {
		rd.addGap("checks", "", fmt.Sprintf("%d of %d checks were read", len(contexts.Nodes), contexts.TotalCount))
	}
	sorting.By(rd.s.Checks, func(a, b change.Check) int {
		return strings.Compare(fmt.Sprint(a.Name, a.App), fmt.Sprint(b.Name, b.App))
	})
}

func statusCheck(n graphContext) change.Check {
	c := change.Check{Name: n.Context, Status: "completed"}
	switch n.State {
	case "SUCCESS":
		c.Conclusion = "success"
	case "PENDING", "EXPECTED":
		c.Status = "in_progress"
	default:
		c.Conclusion = "failure"
	}
	return c
}

// fresh reports whether a membership or permission that was read at a time may still be used.
// One that was read by a clock that was set back since may not.
func (f *Forge) fresh(at time.Time) bool { return f.Now().Sub(at).Abs() < f.MemberAge }
