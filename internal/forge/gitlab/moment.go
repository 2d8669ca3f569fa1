package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/sorting"
)

// graphRequest is what momentQuery says of a merge request.
type graphRequest struct {
	IID, State, Title, Description, WebURL string
	Draft, SquashOnMerge                   bool
	UpdatedAt, PreparedAt                  *time.Time
	UserNotesCount, CommitCount            *int
	SourceBranch, TargetBranch             string
	SourceProjectID, TargetProjectID       int64
	DiffHeadSHA                            string
	DiffRefs                               *struct{ BaseSHA, HeadSHA, StartSHA string }
	DiffStatsSummary                       *struct{ FileCount int }
	Author                                 *struct {
		ID       gid
		Username string
	}
	Labels     list[struct{ Title string }]
	ApprovedBy list[graphUser]
	Notes      *struct{ Nodes []graphNote }
	Reviewers  list[struct {
		MergeRequestInteraction *struct{ ReviewState string }
	}]
	// MergeRequestDiffs are the versions, nil where GraphQL does not tell them.
	MergeRequestDiffs *list[struct{ CreatedAt time.Time }]
	HeadPipeline      *struct {
		ID       gid
		SHA, Ref string
		Project  *struct{ ID gid }
		Job      *struct{ ID gid }
	}
}

// graphUser is somebody.
type graphUser struct {
	ID       gid
	Username string
}

// graphGroup is a group and those above it.
type graphGroup struct {
	ID     gid
	Parent *graphGroup
}

// graphSibling is another open merge request of the same source branch.
type graphSibling struct {
	IID, DiffHeadSHA, TargetBranch string
	TargetProjectID                int64
}

// graphProject is what momentQuery says of a project.
type graphProject struct {
	ID                         gid
	FullPath, Visibility       string
	Topics                     []string
	JobsEnabled                bool
	CIConfigPathOrDefault      string
	MergeRequestsFfOnlyEnabled bool
	Group                      *graphGroup
	Repository                 *struct {
		RootRef string
		Tree    *struct {
			LastCommit *struct{ SHA string }
		}
	}
	MergeRequests *list[graphSibling]
	MergeRequest  *graphRequest
}

// moment reads what no commit pins in one answer, and with it the parts of the project that GraphQL does not tell, which
// are kept for a while. It is not taken where GraphQL is off, where the path leads to another project by now, or where a
// list has more than one page: then REST reads, and says what is wrong.
func (rd *reading) moment(ctx context.Context) (taken bool, err error) {
	if rd.r.Owner == "" || rd.r.Name == "" {
		return false, nil
	}
	target, source := rd.r.Base.Ref, rd.r.Head.Ref
	if before, ok := rd.seen.get(rd.r.Key.String()); ok {
		target, source = cmp.Or(target, before.request.TargetBranch), cmp.Or(source, before.request.SourceBranch)
	}
	var answer struct{ Project *graphProject }
	var kept gitlab.Project
	variables := map[string]any{"path": rd.r.Owner + "/" + rd.r.Name, "iid": strconv.Itoa(rd.r.Number),
		"target": "refs/heads/" + target, "source": []string{source}, "hinted": target != "" && source != ""}
	err = together(ctx, func(ctx context.Context) (err error) {
		taken, rd.answeredAt, err = rd.askMoment(ctx, variables, &answer)
		return err
	}, func(ctx context.Context) (err error) {
		if rd.graphOff() {
			return nil
		}
		kept, err = rd.keptProject(ctx)
		return err
	})
	if err != nil || !taken {
		return false, err
	}
	p := answer.Project
	if p == nil || p.ID.number() != rd.r.RepoID || p.Repository == nil || p.MergeRequest == nil || !p.MergeRequest.whole(rd.r) {
		return false, nil
	}
	if kept.PathWithNamespace != p.FullPath {
		// It moved since: its owner may be another, and so the organisation whose rules hold.
		if kept, err = rd.askedProject(ctx); err != nil {
			return false, err
		}
	}
	rd.project, rd.graphed = projectOf(kept, p), p
	rd.request = p.MergeRequest.request()
	if p.Repository.Tree != nil && p.Repository.Tree.LastCommit != nil && rd.request.TargetBranch == target {
		rd.lastCommit = p.Repository.Tree.LastCommit.SHA
	}
	rd.sourceHint = source
	rd.remember(rd.r.Key.String(), p, rd.request)
	return true, nil
}

// askMoment asks momentQuery, with the versions where this GitLab has told them or was not asked yet.
func (f *Forge) askMoment(ctx context.Context, variables map[string]any, into any) (taken bool, at time.Time, err error) {
	f.mu.Lock()
	versions := !f.o.Now().Before(f.versionsFrom)
	f.mu.Unlock()
	if !versions {
		return f.graphDated(ctx, fmt.Sprintf(momentQuery, ""), variables, into)
	}
	taken, refused, at, err := f.graphOnce(ctx, fmt.Sprintf(momentQuery, versionsPart), variables, into)
	if !refused || err != nil {
		return taken, at, err
	}
	if taken, at, err = f.graphDated(ctx, fmt.Sprintf(momentQuery, ""), variables, into); taken {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.versionsFrom = f.o.Now().Add(versionsRest)
	}
	return taken, at, err
}

func (f *Forge) graphOff() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.o.REST || f.o.Now().Before(f.graphFrom)
}

// whole reports whether an answer has all that a reading needs.
func (m *graphRequest) whole(r change.Record) bool {
	return m.IID == strconv.Itoa(r.Number) && m.TargetProjectID == r.RepoID && m.TargetBranch != "" && m.State != "" &&
		!m.Labels.PageInfo.HasNextPage && !m.ApprovedBy.PageInfo.HasNextPage && !m.Reviewers.PageInfo.HasNextPage
}

