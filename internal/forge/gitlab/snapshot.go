package gitlab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// restarts is how often a reading begins again because the merge request moved under it.
const restarts = 2

// atOnceCalls bounds the calls of one kind that a reading makes at once.
const atOnceCalls = 8

// Snapshot reads a merge request. A closed one comes back with little more than its state. Errors are *change.Limited,
// *change.Refused, *change.Unread, *change.Unrelated, *change.Gone, change.ErrMoved or passing. Gaps that are Passing may
// be filled by another try.
func (f *Forge) Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error) {
	for try := 0; ; try++ {
		rd := f.begin(r)
		err := rd.read(ctx)
		if !errors.Is(err, errMovedAway) || try == restarts {
			return rd.s, err
		}
	}
}

// errMovedAway is ErrMoved for a merge request that can be read anew at once; other moves take GitLab a while.
var errMovedAway = fmt.Errorf("GitLab: %w", change.ErrMoved)

// reading is one try to read a merge request.
type reading struct {
	*Forge
	r change.Record
	s change.Snapshot
	// The answers that no commit pins. They belong to one moment if the merge request is the same before and after.
	project   *gitlab.Project
	request   *gitlab.MergeRequest
	target    *gitlab.Branch
	versions  []*gitlab.MergeRequestDiffVersion
	listed    []*gitlab.MergeRequestDiff
	approvals *gitlab.MergeRequestApprovals
	reviewers []*gitlab.MergeRequestReviewer
	// graphed is the answer of GraphQL, nil when REST reads; lastCommit is the tip that it gave for the target, sourceHint
	// the branch whose merge requests it listed.
	graphed                *graphProject
	lastCommit, sourceHint string
	between                *compared
	// answeredAt is when GitLab gave that answer, and told what is known of approvals without asking for their times, by a
	// reading that was answered at seenAt.
	answeredAt, seenAt time.Time
	told               map[int64]change.Review

	mu    sync.Mutex
	reads singleflight.Group
	// bodies are contents that came many at once, by their ids, and bodied how many bytes came.
	bodies map[string][]byte
	bodied int
}

func (f *Forge) begin(r change.Record) *reading {
	rd := &reading{Forge: f, r: r, bodies: map[string][]byte{}}
	rd.s = change.Snapshot{
		Ref:      r.Ref,
		Kind:     change.Request,
		TakenAt:  f.o.Now(),
		Labels:   []string{},
		Reviews:  []change.Review{},
		Commits:  []change.Commit{},
		Files:    []diff.File{},
		Controls: change.Controls{Files: map[string]change.File{}},
		Reviewed: map[string]change.Reviewed{},
		Teams:    map[string]change.Team{},
		Owners:   map[string]change.OwnerAccount{},
		Emails:   map[string][]string{},
	}
	return rd
}

func (rd *reading) addGap(fact, path, reason string) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Gaps = append(rd.s.Gaps, change.Gap{Fact: fact, Reason: reason, Path: path})
}

// addPassingGap adds a gap that another try may fill.
func (rd *reading) addPassingGap(fact, path, reason string) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Gaps = append(rd.s.Gaps, change.Gap{Fact: fact, Reason: reason, Path: path, Passing: true})
}

// together runs steps at once.
func together(ctx context.Context, steps ...func(context.Context) error) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, step := range steps {
		g.Go(func() error { return step(gctx) })
	}
	return g.Wait()
}

func (rd *reading) read(ctx context.Context) error {
	quick, err := rd.moment(ctx)
	if err != nil {
		return err
	}
	if !quick {
		if err := together(ctx, rd.readProject, rd.readRequest); err != nil {
			return err
		}
	}
	rd.describe()
	if rd.s.State != change.Open {
		return nil
	}
	if !prepared(rd.request) {
		// A job of GitLab's makes the version of a push; until then the lists are those of the one before.
		return fmt.Errorf("%s has no version of %s yet: %w", rd.r.Ref, change.Short(rd.s.Head.SHA), change.ErrMoved)
	}
	if quick {
		err = rd.readAround(ctx)
	} else {
		err = rd.readByREST(ctx)
	}
	if err != nil {
		return err
	}
	rd.chooseControls()
	if err := together(ctx, rd.readControls, rd.proposals, rd.addReviews, rd.readThreads); err != nil {
		return err
	}
	if err := together(ctx, rd.people, rd.readWants, rd.readReviewed); err != nil {
		return err
	}
	sorting.StableBy(rd.s.Gaps, func(a, b change.Gap) int {
		return strings.Compare(a.Fact+"\x00"+a.Path+"\x00"+a.Reason, b.Fact+"\x00"+b.Path+"\x00"+b.Reason)
	})
	if quick {
		rd.sight()
		return nil // one answer was the moment, and commits pin the rest
	}
	return rd.verifyUnchanged(ctx)
}

// readByREST reads what GraphQL answers at once.
func (rd *reading) readByREST(ctx context.Context) error {
	err := together(ctx, rd.readTarget, rd.readVersions, rd.readDiffs, rd.readCommits, rd.readApprovals, rd.readReviewers,
		rd.readSiblings, rd.readHistory)
	if err != nil {
		return err
	}
	return rd.compare(ctx)
}

