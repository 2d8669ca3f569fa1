package gitlab

import (
	"fmt"
	"slices"
	"strings"
)

// rulesOf are the approval rules that apply to a merge request, by its target branch.
func (l *Lab) rulesOf(m *request) []*rule {
	if !l.has(Premium) {
		return nil
	}
	var out []*rule
	for _, r := range m.target.rules {
		if len(r.branches) == 0 ||
			slices.ContainsFunc(r.branches, func(b *protectedBranch) bool { return wildcard(b.pattern, m.targetRef) }) {
			out = append(out, r)
		}
	}
	return out
}

// eligible are those whose approval counts for a rule of a merge request.
func (l *Lab) eligible(r *rule, m *request) []*user {
	candidates := slices.Clone(r.users)
	for _, g := range r.groups {
		for _, x := range ordered(g.members) {
			candidates = append(candidates, x.user)
		}
	}
	if r.kind == "any_approver" {
		for _, x := range inherited(m.target.members, m.target.group, m.target.shares) {
			candidates = append(candidates, x.user)
		}
	}
	var out []*user
	for _, u := range candidates {
		if !slices.Contains(out, u) && l.mayApprove(m, u) {
			out = append(out, u)
		}
	}
	return out
}

// mayApprove reports whether somebody's approval may count: a Developer, not the author, unless the project lets it.
func (l *Lab) mayApprove(m *request, u *user) bool {
	if l.level(m.target, u) < Developer {
		return false
	}
	s := m.target.approvals
	if l.has(Premium) && u == m.author && !s.AuthorMayApprove {
		return false
	}
	return !l.has(Premium) || !s.CommittersMayNot || !slices.Contains(l.committers(m), u)
}

func (l *Lab) committers(m *request) []*user {
	v := m.version(l.now())
	if v == nil {
		return nil
	}
	list, err := m.target.git.Ahead(asking(), v.start, v.head)
	if err != nil {
		return nil
	}
	var out []*user
	for _, sha := range list {
		if c, err := m.target.git.Commit(sha); err == nil {
			if u := l.userOf(c.Committer.Email); u != nil {
				out = append(out, u)
			}
		}
	}
	return out
}

// given are those eligible for a rule who have approved.
func (l *Lab) given(r *rule, m *request) []*user {
	var out []*user
	eligible := l.eligible(r, m)
	for _, a := range m.approvals {
		if slices.Contains(eligible, a.user) {
			out = append(out, a.user)
		}
	}
	return out
}

// satisfied is GitLab's word on a rule. One that nobody can approve counts as approved ("Auto approved").
func (l *Lab) satisfied(r *rule, m *request) bool {
	if r.kind != "any_approver" && len(l.eligible(r, m)) < r.required {
		return len(l.given(r, m)) >= len(l.eligible(r, m))
	}
	return len(l.given(r, m)) >= r.required
}

// approved reports whether all rules are satisfied; without rules, whether anybody approved.
func (l *Lab) approved(m *request) bool {
	rules := l.rulesOf(m)
	if len(rules) == 0 {
		return len(m.approvals) > 0 || l.has(Premium)
	}
	return !slices.ContainsFunc(rules, func(r *rule) bool { return !l.satisfied(r, m) })
}

// resetApprovals takes approvals back after a push, unless the project keeps them or the patch is the same: an amended
// message and a rebase keep every approval.
//
// [?] A reset by a push sends `unapproval` and `unapproved` without a name.
func (l *Lab) resetApprovals(m *request, old string, by *user) error {
	if len(m.approvals) == 0 || !l.has(Premium) || m.target.approvals.KeepOnPush {
		return nil
	}
	same, err := l.samePatch(m, old)
	if err != nil || same {
		return err
	}
	was := l.approved(m)
	var names []string
	for _, a := range m.approvals {
		names = append(names, "@"+a.user.username)
	}
	m.approvals = nil
	l.recount(m, by, "approvals_reset", "reset approvals from "+strings.Join(names, ", ")+" by pushing to the branch")
	how := object{"system": true, "system_action": "approvals_reset_on_push"}
	l.requestEvent(m, "unapproval", by, nil, how)
	if was && !l.approved(m) {
		l.requestEvent(m, "unapproved", by, nil, how)
	}
	return nil
}

// samePatch compares the newest version with the one of an older head by git patch-id.
func (l *Lab) samePatch(m *request, old string) (bool, error) {
	if len(m.versions) < 2 {
		return false, nil
	}
	now, before := m.versions[len(m.versions)-1], m.versions[len(m.versions)-2]
	if before.head != old {
		return false, nil
	}
	a, err := m.target.git.PatchID(asking(), before.base, before.head)
	if err != nil {
		return false, err
	}
	b, err := m.target.git.PatchID(asking(), now.base, now.head)
	return a == b && a != "", err
}

func getApprovals(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	return l.approvalsShape(m, c.who.user), nil
}

