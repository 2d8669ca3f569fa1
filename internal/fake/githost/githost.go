// Package githost keeps real bare git repositories for the fake forges and answers questions about their commits.
// Objects are written in git's own format; history, merge bases, diffs and merges are asked of the git program.
// Its size: objects, trees, history, diffs and smart HTTP share one object store and its caches.
//
// Whatever is named by a full object id is immutable, so it is computed once and kept in a bounded cache. References are
// held in memory beside the files git reads and are read again after every push, so a look-up costs no process.
// Every method is safe for concurrent use.
package githost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/git"
)

// ErrNotFound is the answer to a name, an object or a path that does not exist.
var ErrNotFound = errors.New("not found")

// Repo is one bare repository.
type Repo struct {
	dir  string
	git  *git.Repo
	pool *objects

	push sync.Mutex // one push or API write of references at a time
	mu   sync.RWMutex
	refs map[string]string // full reference name to object id
	head string            // the full name HEAD points to
}

// repositoryConfig turns off everything a push could start on this machine, keeps pushed objects loose so that they are
// read without a pack index, and hides the references that belong to the forge.
const repositoryConfig = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	hooksPath = /dev/null
	logAllRefUpdates = false
	fsync = none
[receive]
	unpackLimit = 20000
	autogc = false
	fsckObjects = true
	hideRefs = refs/pull
	hideRefs = refs/merge-requests
	hideRefs = refs/heads/gh-readonly-queue
	denyDeleteCurrent = refuse
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[http]
	receivepack = true
[gc]
	auto = 0
[maintenance]
	auto = false
`

// Create makes an empty bare repository in dir, which must not exist, with HEAD at the branch named.
func Create(dir, branch string) (*Repo, error) {
	return create(dir, branch, nil)
}

// Fork makes a bare repository in dir that shares r's object store, as all repositories of one network do on GitHub,
// and starts with r's branches and tags.
func (r *Repo) Fork(dir string) (*Repo, error) {
	fork, err := create(dir, strings.TrimPrefix(r.HEAD(), "refs/heads/"), r)
	if err != nil {
		return nil, err
	}
	for name, sha := range r.Refs("refs/heads/") {
		if err := fork.SetRef(name, sha); err != nil {
			return nil, err
		}
	}
	for name, sha := range r.Refs("refs/tags/") {
		if err := fork.SetRef(name, sha); err != nil {
			return nil, err
		}
	}
	return fork, nil
}

func create(dir, branch string, parent *Repo) (*Repo, error) {
	if !ValidRef("refs/heads/" + branch) {
		return nil, fmt.Errorf("create repository: %q is not a branch name", branch)
	}
	for _, sub := range []string{"refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, fmt.Errorf("create repository: %w", err)
		}
	}
	r := &Repo{dir: dir, git: git.Open(dir), refs: map[string]string{}, head: "refs/heads/" + branch}
	store := filepath.Join(dir, "objects")
	if parent != nil {
		r.pool = parent.pool
		if err := os.Symlink(parent.pool.dir, store); err != nil {
			return nil, fmt.Errorf("share objects: %w", err)
		}
	} else {
		for _, sub := range []string{"info", "pack"} {
			if err := os.MkdirAll(filepath.Join(store, sub), 0o755); err != nil {
				return nil, fmt.Errorf("create repository: %w", err)
			}
		}
		abs, err := filepath.Abs(store)
		if err != nil {
			return nil, fmt.Errorf("create repository: %w", err)
		}
		r.pool = newObjects(abs, r.git)
	}
	for name, text := range map[string]string{"config": repositoryConfig, "HEAD": "ref: " + r.head + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("create repository: %w", err)
		}
	}
	return r, nil
}

// Dir is the folder of the bare repository, for a git client on the same machine.
func (r *Repo) Dir() string { return r.dir }

// Close ends the processes kept for reading. The repository stays on disk.
func (r *Repo) Close() { r.pool.close() }

// HEAD is the full name of the branch HEAD points to.
func (r *Repo) HEAD() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.head
}

// SetHEAD points HEAD to another branch, which need not exist yet.
func (r *Repo) SetHEAD(branch string) error {
	name := "refs/heads/" + branch
	if !ValidRef(name) {
		return fmt.Errorf("set HEAD: %q is not a branch name", branch)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := writeFile(filepath.Join(r.dir, "HEAD"), "ref: "+name+"\n"); err != nil {
		return fmt.Errorf("set HEAD: %w", err)
	}
	r.head = name
	return nil
}

// Ref is the object id a full reference name points to.
func (r *Repo) Ref(name string) (string, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	sha, ok := r.refs[name]
	return sha, ok
}

// Refs is a copy of all references whose full name starts with prefix.
func (r *Repo) Refs(prefix string) map[string]string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := map[string]string{}
	for name, sha := range r.refs {
		if strings.HasPrefix(name, prefix) {
			out[name] = sha
		}
	}
	return out
}

// RefNames is Refs' names in order.
func (r *Repo) RefNames(prefix string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []string
	for name := range r.refs {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// SetRef points a reference at an object, creating it if needed.
func (r *Repo) SetRef(name, sha string) error {
	if !ValidRef(name) || !IsID(sha) {
		return fmt.Errorf("set reference: %q to %q is not valid", name, sha)
	}
	r.push.Lock()
	defer r.push.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for other := range r.refs {
		if strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/") {
			return fmt.Errorf("set reference: %q and %q cannot both exist", name, other)
		}
	}
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("set reference: %w", err)
	}
	if err := writeFile(path, sha+"\n"); err != nil {
		return fmt.Errorf("set reference: %w", err)
	}
	r.refs[name] = sha
	return nil
}

// DeleteRef removes a reference; one that does not exist is ErrNotFound.
func (r *Repo) DeleteRef(ctx context.Context, name string) error {
	r.push.Lock()
	defer r.push.Unlock()
	if _, ok := r.Ref(name); !ok {
		return fmt.Errorf("delete reference %s: %w", name, ErrNotFound)
	}
	if _, err := r.git.Run(ctx, nil, "update-ref", "-d", "--end-of-options", name); err != nil {
		return fmt.Errorf("delete reference %s: %w", name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.refs, name)
	return nil
}

// refresh reads all references again, after a push has changed the files.
func (r *Repo) refresh(ctx context.Context) error {
	out, err := r.git.Run(ctx, nil, "for-each-ref", "--format=%(objectname) %(refname)")
	if err != nil {
		return fmt.Errorf("list references: %w", err)
	}
	refs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if sha, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			refs[name] = sha
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refs = refs
	return nil
}

// ValidRef reports whether name is a full reference name git accepts (git-check-ref-format).
func ValidRef(name string) bool {
	if !strings.HasPrefix(name, "refs/") || strings.Contains(name, "..") || strings.Contains(name, "@{") ||
		strings.HasSuffix(name, ".") || strings.ContainsAny(name, " ~^:?*[\\\x7f") || len(name) > 250 {
		return false
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	for i := range len(name) {
		if name[i] < 0x20 {
			return false
		}
	}
	return true
}

// IsID reports whether s is a full object id in lower case.
func IsID(s string) bool {
	if len(s) != 40 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// writeFile replaces path in one step, so that a git process reading it never sees half of it.
func writeFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
