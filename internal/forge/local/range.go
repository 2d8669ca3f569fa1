package local

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/usage"
)

// originHead is the remote's default branch as this clone remembers it. actions/checkout and others do not set it.
const originHead = "refs/remotes/origin/HEAD"

// applyJob takes over what the CI's job says of the change, where nobody said otherwise.
func (r *reader) applyJob() {
	j := r.options.Job
	if j == nil {
		return
	}
	c := j.Change
	var taken []string
	take := func(what string, known bool) {
		if known {
			taken = append(taken, what)
		}
	}
	take("title", r.s.Title == nil && c.Title != nil)
	take("description", r.s.Body == nil && c.Body != nil)
	take("author", r.options.Author == "" && c.Author != "")
	take("labels", len(c.Labels) > 0)
	if r.s.Title == nil {
		r.s.Title = c.Title
	}
	if r.s.Body == nil {
		r.s.Body = c.Body
	}
	r.s.Labels = append(r.s.Labels, c.Labels...)
	r.s.Draft, r.s.Fork = c.Draft, j.Fork
	// Rollouts choose by the id, so that they choose here as on the server.
	r.s.Ref.RepoID, r.s.Repository.ID = j.RepositoryID, j.RepositoryID
	r.s.Repository.OwnerID, r.s.Repository.Private = j.OwnerID, j.Private
	if len(taken) > 0 {
		r.took = append(r.took, strings.Join(taken, ", ")+": from "+j.Name)
	}
}

// findHead finds what to judge: what was named, what the CI says, or what is checked out.
func (r *reader) findHead(ctx context.Context) (change.Rev, error) {
	given := r.options.Head
	if given == "" && r.options.Job != nil {
		c := r.options.Job.Change
		found, head, err := r.firstOf(ctx, c.Heads)
		if err != nil {
			return head, err
		}
		if found != nil {
			return r.headOf(ctx, *found, head)
		}
		if len(c.Heads) > 0 {
			n := c.Heads[0]
			return head, &usage.Error{What: fmt.Sprintf("the head of the change, %s from %s, is not in this clone", name(n.Rev), n.From),
				Remedy: "check the change out with its whole history (" + r.options.Job.Deepen +
					"), name the commit to judge with --head, or take nothing from the CI with --no-ci"}
		}
	}
	if given == "" {
		given = "HEAD"
	}
	r.judged, r.ahead = given, given == "HEAD"
	return r.revision(ctx, given, "--head")
}

// headOf takes a head that the CI named. The usual checkout of a change is a merge that the forge made: that commit is nobody's work.
func (r *reader) headOf(ctx context.Context, n ci.Named, head change.Rev) (change.Rev, error) {
	here, err := r.resolve(ctx, "HEAD")
	if err != nil && !errors.Is(err, git.ErrNoCommit) {
		return head, err
	}
	if head.SHA == here {
		r.judged, r.ahead = "HEAD", true
	} else {
		r.judged = name(n.Rev)
		r.took = append(r.took, "head: "+r.judged+", from "+n.From)
	}
	head.Ref = r.options.Job.Change.HeadBranch
	return head, nil
}

// findBase finds where the work wants to go. It is guessed when nobody said so: then the rules come from where the work
// started, and what others merged since is not taken for ours.
func (r *reader) findBase(ctx context.Context) (base change.Rev, guessed bool, err error) {
	target, err := r.origin()
	if err != nil {
		return base, false, err
	}
	r.s.Repository.DefaultBranch = strings.TrimPrefix(target, "refs/remotes/origin/")
	j := r.options.Job
	if r.s.Repository.DefaultBranch == "" && j != nil {
		r.s.Repository.DefaultBranch = j.DefaultBranch
	}
	if given := r.options.Base; given != "" {
		r.against = name(given)
		if given == originHead && target != "" {
			r.against = name(target)
		}
		base, err = r.revision(ctx, given, "--base")
		return base, false, err
	}
	if j != nil && len(j.Change.Bases) > 0 {
		found, base, err := r.firstOf(ctx, j.Change.Bases)
		if err != nil || found != nil {
			if found != nil {
				base.Ref = j.Change.BaseBranch
				r.compared(*found)
			}
			return base, false, err
		}
		n := j.Change.Bases[0]
		if !j.Change.Push {
			return base, false,
				&usage.Error{What: fmt.Sprintf("the base of the change, %s from %s, is not in this clone", name(n.Rev), n.From),
					Remedy: "fetch it (" + j.Deepen + "), or name the branch to compare with by --base"}
		}
		// A push that rewrote the branch leaves nothing of what was there.
		r.notes = append(r.notes, fmt.Sprintf("what was there before the push, %s from %s, is not in this clone", name(n.Rev), n.From))
	}
	found, base, err := r.firstOf(ctx, r.defaults(target))
	if err != nil {
		return base, true, err
	}
	if found == nil {
		return base, true,
			&usage.Error{
				What: "it cannot be told what to compare with: neither origin's default branch nor any branch called " +
					"main or master is here",
				Remedy: "name the branch that the work wants to go to by --base"}
	}
	base.Ref = branch(found.Rev)
	r.compared(*found)
	return base, true, nil
}

// compared keeps how people write the base, and who named it.
func (r *reader) compared(n ci.Named) {
	r.against = name(n.Rev)
	if strings.HasPrefix(n.From, "the ") {
		r.took = append(r.took, "base: "+r.against+", "+n.From)
	} else {
		r.took = append(r.took, "base: "+r.against+", from "+n.From)
	}
}

// defaults are the branches that work usually goes to, the likeliest first. target is what origin/HEAD points at.
func (r *reader) defaults(target string) []ci.Named {
	var all []ci.Named
	if target != "" {
		all = append(all, ci.Named{Rev: target, From: "the default branch of origin"})
	}
	if j := r.options.Job; j != nil && j.DefaultBranch != "" {
		why := "the default branch, as " + j.Name + " says"
		all = append(all, ci.Named{Rev: "refs/remotes/origin/" + j.DefaultBranch, From: why},
			ci.Named{Rev: "refs/heads/" + j.DefaultBranch, From: why})
	}
	for _, where := range []string{"refs/remotes/origin/", "refs/remotes/upstream/", "refs/heads/"} {
		for _, name := range []string{"main", "master"} {
			all = append(all, ci.Named{Rev: where + name, From: "the likeliest branch here"})
		}
	}
	return all
}

// firstOf resolves the first revision that is here; nil when none is.
func (r *reader) firstOf(ctx context.Context, all []ci.Named) (*ci.Named, change.Rev, error) {
	var there map[string]bool
	for i, n := range all {
		if here, asked := there[n.Rev]; asked && !here {
			continue
		}
		id, err := r.blobs.Commit(n.Rev)
		if errors.Is(err, git.ErrMissing) {
			// One process says which references are here, instead of one for each.
			if there == nil {
				there = r.existing(ctx, all[i:])
			}
			if here, asked := there[n.Rev]; asked && !here {
				continue
			}
			id, err = r.repo.Resolve(ctx, n.Rev)
		}
		if errors.Is(err, git.ErrNoCommit) {
			continue
		}
		if err != nil {
			return nil, change.Rev{}, err
		}
		return &n, change.Rev{SHA: id}, nil
	}
	return nil, change.Rev{}, nil
}

// existing says which of some references are here; those that it does not know must be asked for.
func (r *reader) existing(ctx context.Context, all []ci.Named) map[string]bool {
	var names []string
	for _, n := range all {
		names = append(names, n.Rev)
	}
	there, err := r.repo.Existing(ctx, names)
	if err != nil {
		return map[string]bool{}
	}
	return there
}
