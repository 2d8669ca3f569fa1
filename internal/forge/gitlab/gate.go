package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/markdown"
)

// Gate is what holds a merge. GitLab has no required check by name, so it is one of three, by tier.
type Gate string

// The gates. GateAuto is the strongest that the project has set up.
const (
	GateAuto Gate = "auto"
	// GateStatus is a commit status in the head pipeline of a project where pipelines must succeed. Any Developer can post one
	// of our name, so it holds against mistakes alone.
	GateStatus Gate = "status"
	// GateApproval is an approval rule "Lintel" whose only approver is Lintel's user (Premium).
	GateApproval Gate = "approval"
	// GateExternal is an external status check (Ultimate), which a push resets by itself.
	GateExternal Gate = "external"
)

// ruleName is how the approval rule and the external status check of a project are called, whatever the case.
const ruleName = "lintel"

// applyCheck shows a verdict as a commit status, and lets it hold or free the merge request by the gate.
func (f *Forge) applyCheck(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	g := f.glimpse(e, tried)
	if g == nil {
		m, _, err := f.client.MergeRequests.GetMergeRequest(e.Ref.RepoID, int64(e.Ref.Number), nil, within(ctx))
		if err != nil {
			return effect.Receipt{}, f.goneIfMissing("read "+e.Ref.String(), err)
		}
		g = &glimpse{request: m, row: true, notes: int(m.UserNotesCount)}
	}
	m := g.request
	if m.SHA != e.Check.SHA || m.State != "opened" && m.State != "locked" {
		// The verdict is of a head that nobody can merge any more; the look at the new one brings another.
		return f.receipt(e, "superseded", "", false), nil
	}
	held, broken := false, ""
	if e.Check.Name == ruleName {
		var err error
		if held, broken, err = f.hold(ctx, e, g); err != nil {
			return effect.Receipt{}, err
		}
	}
	r, err := f.postStatus(ctx, e, g)
	if err == nil && e.Check.Name == ruleName {
		says := strings.TrimSpace(broken + " " + unless(held, unposted[r.RemoteID]))
		if err := f.tell(ctx, e.Ref, says, g.notes != 0); err != nil {
			return effect.Receipt{}, err
		}
	}
	return r, err
}

// holder is what holds a merge request beside a pipeline: the external check of an id, or the approval rule; by is empty
// where nothing does, and broken says why a rule holds nothing.
type holder struct {
	by     Gate
	id     int64
	broken string
}

// holder finds it, and says where GitLab takes a rule for approved by itself.
func (f *Forge) holder(ctx context.Context, ref change.Ref, g *glimpse) (holder, error) {
	gate := f.o.Gate
	if gate == "" || gate == GateAuto || gate == GateExternal {
		id, err := f.externalCheck(ctx, ref)
		switch {
		case err != nil:
			return holder{}, err
		case id != 0:
			return holder{by: GateExternal, id: id}, nil
		case gate == GateExternal:
			return holder{}, &change.Refused{
				Kind:   refusal.NotAvailable,
				What:   "the project has no external status check called " + ruleName,
				Remedy: "make one (it takes GitLab Ultimate), or set gitlab.gate",
			}
		}
	}
	if gate == GateStatus {
		return holder{}, nil
	}
	ruled, broken, err := f.approvalRule(ctx, ref)
	if err != nil {
		return holder{}, err
	}
	ruled = ruled || gate == GateApproval
	if ruled && f.opened(ctx, g) {
		f.alarm(ctx, ref, "Lintel's own user opened the merge request and cannot approve it, so GitLab takes the approval rule "+
			ruleName+" for approved", "let another user open it")
		return holder{broken: ruleOfOurs}, nil
	}
	if ruled {
		return holder{by: GateApproval, broken: broken}, nil
	}
	return holder{broken: broken}, nil
}

// hold lets the verdict decide by the external check or the approval rule, where the project has one; held says that it has,
// broken why the rule holds nothing.
func (f *Forge) hold(ctx context.Context, e effect.Effect, g *glimpse) (held bool, broken string, err error) {
	h, err := f.holder(ctx, e.Ref, g)
	switch {
	case err != nil:
		return false, "", err
	case h.by == GateExternal:
		return true, "", f.answerExternal(ctx, e, h.id)
	case f.o.Gate == GateStatus, h.broken == ruleOfOurs:
		return false, h.broken, nil
	case h.by == GateApproval, g.approved:
		// An approval of ours that stands goes with the verdict, also while the rule is not shown.
		return h.by == GateApproval, h.broken, f.approve(ctx, e, g)
	}
	return false, h.broken, nil
}

