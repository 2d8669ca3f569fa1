package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
)

// ErrHookExists is why a second webhook to one address is not made: both would tell of everything.
var ErrHookExists = errors.New("a webhook sends to this address already")

// Place is a project or a group by its path, as a person names it.
type Place struct {
	Path  string
	Group bool
}

// AddHook makes a webhook with the events that Lintel reads, which sends a secret token to an address, and gives what
// removes it again. Where one sends there already the error is ErrHookExists, and where the token's user may not have
// webhooks there, a change.Refused of the kind refusal.Permission.
func (f *Forge) AddHook(
	ctx context.Context,
	at Place,
	address, secret string,
) (undo func(context.Context) error, err error) {
	hooks, err := f.hooksAt(ctx, at)
	if err != nil {
		return nil, err
	}
	there, err := hooks.list(ctx)
	if err != nil {
		return nil, f.hookError("list the webhooks of "+at.Path, err)
	}
	if slices.Contains(there, address) {
		return nil, fmt.Errorf("%s: %w", at.Path, ErrHookExists)
	}
	// Whoever ends this meanwhile waits for the answer: without its number the webhook could not be removed.
	id, err := hooks.add(context.WithoutCancel(ctx), address, secret)
	if err == nil && id == 0 {
		err = errEmptyAnswer
	}
	if err != nil {
		return nil, f.hookError("make the webhook of "+at.Path, err)
	}
	return func(ctx context.Context) error {
		return f.answer("remove the webhook of "+at.Path, hooks.remove(ctx, id))
	}, nil
}

// hookError is answer, but for what a user's role or GitLab's tier does not allow: a group without webhooks answers as
// one that is not there.
func (f *Forge) hookError(doing string, err error) error {
	if s := status(err); s == http.StatusForbidden || s == http.StatusNotFound {
		return fmt.Errorf("%s: %w", doing, &change.Refused{
			Kind: refusal.Permission, What: "GitLab does not let the token's user have webhooks there",
			Remedy: "use the token of a Maintainer of the project, or of an Owner of the group (Premium)", Err: err,
		})
	}
	return f.answer(doing, err)
}

// hooks are those of one project or group.
type hooks struct {
	list   func(ctx context.Context) (addresses []string, err error)
	add    func(ctx context.Context, address, secret string) (id int64, err error)
	remove func(ctx context.Context, id int64) error
}

func (f *Forge) hooksAt(ctx context.Context, at Place) (hooks, error) {
	if at.Group {
		return f.groupHooks(ctx, at.Path)
	}
	return f.projectHooks(ctx, at.Path)
}

func (f *Forge) projectHooks(ctx context.Context, path string) (hooks, error) {
	p, _, err := f.client.Projects.GetProject(path, nil, within(ctx))
	if err != nil {
		return hooks{}, f.goneIfMissing("find the project "+path, err)
	}
	return hooks{
		list: func(ctx context.Context) (addresses []string, err error) {
			all, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.ProjectHook, *gitlab.Response, error) {
				return f.client.Projects.ListProjectHooks(p.ID, nil, append(next, within(ctx))...)
			})
			for _, h := range all {
				addresses = append(addresses, h.URL)
			}
			return addresses, err
		},
		add: func(ctx context.Context, address, secret string) (int64, error) {
			h, _, err := f.client.Projects.AddProjectHook(p.ID, &gitlab.AddProjectHookOptions{
				URL: &address, Token: &secret, EnableSSLVerification: new(true),
				PushEvents: new(true), NoteEvents: new(true), MergeRequestsEvents: new(true), PipelineEvents: new(true),
				DeploymentEvents: new(true), ReleasesEvents: new(true), IssuesEvents: new(true), EmojiEvents: new(true),
			}, within(ctx))
			if err != nil {
				return 0, err
			}
			return h.ID, nil
		},
		remove: func(ctx context.Context, id int64) error {
			_, err := f.client.Projects.DeleteProjectHook(p.ID, id, within(ctx))
			return err
		},
	}, nil
}

func (f *Forge) groupHooks(ctx context.Context, path string) (hooks, error) {
	g, _, err := f.client.Groups.GetGroup(path, nil, within(ctx))
	if err != nil {
		return hooks{}, f.goneIfMissing("find the group "+path, err)
	}
	return hooks{
		list: func(ctx context.Context) (addresses []string, err error) {
			all, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.GroupHook, *gitlab.Response, error) {
				return f.client.Groups.ListGroupHooks(g.ID, nil, append(next, within(ctx))...)
			})
			for _, h := range all {
				addresses = append(addresses, h.URL)
			}
			return addresses, err
		},
		add: func(ctx context.Context, address, secret string) (int64, error) {
			h, _, err := f.client.Groups.AddGroupHook(g.ID, &gitlab.AddGroupHookOptions{
				URL: &address, Token: &secret, EnableSSLVerification: new(true),
				PushEvents: new(true), NoteEvents: new(true), MergeRequestsEvents: new(true), PipelineEvents: new(true),
				DeploymentEvents: new(true), ReleasesEvents: new(true), IssuesEvents: new(true), EmojiEvents: new(true),
			}, within(ctx))
			if err != nil {
				return 0, err
			}
			return h.ID, nil
		},
		remove: func(ctx context.Context, id int64) error {
			_, err := f.client.Groups.DeleteGroupHook(g.ID, id, within(ctx))
			return err
		},
	}, nil
}
