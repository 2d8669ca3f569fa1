package github

import (
	"fmt"
	"slices"
)

// refusal says why a pull request may not be merged under its base's protection, "" if it may.
func (h *Hub) refusal(p *pull) string {
	rules := p.repo.protected[p.baseRef]
	if rules == nil {
		return ""
	}
	for _, c := range rules.Checks {
		if why := h.requiredCheck(p, c); why != "" {
			return why
		}
	}
	if rules.Strict {
		if tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef); ok {
			if mb, err := p.comparison(); err != nil || mb.MergeBase != tip {
				return "Head branch is not up to date with the base branch."
			}
		}
	}
	if rules.Reviews > 0 {
		approvals := 0
		for _, v := range latestReviews(p) {
			if v.state == "CHANGES_REQUESTED" && v.canPush {
				return "Changes have been requested."
			}
			if v.state == "APPROVED" && v.canPush {
				approvals++
			}
		}
		if approvals < rules.Reviews {
			return fmt.Sprintf("At least %d approving review is required by reviewers with write access.", rules.Reviews)
		}
	}
	return ""
}

func (h *Hub) requiredCheck(p *pull, want RequiredCheck) string {
	found := false
	for _, run := range latestRuns(p.repo.runs[p.headSHA]) {
		if run.name != want.Context || (want.App != 0 && run.suite.app.spec.ID != want.App) {
			continue
		}
		found = true
		if run.status != "completed" || !passing(run.conclusion) {
			return fmt.Sprintf("Required status check %q is %s.", want.Context, failingWord(run))
		}
	}
	if want.App == 0 {
		for _, s := range latestStatuses(p.repo.statuses[p.headSHA]) {
			if s.context == want.Context {
				found = true
				if s.state != "success" {
					return fmt.Sprintf("Required status check %q is failing.", want.Context)
				}
			}
		}
	}
	if !found {
		return fmt.Sprintf("Required status check %q is expected.", want.Context)
	}
	return ""
}

func failingWord(run *checkRun) string {
	if run.status != "completed" {
		return "in progress"
	}
	return "failing"
}

// latestReviews is each person's latest review that decides something.
func latestReviews(p *pull) []*review {
	var out []*review
	for _, v := range p.reviews {
		if v.state == "COMMENTED" || v.state == "PENDING" {
			continue
		}
		out = slices.DeleteFunc(out, func(o *review) bool { return o.user == v.user })
		out = append(out, v)
	}
	return out
}

func latestStatuses(all []*status) []*status {
	var out []*status
	for i := len(all) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(out, func(s *status) bool { return s.context == all[i].context }) {
			out = append(out, all[i])
		}
	}
	return out
}

func (h *Hub) createStatus(r *repository, sha string, s *status, by *account) error {
	if !slices.Contains([]string{"error", "failure", "pending", "success"}, s.state) {
		return invalid("Status", "state", "invalid", "")
	}
	c, err := r.git.Commit(sha)
	if err != nil {
		return invalid("Status", "sha", "custom", "No commit found for SHA: "+sha)
	}
	if s.context == "" {
		s.context = "default"
	}
	s.id, s.created, s.creator = h.id(), h.now(), by
	r.statuses[sha] = append(r.statuses[sha], s)
	branches := []any{}
	for _, name := range r.git.RefNames("refs/heads/") {
		if at, _ := r.git.Ref(name); at == sha {
			branches = append(branches,
				object{"name": name[len("refs/heads/"):], "protected": r.protected[name[len("refs/heads/"):]] != nil,
					"commit": object{"sha": sha, "url": h.repoURL(r) + "/commits/" + sha}})
		}
	}
	h.emit(audience{repo: r}, "status", "", by, object{"id": s.id, "sha": sha, "name": r.fullName(), "avatar_url": h.URL() + "/avatars/0",
		"target_url": s.target, "context": s.context, "description": s.description, "state": s.state, "commit": h.commit(r, c),
		"branches": branches, "created_at": stamp(s.created), "updated_at": stamp(s.created)})
	return nil
}
