package github

import (
	"errors"
	"fmt"
)

// RerequestRun presses "Re-run" on a check run.
func (h *Hub) RerequestRun(repo string, run int64, by string) error {
	return h.onRun(repo, run, by, func(x *checkRun, actor *account) { h.runEvent(x, "rerequested", actor, x.suite.app) })
}

// RequestAction presses a button of a check run.
func (h *Hub) RequestAction(repo string, run int64, identifier, by string) error {
	return h.onRun(repo, run, by, func(x *checkRun, actor *account) {
		h.runEventWith(x, "requested_action", actor, x.suite.app, object{"requested_action": object{"identifier": identifier}})
	})
}

// RerequestSuite presses "Re-run all checks" for the App's suite at a commit.
func (h *Hub) RerequestSuite(repo, sha string, app int64, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		for _, s := range r.suites[sha] {
			if s.app.spec.ID == app {
				h.suiteEvent(s, "rerequested", actor, s.app)
				return nil
			}
		}
		return fmt.Errorf("check suite of App %d at %s: %w", app, sha, errNotFound)
	})
}

func (h *Hub) onRun(repo string, id int64, by string, f func(*checkRun, *account)) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		run := r.runByID[id]
		if err != nil || run == nil {
			return errors.Join(err, fmt.Errorf("check run %d of %s: %w", id, repo, errNotFound))
		}
		f(run, actor)
		return nil
	})
}

// PostRun makes a check run in the name of any App the hub knows, as a workflow of GitHub Actions would. Conclusion ""
// leaves it in progress.
func (h *Hub) PostRun(repo, sha, name, conclusion string, app int64) (id int64, err error) {
	err = h.locked(repo, func(r *repository) error {
		a := h.apps[app]
		if a == nil {
			return fmt.Errorf("app %d: %w", app, errNotFound)
		}
		status := "in_progress"
		in := checkInput{Name: &name, HeadSHA: sha, Status: &status}
		if conclusion != "" {
			in.Status, in.Conclusion = nil, &conclusion
		}
		run, err := h.createRun(r, a, in, a.bot)
		if run != nil {
			id = run.id
		}
		return err
	})
	return id, err
}

// PostStatus sets a commit status as somebody.
func (h *Hub) PostStatus(repo, sha, context, state, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.createStatus(r, sha, &status{context: context, state: state}, actor)
	})
}