func (l *Lab) approvalsShape(m *request, asker *user) object {
	by := []any{}
	for _, a := range m.approvals {
		by = append(by, object{"user": l.basicUser(a.user), "approved_at": stamp(a.at)})
	}
	mine := slices.ContainsFunc(m.approvals, func(a *approval) bool { return a.user == asker })
	out := object{
		"user_has_approved": mine,
		"user_can_approve":  m.open() && !mine && l.mayApprove(m, asker),
		"approved":          l.approved(m),
		"approved_by":       by,
	}
	if !l.has(Premium) {
		return out
	}
	required, left, open := 0, 0, []any{}
	for _, r := range l.rulesOf(m) {
		required += r.required
		if !l.satisfied(r, m) {
			left += r.required - len(l.given(r, m))
			open = append(open, object{"id": r.id, "name": r.name, "rule_type": r.kind})
		}
	}
	for name, value := range (object{"id": m.id, "iid": m.iid, "project_id": m.target.id, "title": m.title, "description": m.description,
		"state": m.state, "created_at": stamp(m.created), "updated_at": stamp(m.updated), "merge_status": l.oldStatus(m),
		"approvals_required": required, "approvals_left": left, "require_password_to_approve": false, "suggested_approvers": []any{},
		"approvers": []any{}, "approver_groups": []any{}, "approval_rules_left": open, "has_approval_rules": len(l.rulesOf(m)) > 0,
		"merge_request_approvers_available": true, "multiple_approval_rules_available": true}) {
		out[name] = value
	}
	return out
}

// oldStatus is merge_status, which knows conflicts alone.
func (l *Lab) oldStatus(m *request) string {
	switch {
	case m.version(l.now()) == nil:
		return "preparing"
	case l.conflicts(m):
		return "cannot_be_merged"
	}
	return "can_be_merged"
}

func (l *Lab) ruleShape(r *rule, eligible []*user, hidden bool) object {
	groups := []any{}
	for _, g := range r.groups {
		groups = append(groups, l.groupShape(g))
	}
	return object{
		"id":                     r.id,
		"name":                   r.name,
		"rule_type":              r.kind,
		"report_type":            nil,
		"eligible_approvers":     l.basicUsers(eligible),
		"approvals_required":     r.required,
		"users":                  l.basicUsers(r.users),
		"groups":                 groups,
		"contains_hidden_groups": hidden,
	}
}

func listRequestRules(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, r := range l.rulesOf(m) {
		shape := l.ruleShape(r, l.eligible(r, m), m.target.hidden)
		shape["section"], shape["source_rule"] = orNull(r.section), nil
		out = append(out, shape)
	}
	return out, nil
}

func approvalState(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	rules := []any{}
	for _, r := range l.rulesOf(m) {
		shape := l.ruleShape(r, l.eligible(r, m), m.target.hidden)
		shape["section"], shape["source_rule"] = orNull(r.section), nil
		shape["approved_by"], shape["approved"] = l.basicUsers(l.given(r, m)), l.satisfied(r, m)
		rules = append(rules, shape)
	}
	return object{"approval_rules_overwritten": false, "rules": rules}, nil
}

func listProjectRules(l *Lab, c *call) (any, error) {
	out := []any{}
	for _, r := range c.project.rules {
		eligible := slices.Clone(r.users)
		for _, g := range r.groups {
			for _, x := range ordered(g.members) {
				eligible = append(eligible, x.user)
			}
		}
		shape := l.ruleShape(r, eligible, c.project.hidden)
		branches := []any{}
		for _, b := range r.branches {
			branches = append(branches, l.protectedShape(b))
		}
		shape["protected_branches"], shape["applies_to_all_protected_branches"] = branches, false
		out = append(out, shape)
	}
	return c.page(out), nil
}

func projectApprovals(_ *Lab, c *call) (any, error) {
	s := c.project.approvals
	required := 0
	for _, r := range c.project.rules {
		required = max(required, r.required)
	}
	return object{
		"approvers":                                      []any{},
		"approver_groups":                                []any{},
		"approvals_before_merge":                         required,
		"reset_approvals_on_push":                        !s.KeepOnPush,
		"selective_code_owner_removals":                  false,
		"disable_overriding_approvers_per_merge_request": s.NoOverrideInMerge,
		"merge_requests_author_approval":                 s.AuthorMayApprove,
		"merge_requests_disable_committers_approval":     s.CommittersMayNot,
		"require_password_to_approve":                    false,
		"require_reauthentication_to_approve":            false,
	}, nil
}

// approve records an approval.
//
// [?] One approval sends `approval`, and `approved` too when the rules are satisfied by it.
func (l *Lab) approve(m *request, u *user) error {
	if slices.ContainsFunc(m.approvals, func(a *approval) bool { return a.user == u }) {
		return fmt.Errorf("approve !%d: %s has approved already", m.iid, u.username)
	}
	if !m.open() || !l.mayApprove(m, u) {
		return fmt.Errorf("approve !%d: %s may not", m.iid, u.username)
	}
	was := len(m.approvals) > 0 && l.approved(m)
	m.approvals = append(m.approvals, &approval{user: u, at: l.now()})
	m.review(u, "approved")
	l.recount(m, u, "check", "approved this merge request")
	m.updated = l.now()
	l.requestEvent(m, "approval", u, nil, nil)
	if !was && l.approved(m) {
		l.requestEvent(m, "approved", u, nil, nil)
	}
	return nil
}

// unapprove takes an approval back.
func (l *Lab) unapprove(m *request, u *user) error {
	i := slices.IndexFunc(m.approvals, func(a *approval) bool { return a.user == u })
	if i < 0 {
		return fmt.Errorf("unapprove !%d: %s has not approved", m.iid, u.username)
	}
	was := l.approved(m)
	m.approvals = slices.Delete(m.approvals, i, i+1)
	m.review(u, "unapproved")
	l.recount(m, u, "unapproval", "unapproved this merge request")
	m.updated = l.now()
	l.requestEvent(m, "unapproval", u, nil, nil)
	if was && (!l.approved(m) || len(m.approvals) == 0) {
		l.requestEvent(m, "unapproved", u, nil, nil)
	}
	return nil
}

// review sets a reviewer's state, if the user is one of the reviewers.
func (m *request) review(u *user, state string) {
	for _, r := range m.reviewers {
		if r.user == u {
			r.state = state
		}
	}
}
