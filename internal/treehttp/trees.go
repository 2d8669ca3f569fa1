package treehttp

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/tree"
)

// Trees gives a worker the files of checks: from a folder of its own, and what is missing there from the server's mirrors.
type Trees struct {
	Store *tree.Store
	// Server is the server's address, such as http://lintel:8080.
	Server string
	Key    Key
	Now    func() time.Time
}

// Get gives a folder with files of what a run is for, all where names is nil, and how to release it.
func (t Trees) Get(ctx context.Context, run checkrun.Run, of checkrun.Commit, names []string) (folder string, release func(), err error) {
	got, err := t.Store.Get(ctx, tree.Repository{
		Key: string(run.Ref.Forge) + "-" + strconv.FormatInt(run.Ref.RepoID, 10),
		Remote: func(context.Context) (git.Remote, error) {
			return git.Remote{
				URL:      strings.TrimSuffix(t.Server, "/") + prefix + run.Key,
				User:     user,
				Password: t.Key.sign(run.Key, t.Now().Add(life)),
			}, nil
		},
	}, of, names)
	if err != nil {
		return "", nil, err
	}
	return got.Path, got.Release, nil
}
