package github

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/sorting"
)

const zeroSHA = "0000000000000000000000000000000000000000"

// maxPushCommits is how many commits a push payload lists.
const maxPushCommits = 20

// warmPush asks git, without the lock, for what pushed will need under it. A failure here is met again there.
func (h *Hub) warmPush(r *repository, changes []githost.RefChange) {
	ctx := context.Background()
	for _, c := range changes {
		branch, ok := strings.CutPrefix(c.Name, "refs/heads/")
		if !ok || c.New == "" {
			continue
		}
		h.mu.RLock()
		var bases [][2]string
		for _, p := range r.openPulls() {
			if p.headRepo == r && p.headRef == branch {
				bases = append(bases, [2]string{p.diffBase(), c.New})
			}
		}
		h.mu.RUnlock()
		for _, b := range bases {
			if _, err := r.git.Compare(ctx, b[0], b[1]); err != nil {
				return
			}
		}
		if _, err := h.pushedCommits(r, c); err != nil {
			return
		}
	}
}

// pushedCommits lists what a push brought to a branch, oldest first.
func (h *Hub) pushedCommits(r *repository, c githost.RefChange) ([]string, error) {
	if c.New == "" {
		return nil, nil
	}
	from := c.Old
	if from == "" {
		if tip, ok := r.git.Ref("refs/heads/" + r.defaultBranch); ok && tip != c.New {
			from = tip
		} else {
			list, err := r.git.Log(context.Background(), c.New, "", maxPushCommits)
			slices.Reverse(list)
			return list, err
		}
	}
	return r.git.Ahead(context.Background(), from, c.New)
}

// pushed follows up references that have moved: the push webhook, check suites, and pull requests from and to the branch.
func (h *Hub) pushed(r *repository, c githost.RefChange, by *account) error {
	r.pushed, r.updated = h.now(), h.now()
	if strings.HasPrefix(c.Name, "refs/pull/") {
		return nil
	}
	if err := h.pushEvent(r, c, by); err != nil {
		return err
	}
	branch, ok := strings.CutPrefix(c.Name, "refs/heads/")
	if !ok {
		return nil
	}
	if c.New != "" {
		h.requestSuites(r, branch, c.Old, c.New, by)
	}
	for _, p := range r.openPulls() {
		if p.headRepo == r && p.headRef == branch {
			if err := h.headMoved(p, c, by); err != nil {
				return err
			}
		}
		if p.repo == r && p.baseRef == branch && p.state == "open" {
			if err := h.baseMoved(p, c, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// openPulls lists the open pull requests of a repository's network, oldest first.
func (r *repository) openPulls() []*pull {
	var out []*pull
	for _, member := range r.network().family {
		for _, p := range member.open {
			out = append(out, p)
		}
	}
	sorting.By(out, func(a, b *pull) int { return int(a.id - b.id) })
	return out
}

func (h *Hub) pushEvent(r *repository, c githost.RefChange, by *account) error {
	if !h.listened(r, "push") {
		return nil
	}
	shas, err := h.pushedCommits(r, c)
	if err != nil {
		return err
	}
	commits := []any{}
	var head any
	for i, sha := range shas {
		if i < len(shas)-maxPushCommits {
			continue
		}
		commit, err := r.git.Commit(sha)
		if err != nil {
			return err
		}
		var files []githost.FileDiff
		if len(commit.Parents) > 0 {
			if files, err = r.git.Diff(commit.Parents[0], sha); err != nil {
				return err
			}
		}
		head = h.pushCommit(r, commit, files)
		commits = append(commits, head)
	}
	if head == nil && c.New != "" {
		if commit, err := r.git.Commit(c.New); err == nil {
			head = h.pushCommit(r, commit, nil)
		}
	}
	forced := false
	if c.Old != "" && c.New != "" {
		ok, err := r.git.IsAncestor(context.Background(), c.Old, c.New)
		if err != nil {
			return err
		}
		forced = !ok
	}
	repo := h.repository(r)
	repo["created_at"], repo["pushed_at"] = r.created.Unix(), r.pushed.Unix() // push events alone give these as numbers
	repo["stargazers"], repo["master_branch"] = 0, r.defaultBranch
	before, after := orZero(c.Old), orZero(c.New)
	pusher := object{"name": "", "email": nil}
	if by != nil {
		pusher = object{"name": by.login, "email": orNull(by.email)}
	}
	h.emit(audience{repo: r}, "push", "", by, object{
		"ref": c.Name, "before": before, "after": after, "created": c.Old == "", "deleted": c.New == "", "forced": forced,
		"base_ref": nil, "compare": h.URL() + "/" + r.fullName() + "/compare/" + before[:12] + "..." + after[:12], "commits": commits,
		"head_commit": head, "repository": repo, "pusher": pusher,
	})
	return nil
}

func orZero(sha string) string {
	if sha == "" {
		return zeroSHA
	}
	return sha
}

func (h *Hub) headMoved(p *pull, c githost.RefChange, by *account) error {
	if c.New == "" {
		return h.closePull(p, by)
	}
	before := p.headSHA
	if before == c.New {
		return nil
	}
	p.setHead(c.New)
	if tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef); ok {
		p.baseSHA = tip
	}
	p.updated = h.now()
	if err := p.repo.git.SetRef(p.ref(), c.New); err != nil {
		return err
	}
	return h.pullMoment(p, "synchronize", by, object{"before": before, "after": c.New}, moment{from: before, to: c.New})
}

func (h *Hub) baseMoved(p *pull, c githost.RefChange, by *account) error {
	if c.New == "" {
		return h.closePull(p, by)
	}
	in, err := p.repo.git.IsAncestor(context.Background(), p.headSHA, c.New)
	if err != nil || !in {
		return err
	}
	return h.merged(p, c.New, by) // the head arrived by another way, for instance a push
}

// setRef moves a branch for the API and the Go methods and follows it up. force allows what is not a fast-forward.
func (h *Hub) setRef(r *repository, name, sha string, force bool, by *account) error {
	old, _ := r.git.Ref(name)
	if old == sha {
		return nil
	}
	if old != "" && !force {
		ok, err := r.git.IsAncestor(context.Background(), old, sha)
		if err != nil {
			return err
		}
		if !ok {
			return fail(http.StatusUnprocessableEntity, "Update is not a fast forward")
		}
	}
	if err := r.git.SetRef(name, sha); err != nil {
		return err
	}
	return h.pushed(r, githost.RefChange{Name: name, Old: old, New: sha}, by)
}

func (h *Hub) deleteRef(r *repository, name string, by *account) error {
	old, ok := r.git.Ref(name)
	if !ok {
		return fail(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	if err := r.git.DeleteRef(context.Background(), name); err != nil {
		return err
	}
	return h.pushed(r, githost.RefChange{Name: name, Old: old}, by)
}

func (h *Hub) warmCompareOf(r *repository, base, head string) {
	_, _ = r.git.Compare(context.Background(), base, head) // an error comes again under the lock
}
