package gitlab

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/fake/graph"
)

func (l *Lab) requestNode(c *call, m *request) graph.Object {
	v := m.version(l.now())
	var approvers, assignees []*user
	for _, a := range m.approvals {
		approvers = append(approvers, a.user)
	}
	assignees = m.assignees
	reviewers, labels := []graph.Object{}, []graph.Object{}
	for _, r := range m.reviewers {
		node := l.userNode(r.user)
		node["mergeRequestInteraction"] = graph.Value(fields(map[string]any{"reviewState": strings.ToUpper(r.state),
			"approved": slices.Contains(approvers, r.user), "canMerge": l.level(m.target, r.user) >= Developer}))
		reviewers = append(reviewers, node)
	}
	for _, x := range m.labels {
		labels = append(labels, fields(map[string]any{"id": gid("ProjectLabel", x.id), "title": x.name,
			"color": x.color, "description": x.about}))
	}
	prepared := stamp(m.prepared)
	if v == nil {
		prepared = nil
	}
	out := map[string]any{
		"id": gid("MergeRequest", m.id), "iid": strconv.FormatInt(m.iid, 10), "title": m.title,
		"description": m.description, "state": m.state,
		"draft": m.draft(), "createdAt": stamp(m.created), "updatedAt": stamp(m.updated), "preparedAt": prepared,
		"mergedAt": stamp(m.mergedAt),
		"closedAt": stamp(
			m.closedAt,
		), "webUrl": l.requestURL(m), "author": l.userNode(m.author), "mergeUser": l.userNode(m.mergedBy),
		"sourceBranch": m.sourceRef, "targetBranch": m.targetRef, "sourceProjectId": nil, "targetProjectId": m.target.id,
		"sourceProject": func() (any, error) { return l.projectNode(c, m.source), nil },
		"targetProject": func() (any, error) { return l.projectNode(c, m.target), nil },
		"diffHeadSha":   orNull(m.head), "squash": m.squash, "squashOnMerge": m.squashes(), "autoMergeEnabled": m.autoMerge,
		"mergeableDiscussionsState": m.unresolved() == 0, "mergeCommitSha": orNull(m.mergeSHA),
		"conflicts":           func() (any, error) { return l.conflicts(m), nil },
		"detailedMergeStatus": func() (any, error) { return strings.ToUpper(l.mergeStatus(m)), nil },
		"mergeable":           func() (any, error) { return l.mergeStatus(m) == "mergeable", nil },
		"approved":            func() (any, error) { return l.approved(m), nil },
		"approvedBy":          connection(l.userNodes(approvers)), "assignees": connection(l.userNodes(assignees)),
		"reviewers": connection(reviewers), "labels": connection(labels),
		"headPipeline":  func() (any, error) { return l.pipelineNode(c, l.headPipeline(m)), nil },
		"approvalState": func() (any, error) { return l.approvalNode(m), nil },
		"reference": graph.Resolver(func(_ context.Context, args map[string]any) (any, error) {
			if args["full"] == true {
				return fmt.Sprintf("%s!%d", m.target.path, m.iid), nil
			}
			return fmt.Sprintf("!%d", m.iid), nil
		}),
		"approvalsRequired": nil, "approvalsLeft": nil, "userNotesCount": m.userNotes(), "notes": connection(l.noteNodes(m)),
		"mergeRequestDiffs": connection(m.diffNodes(l.now())),
	}
	if m.source != nil {
		out["sourceProjectId"] = m.source.id
	}
	if l.has(Premium) {
		shape := l.approvalsShape(m, c.who.user)
		out["approvalsRequired"], out["approvalsLeft"] = shape["approvals_required"], shape["approvals_left"]
	}
	l.diffNode(out, m, v)
	return fields(out)
}