// verifyUnchanged reads head, target and its tip again: what was read between two equal answers is of one moment.
func (rd *reading) verifyUnchanged(ctx context.Context) error {
	first, tip := rd.request, rd.s.Base.SHA
	var now *gitlab.MergeRequest
	// Two steps of one moment share nothing that either writes: the branch asked about is the first answer's.
	err := together(ctx, func(ctx context.Context) (err error) {
		now, err = rd.askRequest(ctx)
		return err
	}, rd.readTarget)
	if err != nil {
		return err
	}
	rd.request = now
	if now.SHA != first.SHA || now.TargetBranch != first.TargetBranch || now.State != first.State || !prepared(now) ||
		rd.s.Base.SHA != tip {
		return errMovedAway
	}
	return nil
}

func (rd *reading) readProject(ctx context.Context) (err error) {
	rd.project, err = rd.askProject(ctx)
	return err
}

// askProject asks what the project says now, and keeps nothing.
func (rd *reading) askProject(ctx context.Context) (*gitlab.Project, error) {
	doing := fmt.Sprintf("read project %d", rd.r.RepoID)
	p, _, err := rd.client.Projects.GetProject(rd.r.RepoID, nil, within(ctx))
	if err != nil {
		return nil, rd.goneIfMissing(doing, err)
	}
	if p.ID != rd.r.RepoID || !strings.Contains(p.PathWithNamespace, "/") {
		return nil, emptyAnswer(doing)
	}
	return p, nil
}

func (rd *reading) readRequest(ctx context.Context) (err error) {
	rd.request, err = rd.askRequest(ctx)
	return err
}

// askRequest asks what the request says now, and keeps nothing.
func (rd *reading) askRequest(ctx context.Context) (*gitlab.MergeRequest, error) {
	doing := "read " + rd.r.Ref.String()
	m, _, err := rd.client.MergeRequests.GetMergeRequest(rd.r.RepoID, int64(rd.r.Number), nil, within(ctx))
	if err != nil {
		return nil, rd.goneIfMissing(doing, err)
	}
	if m.IID != int64(rd.r.Number) || m.TargetProjectID != rd.r.RepoID || m.TargetBranch == "" || m.State == "" {
		return nil, emptyAnswer(doing)
	}
	return m, nil
}

// prepared reports whether GitLab made the version of the head that it names.
func prepared(m *gitlab.MergeRequest) bool {
	return m.SHA != "" && m.DiffRefs.HeadSha == m.SHA && m.DiffRefs.BaseSha != "" && m.PreparedAt != nil
}

// drafts are the marks that GitLab puts before the title of a draft. They are state and no part of what people wrote.
// https://docs.gitlab.com/user/project/merge_requests/drafts/
var drafts = lazyregexp.New(`(?i)^\s*(\[draft\]|\(draft\)|draft:|draft\s+-)\s*`)

// describe takes over what the merge request and its project say.
func (rd *reading) describe() {
	s, m, p := &rd.s, rd.request, rd.project
	at := strings.LastIndexByte(p.PathWithNamespace, '/')
	s.Ref.Owner, s.Ref.Name = p.PathWithNamespace[:at], p.PathWithNamespace[at+1:]
	s.Repository = change.Repository{
		ID:            p.ID,
		Owner:         s.Ref.Owner,
		Name:          s.Ref.Name,
		Private:       p.Visibility != gitlab.PublicVisibility,
		DefaultBranch: p.DefaultBranch,
		Merges:        rd.merges(),
		Traits:        &change.Traits{Name: p.PathWithNamespace, Visibility: string(p.Visibility), Topics: p.Topics},
	}
	if p.Namespace != nil {
		s.Repository.OwnerID = p.Namespace.ID
	}
	s.State = state(m.State)
	title := m.Title
	for next := drafts.ReplaceAllString(title, ""); next != title; next = drafts.ReplaceAllString(title, "") {
		title = next
	}
	s.Title, s.Body, s.Draft, s.URL = &title, &m.Description, m.Draft, m.WebURL
	s.Fork = m.SourceProjectID != m.TargetProjectID
	author := account(m.Author)
	s.Author = &author
	s.Labels = append(s.Labels, m.Labels...)
	s.Head, s.Base.Ref = change.Rev{Ref: m.SourceBranch, SHA: m.SHA}, m.TargetBranch
	if m.UpdatedAt != nil {
		s.UpdatedAt = m.UpdatedAt.UTC().Truncate(time.Second)
	}
}

// state reads GitLab's word. "locked" is a merge that is under way: it may still fail.
func state(word string) change.State {
	switch word {
	case "opened", "locked":
		return change.Open
	case "merged":
		return change.Merged
	}
	return change.Closed
}

func account(u *gitlab.BasicUser) change.Account {
	if u == nil || u.ID == 0 {
		return change.Account{Login: "ghost"}
	}
	return change.Account{Login: u.Username, ID: u.ID, Bot: botName.MatchString(u.Username)}
}

