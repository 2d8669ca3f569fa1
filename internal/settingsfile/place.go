package settingsfile

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/settings"
)

// Place is where the settings of the repository in a folder belong, and whether a file stands there already: on GitLab also in
// one of the other places in which it looks for them. Which forge the repository is for its remote origin says; where that
// tells of none, its settings, its folder .github, and last the CI's file.
func Place(ctx context.Context, dir string) (path string, there bool) {
	has := func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
		return err == nil
	}
	lab := controls.GitLabSettings()
	switch forge := change.ForgeOf(origin(ctx, dir)); {
	case forge == change.GitHub, forge == "" && !has(lab[0].Path) && (has(".github") || !has(".gitlab-ci.yml")):
		return settings.Path, has(settings.Path)
	}
	for _, place := range lab {
		if has(place.Path) {
			return place.Path, true
		}
	}
	return lab[0].Path, false
}

// origin is the address of the remote origin; empty without one, and without a repository.
func origin(ctx context.Context, dir string) string {
	address, err := git.Open(dir).Run(ctx, nil, "config", "--get", "remote.origin.url")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(address))
}
