package git

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const (
	// maxTree is the largest tree object that is read, about 400,000 entries in one folder.
	maxTree = 16 << 20
	// keptEntries bounds the parsed trees that a reader keeps.
	keptEntries = 200_000
)

// Entry is one line of a tree. Mode is git's octal mode with six digits; Name is one segment, or the whole path from ListTree.
type Entry struct {
	Mode, ID, Name string
}

// Modes of entries.
const (
	ModeFile       = "100644"
	ModeExecutable = "100755"
	ModeSymlink    = "120000"
	ModeSubmodule  = "160000"
	ModeTree       = "040000"
)

// IsFile reports whether the entry is a plain or executable file.
func (e Entry) IsFile() bool { return e.Mode == ModeFile || e.Mode == ModeExecutable }

// errTree is a tree object that is not one.
var errTree = errors.New("malformed tree object")

// parseTree reads the content of a tree object whose ids have width bytes.
func parseTree(data []byte, width int) ([]Entry, error) {
	var entries []Entry
	for len(data) > 0 {
		space, nul := bytes.IndexByte(data, ' '), bytes.IndexByte(data, 0)
		if space <= 0 || space > 6 || nul <= space+1 || len(data) < nul+1+width {
			return nil, errTree
		}
		mode := strings.Repeat("0", 6-space) + string(data[:space])
		entries = append(entries, Entry{Mode: mode, Name: string(data[space+1 : nul]), ID: hex.EncodeToString(data[nul+1 : nul+1+width])})
		data = data[nul+1+width:]
	}
	return entries, nil
}

// Tree reads one tree object; id may be a commit's. What was read is kept, up to a limit, and must not be changed.
func (b *Blobs) Tree(id string) ([]Entry, error) {
	b.mu.Lock()
	entries, ok := b.trees[id]
	b.mu.Unlock()
	if ok {
		return entries, nil
	}
	obj, err := b.Read(id, maxTree)
	if err != nil {
		return nil, err
	}
	if obj.Type == "commit" {
		first, _, _ := strings.Cut(string(obj.Data[:min(len(obj.Data), 128)]), "\n")
		if obj, err = b.Read(strings.TrimPrefix(first, "tree "), maxTree); err != nil {
			return nil, err
		}
	}
	if obj.Type != "tree" || !obj.Whole() {
		return nil, fmt.Errorf("read tree %s: it is a %s of %d bytes: %w", id, obj.Type, obj.Size, errTree)
	}
	if entries, err = parseTree(obj.Data, len(id)/2); err != nil {
		return nil, fmt.Errorf("read tree %s: %w", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept+len(entries) <= keptEntries {
		b.trees[id] = entries
		b.kept += len(entries)
	}
	return entries, nil
}

// Find looks a path up below a tree or commit, folder by folder. ok is false when it is known not to be there.
func (b *Blobs) Find(tree, path string) (entry Entry, ok bool, err error) {
	entry = Entry{Mode: ModeTree, ID: tree}
	for name := range strings.SplitSeq(path, "/") {
		if entry.Mode != ModeTree {
			return Entry{}, false, nil
		}
		entries, err := b.Tree(entry.ID)
		if err != nil {
			return Entry{}, false, err
		}
		ok = false
		for _, e := range entries {
			if e.Name == name {
				entry, ok = e, true
				break
			}
		}
		if !ok {
			return Entry{}, false, nil
		}
	}
	return entry, true, nil
}

// ListTree lists every file, link and submodule below a tree or commit, in git's order. More than limit bytes of names is ErrTooMuch.
func (r *Repo) ListTree(ctx context.Context, tree string, limit int) ([]Entry, error) {
	out, err := r.output(ctx, limit, nil, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree)
	if err != nil {
		return nil, fmt.Errorf("list tree %s: %w", tree, because(err))
	}
	var entries []Entry
	for record := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if record == "" {
			continue
		}
		head, name, _ := strings.Cut(record, "\t")
		fields := strings.Fields(head)
		if len(fields) != 3 || name == "" {
			return nil, fmt.Errorf("list tree %s: unexpected line %q", tree, record)
		}
		entries = append(entries, Entry{Mode: fields[0], ID: fields[2], Name: name})
	}
	return entries, nil
}