// keptProject is the project as REST tells it, which is kept for a while.
func (rd *reading) keptProject(ctx context.Context) (gitlab.Project, error) {
	key := strconv.FormatInt(rd.r.RepoID, 10)
	if p, ok := rd.projects.get(key, rd.o.Now()); ok {
		return *p, nil
	}
	return rd.askedProject(ctx)
}

// askedProject is the project as REST tells it now.
func (rd *reading) askedProject(ctx context.Context) (gitlab.Project, error) {
	began := rd.projects.begin()
	p, err := rd.askProject(ctx)
	if err != nil {
		return gitlab.Project{}, err
	}
	rd.projects.put(began, strconv.FormatInt(rd.r.RepoID, 10), p, rd.o.Now())
	return *p, nil
}

// projectOf is what is kept, with what the moment says anew.
func projectOf(kept gitlab.Project, p *graphProject) *gitlab.Project {
	kept.PathWithNamespace, kept.DefaultBranch, kept.Topics = p.FullPath, p.Repository.RootRef, p.Topics
	kept.Visibility = gitlab.VisibilityValue(p.Visibility)
	switch ff := kept.MergeMethod == gitlab.FastForwardMerge; {
	case p.MergeRequestsFfOnlyEnabled:
		kept.MergeMethod = gitlab.FastForwardMerge
	case ff:
		kept.MergeMethod = gitlab.NoFastForwardMerge
	}
	return &kept
}

// request is the same as REST tells it.
func (m *graphRequest) request() *gitlab.MergeRequest {
	out := &gitlab.MergeRequest{}
	out.IID, _ = strconv.ParseInt(m.IID, 10, 64) // whole has compared it
	out.State, out.Draft, out.Title, out.Description, out.WebURL = m.State, m.Draft, m.Title, m.Description, m.WebURL
	out.UpdatedAt, out.PreparedAt, out.SquashOnMerge = m.UpdatedAt, m.PreparedAt, m.SquashOnMerge
	out.SourceBranch, out.TargetBranch = m.SourceBranch, m.TargetBranch
	out.SourceProjectID, out.TargetProjectID, out.SHA = m.SourceProjectID, m.TargetProjectID, m.DiffHeadSHA
	if m.DiffRefs != nil {
		out.DiffRefs.BaseSha, out.DiffRefs.HeadSha, out.DiffRefs.StartSha = m.DiffRefs.BaseSHA, m.DiffRefs.HeadSHA, m.DiffRefs.StartSHA
	}
	if m.Author != nil {
		out.Author = &gitlab.BasicUser{ID: m.Author.ID.number(), Username: m.Author.Username}
	}
	for _, l := range m.Labels.Nodes {
		out.Labels = append(out.Labels, l.Title)
	}
	if p := m.HeadPipeline; p != nil {
		out.HeadPipeline = &gitlab.Pipeline{ID: p.ID.number(), SHA: p.SHA, Ref: p.Ref}
		if p.Project != nil {
			out.HeadPipeline.ProjectID = p.Project.ID.number()
		}
	}
	return out
}

// readAround reads what belongs to the moment and is pinned by its commits, or harmless when it is a little newer.
func (rd *reading) readAround(ctx context.Context) error {
	steps := []func(context.Context) error{rd.readPlace, rd.readHistory}
	self, err := rd.Self(ctx)
	if err != nil {
		return err
	}
	m := rd.graphed.MergeRequest
	rd.approvals = &gitlab.MergeRequestApprovals{}
	switch {
	case !rd.foretold(self):
		steps = append(steps, rd.readApprovals, rd.readVersions)
	case len(rd.told) > 0:
		steps = append(steps, rd.stayed)
	}
	for _, r := range m.Reviewers.Nodes {
		if i := r.MergeRequestInteraction; i == nil || i.ReviewState == "REQUESTED_CHANGES" {
			steps = append(steps, rd.readReviewers)
			break
		}
	}
	if s := rd.graphed.MergeRequests; s == nil || s.PageInfo.HasNextPage || rd.sourceHint != m.SourceBranch {
		steps = append(steps, rd.readSiblings)
	} else {
		rd.siblingsOf(s.Nodes)
	}
	if err := together(ctx, steps...); err != nil {
		return err
	}
	return rd.prove(ctx)
}

// siblingsOf takes over the other open merge requests with the same head. The pipelines of two source branches are two, so
// those of one branch are all that a status reaches.
func (rd *reading) siblingsOf(nodes []graphSibling) {
	for _, n := range nodes {
		iid, err := strconv.Atoi(n.IID)
		if err != nil || n.DiffHeadSHA != rd.s.Head.SHA || iid == rd.r.Number || n.TargetProjectID != rd.r.RepoID {
			continue
		}
		rd.s.Siblings = append(rd.s.Siblings, change.Sibling{Number: iid, Base: change.Rev{Ref: n.TargetBranch}})
	}
	sorting.By(rd.s.Siblings, func(a, b change.Sibling) int { return a.Number - b.Number })
}

// readPlace reads the target's tip, which rules the change, and what the change is from there.
func (rd *reading) readPlace(ctx context.Context) error {
	key := fmt.Sprintf("%d %s %s", rd.r.RepoID, rd.request.TargetBranch, rd.lastCommit)
	if b, ok := rd.tips.get(key, rd.o.Now()); ok && rd.lastCommit != "" {
		rd.target, rd.s.Base.SHA = b, rd.lastCommit
	} else {
		began := rd.tips.begin()
		if err := rd.readTarget(ctx); err != nil {
			return err
		}
		if rd.s.Base.SHA == rd.lastCommit {
			rd.tips.put(began, key, rd.target, rd.o.Now())
		}
	}
	return rd.compareQuick(ctx)
}