// diffNode adds what the version says: nothing before it is made.
func (l *Lab) diffNode(out map[string]any, m *request, v *version) {
	out["diffRefs"], out["diffStatsSummary"], out["commitCount"], out["commits"] = nil, nil, nil, connection(nil)
	if v == nil {
		return
	}
	out["diffRefs"] = fields(map[string]any{"baseSha": orNull(v.base), "headSha": v.head, "startSha": v.start})
	out["diffStatsSummary"] = func() (any, error) {
		files, err := m.target.files(v.base, v.head)
		if err != nil {
			return nil, err
		}
		added, removed := 0, 0
		for _, f := range files[:v.files] {
			added, removed = added+f.Added, removed+f.Removed
		}
		return fields(
			map[string]any{"additions": added, "deletions": removed, "changes": added + removed, "fileCount": v.files},
		), nil
	}
	out["commitCount"] = func() (any, error) {
		list, err := m.target.git.Ahead(asking(), v.start, v.head)
		return len(list), err
	}
	out["commits"] = graph.Resolver(func(ctx context.Context, args map[string]any) (any, error) {
		list, err := m.target.git.Ahead(asking(), v.start, v.head)
		if err != nil {
			return nil, err
		}
		nodes := []graph.Object{}
		for _, sha := range slices.Backward(list) {
			c, err := m.target.git.Commit(sha)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, l.commitNode(m.target, c))
		}
		return connection(nodes)(ctx, args)
	})
}

func (l *Lab) commitNode(p *project, c *githost.Commit) graph.Object {
	title, _, _ := strings.Cut(c.Message, "\n")
	return fields(map[string]any{"id": "gid://gitlab/CommitPresenter/" + c.SHA, "sha": c.SHA, "shortId": c.SHA[:8], "title": title,
		"message": c.Message, "authorName": c.Author.Name, "authorEmail": c.Author.Email, "authoredDate": second(c.Author.When),
		"webUrl": l.URL() + "/" + p.path + "/-/commit/" + c.SHA, "author": l.userNode(l.byEmail(c.Author.Email))})
}

func (l *Lab) pipelineNode(c *call, p *pipeline) graph.Object {
	if p == nil {
		return nil
	}
	done, kind := any(nil), any(nil)
	if finished(p.status()) {
		done = stamp(p.updated)
	}
	switch p.kind {
	case "request":
		kind = "DETACHED"
	case "merged":
		kind = "MERGED_RESULT"
	case "train":
		kind = "MERGE_TRAIN"
	}
	row := graph.Resolver(func(_ context.Context, args map[string]any) (any, error) {
		name, _ := graph.Text(args, "name")
		for _, j := range p.jobs {
			if j.name == name {
				return fields(map[string]any{"id": gid("CommitStatus", j.id), "name": j.name, "status": strings.ToUpper(j.state)}), nil
			}
		}
		return nil, nil
	})
	return fields(map[string]any{"job": row, "id": gid("Ci::Pipeline", p.id), "iid": strconv.FormatInt(p.iid, 10), "sha": p.sha,
		"status": strings.ToUpper(
			p.status(),
		), "source": p.source, "ref": p.ref, "mergeRequestEventType": kind, "active": done == nil,
		"createdAt": stamp(p.created), "updatedAt": stamp(p.updated), "finishedAt": done, "user": l.userNode(p.user),
		"project": func() (any, error) { return l.projectNode(c, p.project), nil }})
}

func (l *Lab) approvalNode(m *request) graph.Object {
	rules, invalid := []graph.Object{}, []graph.Object{}
	for _, r := range l.rulesOf(m) {
		eligible := l.eligible(r, m)
		bad := r.kind != "any_approver" && len(eligible) < r.required
		node := fields(
			map[string]any{"id": gid("ApprovalMergeRequestRule", r.id), "name": r.name, "type": strings.ToUpper(r.kind),
				"section": orNull(r.section), "approved": l.satisfied(r, m), "approvalsRequired": r.required,
				"containsHiddenGroups": m.target.hidden,
				"invalid":              bad, "allowMergeWhenInvalid": true, "eligibleApprovers": l.userNodes(eligible),
				"approvedBy": connection(l.userNodes(l.given(r, m)))},
		)
		rules = append(rules, node)
		if bad {
			invalid = append(invalid, node)
		}
	}
	return fields(map[string]any{"approvalRulesOverwritten": false, "rules": rules, "invalidApproversRules": invalid})
}