// opened reports whether Lintel's own user opened the merge request. GitLab then finds nobody who could approve by our rule.
// https://docs.gitlab.com/user/project/merge_requests/approvals/#invalid-rules
func (f *Forge) opened(ctx context.Context, g *glimpse) bool {
	self, err := f.Self(ctx)
	return err == nil && g.request.Author != nil && g.request.Author.ID == self
}

// approvalRule reports whether a rule holds the verdict, and why one of its name does not.
func (f *Forge) approvalRule(ctx context.Context, ref change.Ref) (ruled bool, broken string, err error) {
	key := strconv.FormatInt(ref.RepoID, 10)
	if ruled, ok := f.ruled.get(key, f.o.Now()); ok {
		return ruled, "", nil
	}
	began := f.ruled.begin()
	ruled, broken, err = f.askApprovalRule(ctx, ref, began)
	if ruled {
		f.ruled.put(began, key, true, f.o.Now()) // that there is none is kept only where the tier has none
	}
	return ruled, broken, err
}

func (f *Forge) askApprovalRule(ctx context.Context, ref change.Ref, began int64) (ruled bool, broken string, err error) {
	self, err := f.Self(ctx)
	if err != nil {
		return false, "", err
	}
	list, _, err := f.client.Projects.GetProjectApprovalRules(ref.RepoID,
		&gitlab.GetProjectApprovalRulesListsOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, within(ctx))
	if isMissing(err) || status(err) == http.StatusForbidden {
		f.ruled.put(began, strconv.FormatInt(ref.RepoID, 10), false, f.o.Now())
		return false, "", nil
	}
	for _, r := range list {
		if !strings.EqualFold(r.Name, ruleName) {
			continue
		}
		if slices.ContainsFunc(r.EligibleApprovers, func(u *gitlab.BasicUser) bool { return u.ID == self }) {
			return true, "", nil
		}
		broken = ruleOfOthers
		what := "Lintel's user is not among the approvers of the approval rule " + r.Name
		if len(r.EligibleApprovers) == 0 {
			broken = ruleOfNobody
			what = "the approval rule " + r.Name + " has no approver any more, and GitLab takes it for approved"
		}
		f.alarm(ctx, ref, what, "make Lintel's user its only approver: a token that was made anew is another user")
	}
	return false, broken, f.answer("list the approval rules", err)
}

// approve gives or takes back the approval of Lintel's user. GitLab keeps one over a push of equal content, so it is taken
// back for everything but a success on the very head, which GitLab is told, too.
func (f *Forge) approve(ctx context.Context, e effect.Effect, g *glimpse) error {
	if e.Check.Conclusion != effect.Success || e.Check.Status != effect.Completed {
		return f.Withdraw(ctx, e.Ref)
	}
	self, err := f.Self(ctx)
	if err != nil {
		return err
	}
	if g.approved {
		return nil
	}
	now, _, err := f.client.MergeRequests.GetMergeRequestApprovals(e.Ref.RepoID, int64(e.Ref.Number), within(ctx))
	if err != nil {
		return f.answer("read the approvals", err)
	}
	if slices.ContainsFunc(
		now.ApprovedBy,
		func(a *gitlab.MergeRequestApproverUser) bool { return a.User != nil && a.User.ID == self },
	) {
		return nil
	}
	_, _, err = f.client.MergeRequestApprovals.ApproveMergeRequest(e.Ref.RepoID, int64(e.Ref.Number),
		&gitlab.ApproveMergeRequestOptions{SHA: &e.Check.SHA}, within(ctx))
	if status(err) == http.StatusConflict {
		return nil // the head moved; the look at the new one decides
	}
	return f.answer("approve "+e.Ref.String(), err)
}

// Suspend takes back what lets a merge request merge, since it may have become another one: after a push, whose patch may
// be the same so that GitLab keeps the approval, or with another target at the same head, for which an external check stays
// passed. A push resets that check by itself. Whoever suspends has the verdict published again.
func (f *Forge) Suspend(ctx context.Context, ref change.Ref, head string, pushed bool) error {
	gate := f.o.Gate
	if gate == GateStatus {
		return nil
	}
	if gate != GateApproval && !pushed {
		id, err := f.externalCheck(ctx, ref)
		if err == nil && id != 0 {
			err = f.setExternal(ctx, ref, id, head, "failed")
		}
		if err != nil || id != 0 {
			return err
		}
	}
	if ruled, known := f.ruled.get(strconv.FormatInt(ref.RepoID, 10), f.o.Now()); gate == GateExternal ||
		gate != GateApproval && known && !ruled {
		return nil
	}
	return f.Withdraw(ctx, ref)
}

