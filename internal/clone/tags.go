package clone

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/git"
)

// Releases are the tags on a branch whose names are those of releases, as deployments: an annotated tag was released when
// it was made, any other when its commit was.
func Releases(ctx context.Context, repo *git.Repo, tip string, of flow.Pull, names *regexp.Regexp) ([]dora.Deployment, error) {
	id, err := repo.Resolve(ctx, tip)
	if err != nil {
		return nil, err
	}
	out, err := repo.Run(ctx, nil, "for-each-ref", "--merged="+id,
		"--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(creatordate:unix)%00%(committerdate:unix)%(*committerdate:unix)",
		"refs/tags/")
	if err != nil {
		return nil, fmt.Errorf("read the tags of the clone: %w", err)
	}
	var all []dora.Deployment
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\x00")
		if len(f) != 5 || !names.MatchString(f[0]) {
			continue
		}
		made, err := strconv.ParseInt(f[3], 10, 64)
		if err != nil {
			continue // a tag of something that has no date is no release
		}
		committed, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			continue
		}
		upto := time.Unix(committed, 0).UTC()
		d := dora.Deployment{
			ID:          fmt.Sprintf("%s:tag:%d:%s", of.Forge, of.RepoID, f[0]),
			Forge:       of.Forge,
			RepoID:      of.RepoID,
			Environment: "release",
			Production:  true,
			Source:      dora.ByRelease,
			SHA:         f[1],
			Success:     true,
			FinishedAt:  time.Unix(made, 0).UTC(),
			Upto:        &upto,
		}
		if f[2] != "" {
			d.SHA = f[2]
		}
		all = append(all, d)
	}
	return all, nil
}
