package toolrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"

	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/git"
)

const (
	maxNames = 64 << 20 // bytes of git's list of the tree
	maxTree  = 2 << 30  // bytes of all files
)

// write writes the files of a commit below parent and gives their folder and what is in it. Links and submodules are left out, so no name
// leads anywhere else.
func write(ctx context.Context, dir, commit, parent string) (tree string, files []checkplan.Input, err error) {
	repo, _, err := git.InspectAsUser(ctx, dir)
	if err != nil {
		return "", nil, fmt.Errorf("open the repository: %w", err)
	}
	entries, err := repo.ListTree(ctx, commit, maxNames)
	if err != nil {
		return "", nil, err
	}
	blobs, err := repo.Blobs(ctx)
	if err != nil {
		return "", nil, err
	}
	defer blobs.Close()
	root, err := os.OpenRoot(parent)
	if err != nil {
		return "", nil, fmt.Errorf("open the folder for the tree: %w", err)
	}
	defer func() { _ = root.Close() }() // closing a folder writes nothing
	folders := folders{root, map[string]bool{".": true}}
	if err := folders.make("tree"); err != nil {
		return "", nil, fmt.Errorf("write the tree: %w", err)
	}
	left := int64(maxTree)
	for _, e := range entries {
		if !e.IsFile() {
			continue
		}
		file, err := blobs.Read(e.ID, left)
		if err != nil {
			return "", nil, err
		}
		if !file.Whole() {
			return "", nil, errors.New("write the tree: its files have more than 2 GiB")
		}
		left -= file.Size
		files = append(files, checkplan.Input{Path: e.Name, Blob: e.ID})
		mode := os.FileMode(0o644)
		if e.Mode == git.ModeExecutable {
			mode = 0o755
		}
		name := "tree/" + e.Name
		if err := folders.make(path.Dir(name)); err != nil {
			return "", nil, fmt.Errorf("write the tree: %w", err)
		}
		if err := errors.Join(root.WriteFile(name, file.Data, mode), root.Chmod(name, mode)); err != nil {
			return "", nil, fmt.Errorf("write the tree: %w", err)
		}
	}
	return path.Join(parent, "tree"), files, nil
}

// folders makes folders that other users may read whatever the person's umask is: tools run as another user.
type folders struct {
	root *os.Root
	made map[string]bool
}

func (f folders) make(name string) error {
	if f.made[name] {
		return nil
	}
	if err := f.make(path.Dir(name)); err != nil {
		return err
	}
	f.made[name] = true
	return errors.Join(f.root.Mkdir(name, 0o755), f.root.Chmod(name, 0o755))
}