// Withdraw takes back the approval of Lintel's user; none is as good.
func (f *Forge) Withdraw(ctx context.Context, ref change.Ref) error {
	_, err := f.client.MergeRequestApprovals.UnapproveMergeRequest(ref.RepoID, int64(ref.Number), within(ctx))
	if isMissing(err) {
		return nil
	}
	return f.answer("take back our approval of "+ref.String(), err)
}

// maxDescription is how many characters of a verdict a commit status shows, maxTarget those of its address.
const (
	maxDescription = 140
	maxTarget      = 255
)

var states = map[effect.Conclusion]gitlab.BuildStateValue{effect.Success: gitlab.Success, effect.Failure: gitlab.Failed}

// postStatus posts a commit status into the head pipeline: GitLab looks at no other. It never makes a pipeline, unless the
// project has no CI at all: a lone green one would free a merge request whose own pipeline could not be made.
func (f *Forge) postStatus(ctx context.Context, e effect.Effect, g *glimpse) (effect.Receipt, error) {
	c, m := e.Check, g.request
	state := gitlab.Running
	if c.Status == effect.Completed {
		state = states[c.Conclusion]
	}
	description, address := markdown.Plain(c.Title, maxDescription), c.DetailsURL
	opt := &gitlab.SetCommitStatusOptions{State: state, Name: &c.Name, Description: &description}
	if address != "" && len(address) <= maxTarget {
		opt.TargetURL = &address
	}
	sha, hidden := c.SHA, ""
	p, err := f.pipelineOf(ctx, e.Ref, c.SHA, m.HeadPipeline)
	if err != nil {
		return effect.Receipt{}, err
	}
	switch {
	case p != nil && p.ProjectID == e.Ref.RepoID:
		sha, opt.PipelineID = p.SHA, &p.ID
		before, known := f.posted.get(rowKey(p.ID, c.Name))
		// Where no row has our name, and where ours said something else, there is nothing to look for.
		if known && before == statusText(opt) || !known && (g.row || c.Name != ruleName) {
			stands, other, err := f.standing(ctx, e.Ref, sha, opt)
			if err != nil || stands != nil {
				return f.receipt(e, stands.id(), "", true), err
			}
			hidden = other
		}
	case p != nil || m.SourceProjectID != m.TargetProjectID:
		return f.receipt(e, forksPipeline, "", false), nil // the fork's pipelines are not ours to write to
	default:
		bare := g.bare
		if !bare {
			if bare, err = f.withoutCI(ctx, e.Ref, c.SHA, g); err != nil {
				return effect.Receipt{}, err
			}
		}
		if !bare {
			return f.receipt(e, noPipeline, "", false), nil // the event of the new pipeline asks for it again
		}
		opt.Ref = &m.SourceBranch
	}
	posted, _, err := f.client.Commits.SetCommitStatus(e.Ref.RepoID, sha, opt, within(ctx))
	switch {
	case saying(err, http.StatusBadRequest, "Cannot transition"):
		return f.receipt(e, "unchanged", "", true), nil // it is in that state already
	case saying(err, http.StatusBadRequest, "taken"):
		// A job of the pipeline has the name. The verdict stands in our record, for the page, the note and for jobs that wait.
		f.foreign(ctx, e.Ref, "a job of the pipeline")
		return f.receipt(e, nameTaken, "", false), nil
	case err != nil:
		return effect.Receipt{}, f.answer(fmt.Sprintf("post the status %q on %s", c.Name, change.Short(sha)), err)
	case posted.ID == 0:
		return effect.Receipt{}, emptyAnswer("post a commit status")
	case hidden != "":
		f.foreign(ctx, e.Ref, hidden)
	}
	row := rowKey(posted.PipelineID, c.Name)
	f.posted.put(row, statusText(opt))
	if _, succeeded := f.early.take(row); succeeded && state != gitlab.Success {
		return effect.Receipt{}, fmt.Errorf("post the status %q on %s: its pipeline succeeded in the meantime, so another may hide it",
			c.Name, change.Short(sha))
	}
	return f.receipt(e, effect.NumberID(posted.ID), "", false), nil
}

