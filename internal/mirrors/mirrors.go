// Package mirrors gives the files of a change's commits, from mirrors of the forge's repositories.
//
// Callers may rely on: a repository is fetched only when a commit of it is asked for; a folder stays until it is released.
package mirrors

import (
	"context"
	"strconv"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/tree"
)

// Forge says where a change's repository can be cloned from, and by whose name.
type Forge interface {
	Clone(ctx context.Context, ref change.Ref) (url, user, password string, err error)
}

// Mirrors gives the files of commits from mirrors of the forge's repositories.
type Mirrors struct {
	trees  *tree.Store
	forges map[change.Forge]Forge
}

// New gives files of what the store of trees holds. Of a forge that is not served nothing can be cloned.
func New(trees *tree.Store, forges map[change.Forge]Forge) Mirrors {
	return Mirrors{trees: trees, forges: forges}
}

func (m Mirrors) from(ref change.Ref) tree.Repository {
	return tree.Repository{
		Key: string(ref.Forge) + "-" + strconv.FormatInt(ref.RepoID, 10),
		Remote: func(ctx context.Context) (git.Remote, error) {
			forge, ok := m.forges[ref.Forge]
			if !ok {
				return git.Remote{}, &checkrun.Refused{Why: "this server does not serve " + string(ref.Forge) + " any more"}
			}
			url, user, password, err := forge.Clone(ctx, ref)
			return git.Remote{URL: url, User: user, Password: password}, err
		},
	}
}

// List gives all files of a commit.
func (m Mirrors) List(ctx context.Context, ref change.Ref, of checkrun.Commit) ([]checkplan.Input, error) {
	_, files, err := m.trees.List(ctx, m.from(ref), of)
	if err != nil {
		return nil, err
	}
	out := make([]checkplan.Input, 0, len(files))
	for _, f := range files {
		out = append(out, checkplan.Input{Path: f.Name, Blob: f.Mode + " " + f.ID})
	}
	return out, nil
}

// Serve calls f with the mirror of a change's repository that has commits.
func (m Mirrors) Serve(ctx context.Context, ref change.Ref, commits []string, f func(mirror *git.Repo) error) error {
	return m.trees.Serve(ctx, m.from(ref), commits, f)
}

// Get gives a folder with files of what a run is for.
func (m Mirrors) Get(ctx context.Context, run checkrun.Run, of checkrun.Commit, names []string) (
	folder string, release func(), err error) {
	t, err := m.trees.Get(ctx, m.from(run.Ref), of, names)
	if err != nil {
		return "", nil, err
	}
	return t.Path, t.Release, nil
}
