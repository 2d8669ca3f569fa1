package github

import (
	"context"
	"fmt"
	"strings"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
)

// Clone says where git finds a repository, and a name and password that read it. The password reads the contents of that
// repository and nothing else, for an hour at most. An App needs no more permission for it than for reading changes.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation#using-an-installation-access-token-to-authenticate-for-http-based-git-access
func (f *Forge) Clone(ctx context.Context, ref change.Ref) (url, user, password string, err error) {
	if ref.Owner == "" || ref.Name == "" || f.apps == nil {
		return "", "", "", fmt.Errorf("find the repository of %s for git: its name is not known", ref)
	}
	f.mu.Lock()
	reader, ok := f.readers[ref.RepoID]
	if !ok {
		reader = ghinstallation.NewFromAppsTransport(f.apps, ref.Connection)
		reader.InstallationTokenOptions = &github.InstallationTokenOptions{
			RepositoryIDs: []int64{ref.RepoID},
			Permissions:   &github.InstallationPermissions{Contents: github.String("read")},
		}
		f.readers[ref.RepoID] = reader
	}
	f.mu.Unlock()
	if password, err = reader.Token(ctx); err != nil {
		f.mu.Lock()
		delete(f.readers, ref.RepoID) // the next try may belong to another connection
		f.mu.Unlock()
		return "", "", "", f.answer("read the contents of "+ref.Owner+"/"+ref.Name, err)
	}
	host := strings.TrimPrefix(f.base.Host, "api.")
	return fmt.Sprintf("%s://%s/%s/%s.git", f.base.Scheme, host, ref.Owner, ref.Name), "x-access-token", password, nil
}
