package gitlab

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
)

// Clone says where git finds a project, and a name and password that read it. GitLab has no token for one project's
// contents that could be made from ours, so the password is our own: whoever gets it must keep it to themselves. The
// path is asked for anew, since another project may have that of yesterday. The head of a fork is there, too: GitLab
// keeps those of merge requests with the project that they are for.
// https://docs.gitlab.com/topics/git/clone/#clone-using-a-token
func (f *Forge) Clone(ctx context.Context, ref change.Ref) (url, user, password string, err error) {
	p, err := f.begin(change.Record{Ref: ref}).askProject(ctx)
	if err != nil {
		return "", "", "", err
	}
	if password, err = f.o.Token(); err != nil {
		return "", "", "", fmt.Errorf("read GitLab's access token: %w", err)
	}
	// GitLab asks for a name that is not empty, and reads no other meaning into it.
	return f.base.JoinPath(p.PathWithNamespace + ".git").String(), "oauth2", password, nil
}
