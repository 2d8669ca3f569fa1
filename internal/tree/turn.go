package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/lintel-review/lintel/internal/git"
)

// mostTurned is which part of a tree's files may differ from those of a folder that is turned into it, as 1/mostTurned:
// with more, the folder is worth more as it is.
const mostTurned = 4

// turned makes a tree of the newest kept one that nobody uses, by writing what differs: the next head of a repository has
// almost the same files, and even links to 100,000 of them take seconds. The folder is empty where there is none to turn.
func (s *Store) turned(ctx context.Context, r *repo, id string, files []git.Entry) (made built, err error) {
	s.mu.Lock()
	var old *kept
	for _, k := range r.kept {
		if k.users == 0 && (old == nil || k.used.After(old.used)) {
			old = k
		}
	}
	if old != nil {
		old.users++ // so that nobody evicts it
	}
	s.mu.Unlock()
	if old == nil {
		return built{}, nil
	}
	release := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		old.users--
	}
	// A folder of which nobody can say any more what it holds is as good as none.
	gone, came, was, err := s.differ(ctx, r, old, files)
	if err != nil || (len(gone)+len(came))*mostTurned > len(files) {
		release()
		return built{}, ctx.Err()
	}
	blobs, err := git.Open(filepath.Join(r.dir, mirrorName)).Blobs(ctx)
	if err != nil {
		release()
		return built{}, err
	}
	defer blobs.Close()
	room, content, err := s.growth(blobs, old, was, gone, came)
	if err == nil {
		err = s.makeRoom(r, room)
	}
	if err != nil {
		release()
		return built{}, err
	}
	// From here on it is no kept tree: a crash leaves it among what is half made.
	dir := filepath.Join(r.dir, workName, "turned-"+id)
	err = errors.Join(os.MkdirAll(filepath.Dir(dir), 0o711), os.Rename(old.dir, dir))
	s.mu.Lock()
	delete(r.kept, old.id)
	s.mu.Unlock()
	if err != nil {
		s.count(r, -room)
		return built{}, errors.Join(fmt.Errorf("turn a tree into another: %w", err), s.remove(r, old.dir))
	}
	freed, err := s.drop(dir, gone)
	var taken int64
	if err == nil {
		taken, err = write(ctx, dir, came, nil, blobs)
	}
	s.count(r, taken-freed-room)
	if err != nil {
		return built{}, errors.Join(err, s.remove(r, dir))
	}
	return built{dir, content}, nil
}

// differ says which files a kept tree has that another has not, or has in another way, and which come new. Was are all
// that it has.
func (s *Store) differ(ctx context.Context, r *repo, old *kept, files []git.Entry) (gone, came, was []git.Entry, err error) {
	if was, err = s.list(ctx, r, old.id); err != nil {
		return nil, nil, nil, err
	}
	have := make(map[string]git.Entry, len(was))
	for _, e := range was {
		have[e.Name] = e
	}
	for _, e := range files {
		if have[e.Name] == e {
			delete(have, e.Name)
			continue
		}
		came = append(came, e)
	}
	for _, e := range was {
		if _, left := have[e.Name]; left {
			gone = append(gone, e)
		}
	}
	return gone, came, was, nil
}

// growth is what a kept tree needs at most to become another, and how many bytes that one's files have.
func (s *Store) growth(blobs *git.Blobs, old *kept, was, gone, came []git.Entry) (room, content int64, err error) {
	asked := append(append([]git.Entry(nil), gone...), came...)
	if old.content == 0 {
		asked = append(asked, was...)
	}
	ids := make([]string, 0, len(asked))
	for _, e := range asked {
		ids = append(ids, e.ID)
	}
	sizes, err := blobs.Sizes(ids)
	if err != nil {
		return 0, 0, err
	}
	if content = old.content; content == 0 {
		for _, e := range was {
			content += sizes[e.ID]
		}
	}
	for _, e := range gone {
		content -= sizes[e.ID]
	}
	for _, e := range came {
		content += sizes[e.ID]
		room += onDisk(sizes[e.ID]) + block
	}
	return room, content, s.holdsContent(content)
}

// drop removes files, and folders that become empty, and counts what that frees.
func (s *Store) drop(dir string, gone []git.Entry) (freed int64, err error) {
	s.removing.Lock()
	defer s.removing.Unlock()
	for _, e := range gone {
		at := filepath.Join(dir, e.Name)
		info, err := os.Lstat(at)
		if err == nil {
			err = os.Remove(at)
		}
		if err != nil {
			return freed, fmt.Errorf("turn a tree into another: %w", err)
		}
		if names(info) == 1 {
			freed += onDisk(info.Size())
		}
		for up := path.Dir(e.Name); up != "." && os.Remove(filepath.Join(dir, up)) == nil; up = path.Dir(up) {
			freed += block
		}
	}
	return freed, nil
}
