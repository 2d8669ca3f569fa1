package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// HookMissing is what HookState says of a project from which nothing sends to us.
const HookMissing = "missing"

// HookState is how the webhook that sends what happens in a project to an address does: "executable", "temporarily_disabled"
// or "disabled" in GitLab's own words, or HookMissing. It is empty where GitLab does not show it: it shows webhooks to
// Maintainers alone.
// https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
func (f *Forge) HookState(ctx context.Context, repo change.Repository, address string) (string, error) {
	h, shown, err := f.hookTo(ctx, repo, strings.TrimSuffix(address, "/"))
	switch {
	case err != nil || !shown:
		return "", err
	case h == nil:
		return HookMissing, nil
	}
	return cmp.Or(h.AlertStatus, executable), nil
}

// webhook is one of a project or of a group; at is where the API has it.
type webhook struct {
	*gitlab.ProjectHook
	at string
}

// working reports whether GitLab sends by it; old versions disable none, and say nothing of it.
func (h *webhook) working() bool { return cmp.Or(h.AlertStatus, executable) == executable }

const executable = "executable"

// hookTo finds the webhook of a project, or of a group above it, that sends to an address; nil when there is none. It is not
// shown to everybody.
func (f *Forge) hookTo(ctx context.Context, repo change.Repository, want string) (h *webhook, shown bool, err error) {
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.ProjectHook, *gitlab.Response, error) {
		return f.client.Projects.ListProjectHooks(repo.ID,
			&gitlab.ListProjectHooksOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, append(next, within(ctx))...)
	})
	if hidden(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, f.answer("list the webhooks", err)
	}
	if at := slices.IndexFunc(list, func(h *gitlab.ProjectHook) bool { return isTo(want, h.URL) }); at >= 0 {
		return &webhook{list[at], fmt.Sprintf("projects/%d/hooks/%d", repo.ID, list[at].ID)}, true, nil
	}
	h, err = f.groupHookTo(ctx, repo.Owner, want)
	return h, true, err
}

// groupHookTo finds the webhook of a group or one above it, which sends what one of the project would. It is nil when there
// is none, and where GitLab does not show it: only an Owner sees it, and only a group has one.
func (f *Forge) groupHookTo(ctx context.Context, group, want string) (*webhook, error) {
	for path, more := group, true; more; {
		list, _, err := f.client.Groups.ListGroupHooks(path,
			&gitlab.ListGroupHooksOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, within(ctx))
		if err != nil && !hidden(err) {
			return nil, f.answer("list the webhooks of "+path, err)
		}
		for _, h := range list {
			if isTo(want, h.URL) {
				like := &gitlab.ProjectHook{URL: h.URL, PushEvents: h.PushEvents, NoteEvents: h.NoteEvents,
					MergeRequestsEvents: h.MergeRequestsEvents, PipelineEvents: h.PipelineEvents, AlertStatus: h.AlertStatus,
					CustomWebhookTemplate: h.CustomWebhookTemplate, EnableSSLVerification: h.EnableSSLVerification}
				return &webhook{like, fmt.Sprintf("groups/%d/hooks/%d", h.GroupID, h.ID)}, nil
			}
		}
		at := strings.LastIndexByte(path, '/')
		if more = at > 0; more {
			path = path[:at]
		}
	}
	return nil, nil
}

func isTo(want, address string) bool { return strings.TrimSuffix(address, "/") == want }
