package gitlab

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

// externalCheck is the id of the external status check that applies to the merge request, 0 for none. The tiers below
// Ultimate have no such thing; the project's own list is for Maintainers.
// https://docs.gitlab.com/api/status_checks/
func (f *Forge) externalCheck(ctx context.Context, ref change.Ref) (int64, error) {
	if _, ok := f.checks.get(strconv.FormatInt(ref.RepoID, 10), f.o.Now()); ok {
		return 0, nil // the tier has none
	}
	if id, ok := f.checks.get(ref.Key.String(), f.o.Now()); ok {
		return id, nil
	}
	began := f.checks.begin()
	id, err := f.askExternalCheck(ctx, ref, began)
	if id != 0 {
		f.checks.put(began, ref.Key.String(), id, f.o.Now()) // none is asked for again: somebody may be making one
	}
	return id, err
}

func (f *Forge) askExternalCheck(ctx context.Context, ref change.Ref, began int64) (int64, error) {
	list, _, err := f.client.ExternalStatusChecks.ListProjectMergeRequestExternalStatusChecks(
		ref.RepoID,
		int64(ref.Number),
		&gitlab.ListProjectMergeRequestExternalStatusChecksOptions{
			ListOptions: gitlab.ListOptions{PerPage: 100},
		},
		within(ctx),
	)
	if isMissing(err) || status(err) == http.StatusForbidden || status(err) == http.StatusUnauthorized {
		f.checks.put(began, strconv.FormatInt(ref.RepoID, 10), 0, f.o.Now())
		return 0, nil
	}
	for _, c := range list {
		if strings.EqualFold(c.Name, ruleName) {
			return c.ID, nil
		}
	}
	return 0, f.answer("list the external status checks", err)
}

// answerExternal answers for the head. While a verdict is made nothing is answered, since a check that is pending for two
// minutes fails. An answer for a head that is not the newest any more is refused with 409 and decides nothing.
func (f *Forge) answerExternal(ctx context.Context, e effect.Effect, id int64) error {
	if e.Check.Status != effect.Completed {
		return nil
	}
	state := map[effect.Conclusion]string{effect.Success: "passed"}[e.Check.Conclusion]
	if state == "" {
		state = "failed"
	}
	return f.setExternal(ctx, e.Ref, id, e.Check.SHA, state)
}

func (f *Forge) setExternal(ctx context.Context, ref change.Ref, id int64, sha, state string) error {
	_, err := f.client.ExternalStatusChecks.SetProjectMergeRequestExternalStatusCheckStatus(
		ref.RepoID,
		int64(ref.Number),
		&gitlab.SetProjectMergeRequestExternalStatusCheckStatusOptions{
			SHA:                   &sha,
			ExternalStatusCheckID: &id,
			Status:                &state,
		},
		within(ctx),
	)
	if status(err) == http.StatusConflict {
		return nil
	}
	return f.answer("answer the external status check", err)
}