// botName matches the users that GitLab makes for access tokens and service accounts.
var botName = lazyregexp.New(`^((project|group)_[0-9]+_bot|service_account_)`)

// subjects are the templates of squash commits that Lintel can tell the message of, with GitHub's names of what they make.
var subjects = map[string][2]string{
	"": {"PR_TITLE", "BLANK"}, "%{title}": {"PR_TITLE", "BLANK"}, "%{title}\n\n%{description}": {"PR_TITLE", "PR_BODY"},
}

// merges says how this merge request will land: on GitLab whether it is squashed is chosen for each.
func (rd *reading) merges() change.MergeSettings {
	yes := func(b bool) *bool { return &b }
	squash := rd.request.SquashOnMerge
	m := change.MergeSettings{PerChange: true, Squash: yes(squash),
		Merge:  yes(!squash && rd.project.MergeMethod != gitlab.FastForwardMerge),
		Rebase: yes(!squash && rd.project.MergeMethod == gitlab.FastForwardMerge)}
	if !squash {
		return m
	}
	template := strings.ReplaceAll(strings.TrimSpace(rd.project.SquashCommitTemplate), "\r\n", "\n")
	if words, ok := subjects[template]; ok {
		m.SquashTitle, m.SquashMessage = words[0], words[1]
	} else {
		rd.addGap("merge_settings", "",
			"the message of the squashed commit follows a template of the project whose variables Lintel does not know")
	}
	return m
}

func (rd *reading) readTarget(ctx context.Context) error {
	doing := fmt.Sprintf("read branch %s of %s", rd.request.TargetBranch, rd.r.Ref)
	b, _, err := rd.client.Branches.GetBranch(rd.r.RepoID, rd.request.TargetBranch, within(ctx))
	if err != nil {
		return rd.answer(doing, err)
	}
	if b.Commit == nil || b.Commit.ID == "" {
		return emptyAnswer(doing)
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.target, rd.s.Base.SHA = b, b.Commit.ID
	return nil
}

// readHistory reads in which style the default branch was written.
func (rd *reading) readHistory(ctx context.Context) error {
	key := fmt.Sprintf("%d %s", rd.r.RepoID, rd.project.DefaultBranch)
	past, err := rd.history.keep(key, rd.o.Now(), func() (past []change.Past, err error) {
		list, _, err := rd.client.Commits.ListCommits(rd.r.RepoID, &gitlab.ListCommitsOptions{RefName: &rd.project.DefaultBranch,
			ListOptions: gitlab.ListOptions{PerPage: change.MaxHistory}}, within(ctx))
		if isMissing(err) {
			return nil, nil // an empty repository has no history
		}
		for _, c := range list[:min(len(list), change.MaxHistory)] {
			past = append(past, change.NewPast(c.Message, len(c.ParentIDs)))
		}
		return past, rd.answer("read the history of "+rd.project.DefaultBranch, err)
	})
	rd.s.History = slices.Clone(past)
	return err
}

// readCommits reads the commits of the version, which GitLab lists newest first.
func (rd *reading) readCommits(ctx context.Context) error {
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.Commit, *gitlab.Response, error) {
		return rd.client.MergeRequests.GetMergeRequestCommits(rd.r.RepoID, int64(rd.r.Number),
			&gitlab.GetMergeRequestCommitsOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, append(next, within(ctx))...)
	})
	if err != nil {
		return rd.answer("list the commits of "+rd.r.Ref.String(), err)
	}
	for _, c := range slices.Backward(list) {
		rd.s.Commits = append(rd.s.Commits, commitOf(c))
	}
	rd.s.CommitsTotal = len(list)
	return nil
}

func commitOf(c *gitlab.Commit) change.Commit {
	return change.Commit{SHA: c.ID, Parents: append([]string{}, c.ParentIDs...), Message: c.Message,
		Author:    change.Signature{Name: c.AuthorName, Email: c.AuthorEmail, When: when(c.AuthoredDate)},
		Committer: change.Signature{Name: c.CommitterName, Email: c.CommitterEmail, When: when(c.CommittedDate)}}
}

func when(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// readSiblings finds the other open merge requests with the same head.
func (rd *reading) readSiblings(ctx context.Context) error {
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.BasicMergeRequest, *gitlab.Response, error) {
		return rd.client.Commits.ListMergeRequestsByCommit(rd.r.RepoID, rd.s.Head.SHA, append(next, within(ctx))...)
	})
	if isMissing(err) {
		rd.addPassingGap("siblings", "", "GitLab did not say which merge requests share this commit")
		return nil
	}
	if err != nil {
		return rd.answer("list merge requests of "+change.Short(rd.s.Head.SHA), err)
	}
	for _, m := range list {
		if m.State == "opened" && m.SHA == rd.s.Head.SHA && m.IID != int64(rd.r.Number) && m.TargetProjectID == rd.r.RepoID {
			rd.s.Siblings = append(rd.s.Siblings, change.Sibling{Number: int(m.IID), Base: change.Rev{Ref: m.TargetBranch}})
		}
	}
	sorting.By(rd.s.Siblings, func(a, b change.Sibling) int { return a.Number - b.Number })
	return nil
}
