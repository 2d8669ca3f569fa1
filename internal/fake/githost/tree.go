package githost

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
)

// Modes of tree entries, as git writes them.
const (
	ModeFile    = "100644"
	ModeExec    = "100755"
	ModeLink    = "120000"
	ModeTree    = "040000"
	ModeGitlink = "160000"
)

// Entry is one line of a tree. Mode has six digits.
type Entry struct {
	Mode, Type, SHA, Name string
}

// File is what a commit puts at a path. Mode "" means ModeFile. For ModeGitlink, Content is the commit's id.
type File struct {
	Mode    string
	Content []byte
}

// Tree lists a tree, given the id of a tree or of a commit.
func (r *Repo) Tree(sha string) ([]Entry, error) {
	if entries, ok := r.pool.trees.get(sha); ok {
		return entries, nil
	}
	obj, err := r.pool.read(sha)
	if err != nil {
		return nil, err
	}
	if obj.Type == "commit" {
		c, err := r.Commit(sha)
		if err != nil {
			return nil, err
		}
		return r.Tree(c.Tree)
	}
	if obj.Type != "tree" {
		return nil, fmt.Errorf("tree %s: %w", sha, ErrNotFound)
	}
	entries, err := parseTree(obj.Data)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", sha, err)
	}
	r.pool.trees.put(sha, entries, len(obj.Data)*3+64)
	return entries, nil
}

func parseTree(data []byte) ([]Entry, error) {
	var out []Entry
	for len(data) > 0 {
		mode, rest, ok := bytes.Cut(data, []byte(" "))
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok || !ok2 || len(rest) < 20 || len(mode) > 6 {
			return nil, errors.New("malformed tree")
		}
		e := Entry{Mode: strings.Repeat("0", 6-len(mode)) + string(mode), Name: string(name), SHA: hex.EncodeToString(rest[:20])}
		switch e.Mode {
		case ModeTree:
			e.Type = "tree"
		case ModeGitlink:
			e.Type = "commit"
		default:
			e.Type = "blob"
		}
		out, data = append(out, e), rest[20:]
	}
	return out, nil
}

// Lookup finds a path in the tree of a commit or tree. The empty path is the tree itself.
func (r *Repo) Lookup(treeish, name string) (Entry, error) {
	name = strings.Trim(name, "/")
	obj, err := r.pool.read(treeish)
	if err != nil {
		return Entry{}, err
	}
	at := Entry{Mode: ModeTree, Type: "tree", SHA: treeish}
	if obj.Type == "commit" {
		c, err := r.Commit(treeish)
		if err != nil {
			return Entry{}, err
		}
		at.SHA = c.Tree
	}
	if name == "" {
		return at, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if at.Type != "tree" {
			return Entry{}, fmt.Errorf("path %s: %w", name, ErrNotFound)
		}
		entries, err := r.Tree(at.SHA)
		if err != nil {
			return Entry{}, err
		}
		found := false
		for _, e := range entries {
			if e.Name == part {
				at, found = e, true
				break
			}
		}
		if !found {
			return Entry{}, fmt.Errorf("path %s: %w", name, ErrNotFound)
		}
	}
	return at, nil
}

// Walk lists all entries below a tree, folders included, depth first; names are full paths. It stops after limit entries
// and says so.
func (r *Repo) Walk(treeish string, limit int) (entries []Entry, truncated bool, err error) {
	var visit func(sha, prefix string) error
	visit = func(sha, prefix string) error {
		list, err := r.Tree(sha)
		if err != nil {
			return err
		}
		for _, e := range list {
			if len(entries) >= limit {
				truncated = true
				return nil
			}
			e.Name = prefix + e.Name
			entries = append(entries, e)
			if e.Type == "tree" {
				if err := visit(e.SHA, e.Name+"/"); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err = visit(treeish, "")
	return entries, truncated, err
}

// WriteTree stores the tree that results from a tree ("" is the empty one) by putting files at paths; nil removes a path.
func (r *Repo) WriteTree(base string, files map[string]*File) (string, error) {
	entries := make(map[string]*Entry, len(files))
	for name, f := range files {
		if !validPath(name) {
			return "", fmt.Errorf("write tree: %q is not a path git takes", name)
		}
		if f == nil {
			entries[name] = nil
			continue
		}
		e := &Entry{Mode: f.Mode, Type: "blob"}
		if e.Mode == "" {
			e.Mode = ModeFile
		}
		var err error
		if e.Mode == ModeGitlink {
			e.SHA, e.Type = string(f.Content), "commit"
		} else if e.SHA, err = r.WriteBlob(f.Content); err != nil {
			return "", err
		}
		entries[name] = e
	}
	return r.WriteEntries(base, entries)
}

// WriteEntries is WriteTree for objects that are stored already.
func (r *Repo) WriteEntries(base string, changes map[string]*Entry) (string, error) {
	sha, err := r.graft(base, changes)
	if err == nil && sha == "" {
		sha, err = r.pool.write("tree", nil)
	}
	return sha, err
}

// graft returns "" for a tree that became empty.
func (r *Repo) graft(base string, changes map[string]*Entry) (string, error) {
	now := map[string]Entry{}
	if base != "" {
		list, err := r.Tree(base)
		if err != nil {
			return "", err
		}
		for _, e := range list {
			now[e.Name] = e
		}
	}
	below := map[string]map[string]*Entry{}
	for name, e := range changes {
		first, rest, deep := strings.Cut(name, "/")
		switch {
		case deep:
			if below[first] == nil {
				below[first] = map[string]*Entry{}
			}
			below[first][rest] = e
		case e == nil:
			delete(now, first)
		default:
			now[first] = Entry{Mode: e.Mode, Type: e.Type, SHA: e.SHA, Name: first}
		}
	}
	for name, sub := range below {
		old := ""
		if e, ok := now[name]; ok && e.Type == "tree" {
			old = e.SHA
		}
		sha, err := r.graft(old, sub)
		if err != nil {
			return "", err
		}
		if sha == "" {
			delete(now, name)
		} else {
			now[name] = Entry{Mode: ModeTree, Type: "tree", SHA: sha, Name: name}
		}
	}
	if len(now) == 0 {
		return "", nil
	}
	return r.writeTree(now)
}

func (r *Repo) writeTree(now map[string]Entry) (string, error) {
	list := make([]Entry, 0, len(now))
	for _, e := range now {
		list = append(list, e)
	}
	key := func(e Entry) string { // git sorts a folder as if its name ended in a slash
		if e.Type == "tree" {
			return e.Name + "/"
		}
		return e.Name
	}
	sort.Slice(list, func(i, j int) bool { return key(list[i]) < key(list[j]) })
	var b bytes.Buffer
	for _, e := range list {
		id, err := hex.DecodeString(e.SHA)
		if err != nil || len(id) != 20 {
			return "", fmt.Errorf("write tree: %q is not an object id", e.SHA)
		}
		b.WriteString(strings.TrimLeft(e.Mode, "0") + " " + e.Name + "\x00")
		b.Write(id)
	}
	return r.pool.write("tree", b.Bytes())
}

func validPath(name string) bool {
	if name == "" || name != path.Clean(name) || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "..") ||
		strings.Contains(name, "\x00") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "." || part == ".." || strings.EqualFold(part, ".git") {
			return false
		}
	}
	return true
}