// pipelineOf is the head pipeline if it is one of this head; nil otherwise. GitLab goes on naming the pipeline of an older
// head until the new one has one: a status there would hold nothing. One of merged results runs on a merge of the head.
func (f *Forge) pipelineOf(ctx context.Context, ref change.Ref, head string, p *gitlab.Pipeline) (*gitlab.Pipeline, error) {
	if p == nil || p.SHA == head {
		return p, nil
	}
	if !strings.HasSuffix(p.Ref, "/merge") && !strings.HasSuffix(p.Ref, "/train") {
		return nil, nil
	}
	c, _, err := f.client.Commits.GetCommit(p.ProjectID, p.SHA, nil, within(ctx))
	switch {
	case isMissing(err):
		return nil, nil
	case err != nil:
		return nil, f.answer("read the commit of the head pipeline of "+ref.String(), err)
	case slices.Contains(c.ParentIDs, head):
		return p, nil
	}
	return nil, nil
}

// rowKey names the row of a status in a pipeline.
func rowKey(pipeline int64, name string) string { return fmt.Sprintf("%d %s", pipeline, name) }

// statusText is what a status says, as far as a second one that says it would be the same.
func statusText(opt *gitlab.SetCommitStatusOptions) string {
	address := ""
	if opt.TargetURL != nil {
		address = *opt.TargetURL
	}
	return fmt.Sprintf("%s\n%s\n%s", opt.State, *opt.Description, address)
}

// row is a commit status that stands.
type row gitlab.CommitStatus

func (r *row) id() effect.ID {
	if r == nil {
		return "none"
	}
	return effect.NumberID(r.ID)
}

// standing is our own status of the pipeline when it is the newest of its name and says the same already: a new pipeline
// asks for the verdict again, and posting what stands would ask anew. A row of somebody else hides ours and is replaced; other
// is who.
func (f *Forge) standing(
	ctx context.Context, ref change.Ref, sha string, want *gitlab.SetCommitStatusOptions,
) (ours *row, other string, err error) {
	self, err := f.Self(ctx)
	if err != nil {
		return nil, "", err
	}
	list, _, err := f.client.Commits.GetCommitStatuses(ref.RepoID, sha, &gitlab.GetCommitStatusesOptions{Name: want.Name,
		PipelineID: want.PipelineID, ListOptions: gitlab.ListOptions{PerPage: 100}}, within(ctx))
	if err != nil {
		return nil, "", f.answer("list the commit statuses", err)
	}
	var newest *gitlab.CommitStatus
	for _, s := range list {
		if s.Name == *want.Name && (newest == nil || s.ID > newest.ID) {
			newest = s
		}
	}
	if newest == nil {
		return nil, "", nil
	}
	if newest.Author.ID != self {
		return nil, newest.Author.Username, nil
	}
	same := newest.Status == string(want.State) && newest.Description == *want.Description
	if !same || want.TargetURL != nil && newest.TargetURL != *want.TargetURL {
		return nil, "", nil
	}
	return (*row)(newest), "", nil
}

// ciFile is where a project's pipeline is described, unless its settings say otherwise.
const ciFile = ".gitlab-ci.yml"

// withoutCI reports whether nothing but ourselves can make a pipeline for a commit. One that takes the description of the
// pipeline away has no pipeline and must not get one of ours, which would free it of the target's.
func (f *Forge) withoutCI(ctx context.Context, ref change.Ref, sha string, g *glimpse) (bool, error) {
	rd := f.begin(change.Record{Ref: ref})
	st, err := rd.stat(ctx, sha, ciFile)
	if err != nil || g.jobs && st != nil {
		return false, err
	}
	p, _, err := f.client.Projects.GetProject(ref.RepoID, nil, within(ctx))
	if err != nil {
		return false, f.answer("read project "+ref.String(), err)
	}
	if p.BuildsAccessLevel == gitlab.DisabledAccessControl {
		return true, nil
	}
	if p.AutoDevopsEnabled || p.CIConfigPath != "" {
		return false, nil
	}
	if st != nil {
		return false, nil
	}
	tip := g.tip
	if tip == "" {
		b, err := f.tip(ctx, ref.RepoID, g.request.TargetBranch)
		if err != nil || b == nil {
			return false, f.answer("read branch "+g.request.TargetBranch+" of "+ref.String(), err)
		}
		tip = b.Commit.ID
	}
	st, err = rd.stat(ctx, tip, ciFile)
	return err == nil && st == nil, err
}
