package githost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/git"
)

// Comparison is base...head: the commits on each side since the merge base, and the diff from the merge base to head.
// It must not be changed.
type Comparison struct {
	Base, Head string
	MergeBase  string   // "" when the histories have nothing in common
	Ahead      []string // commits of head that base does not have, oldest first
	Behind     int      // number of commits of base that head does not have
	Files      []FileDiff
	Raw        []byte // the whole diff in git's format
}

// Compare compares two commits by their full ids. Without a merge base the diff is made from the empty tree.
func (r *Repo) Compare(ctx context.Context, base, head string) (*Comparison, error) {
	key := base + head
	if c, ok := r.pool.diffs.get(key); ok {
		return c, nil
	}
	c := &Comparison{Base: base, Head: head}
	var err error
	if ahead, ok := r.straight(base, head); ok {
		c.MergeBase, c.Ahead = base, ahead
	} else {
		if c.MergeBase, err = r.MergeBase(ctx, base, head); err != nil {
			return nil, err
		}
		if c.Ahead, c.Behind, err = r.sides(ctx, base, head); err != nil {
			return nil, err
		}
	}
	from := c.MergeBase
	if from == "" {
		if from, err = r.pool.write("tree", nil); err != nil {
			return nil, err
		}
	}
	d, err := r.direct(from, head)
	if err != nil {
		return nil, err
	}
	c.Files, c.Raw = d.Files, d.Raw
	r.pool.diffs.put(key, c, len(c.Raw)*2+len(c.Ahead)*64+len(c.Files)*350+512)
	return c, nil
}

// straight answers the everyday case without a process: head sits on base by single-parent commits alone.
func (r *Repo) straight(base, head string) ([]string, bool) {
	key := "straight " + base + " " + head
	ahead, ok := r.pool.lists.get(key)
	if ok {
		return slices.Clip(ahead), true
	}
	for at := head; len(ahead) <= 300; {
		if at == base {
			slices.Reverse(ahead)
			r.pool.lists.put(key, ahead, len(ahead)*64+len(key)+64)
			return slices.Clip(ahead), true
		}
		c, err := r.Commit(at)
		if err != nil || len(c.Parents) != 1 {
			return nil, false
		}
		ahead, at = append(ahead, at), c.Parents[0]
	}
	return nil, false
}

// MergeBase is the best common ancestor of two commits, "" if there is none.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (string, error) {
	out, err := r.once(ctx, "merge-base", "--end-of-options", a, b)
	var failed *git.Error
	if errors.As(err, &failed) && failed.Code == 1 && failed.Stderr == "" {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("merge base of %s and %s: %w", a, b, err)
	}
	return out[0], nil
}

// IsAncestor reports whether old is new or one of its ancestors.
func (r *Repo) IsAncestor(ctx context.Context, old, new string) (bool, error) {
	if _, ok := r.straight(old, new); ok {
		return true, nil
	}
	mb, err := r.MergeBase(ctx, old, new)
	return mb == old, err
}

func (r *Repo) sides(ctx context.Context, base, head string) (ahead []string, behind int, err error) {
	lines, err := r.once(ctx, "rev-list", "--left-right", "--topo-order", "--reverse", "--end-of-options", base+"..."+head)
	if err != nil {
		return nil, 0, fmt.Errorf("list commits of %s...%s: %w", base, head, err)
	}
	for _, l := range lines {
		if sha, ok := strings.CutPrefix(l, ">"); ok {
			ahead = append(ahead, sha)
		} else {
			behind++
		}
	}
	return ahead, behind, nil
}

// Log lists the commits reachable from a commit that touch path ("" is all), newest first, up to limit.
func (r *Repo) Log(ctx context.Context, from, path string, limit int) ([]string, error) {
	args := []string{"rev-list", "--max-count=" + strconv.Itoa(limit), "--end-of-options", from, "--"}
	if path != "" {
		args = append(args, path)
	}
	lines, err := r.once(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("list commits of %s: %w", from, err)
	}
	return lines, nil
}

// CountCommits is the number of commits reachable from a commit.
func (r *Repo) CountCommits(ctx context.Context, from string) (int, error) {
	lines, err := r.once(ctx, "rev-list", "--count", "--end-of-options", from)
	if err != nil || len(lines) == 0 {
		return 0, fmt.Errorf("count commits of %s: %w", from, err)
	}
	return strconv.Atoi(lines[0])
}

// once runs a git command whose arguments name objects by full id, so that its lines of output never change, and keeps them.
func (r *Repo) once(ctx context.Context, args ...string) ([]string, error) {
	key := strings.Join(args, "\x00")
	if lines, ok := r.pool.lists.get(key); ok {
		return lines, nil
	}
	out, err := r.git.Run(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(out) == 0 {
		lines = nil
	}
	r.pool.lists.put(key, lines, len(out)+len(key)+16*len(lines))
	return lines, nil
}

// Merge is what merging two commits gives: a tree, or the paths in conflict.
type Merge struct {
	Tree      string
	Conflicts bool
}

// MergeTree merges head into base in memory (git merge-tree) without moving a reference.
func (r *Repo) MergeTree(ctx context.Context, base, head string) (Merge, error) {
	key := base + head
	if m, ok := r.pool.merges.get(key); ok {
		return m, nil
	}
	var m Merge
	if _, ok := r.straight(base, head); ok {
		c, err := r.Commit(head)
		if err != nil {
			return Merge{}, err
		}
		m.Tree = c.Tree
	} else {
		out, err := r.git.Run(ctx, nil, "merge-tree", "--write-tree", "--no-messages", base, head)
		var failed *git.Error
		if m.Conflicts = errors.As(err, &failed) && failed.Code == 1; err != nil && !m.Conflicts {
			return Merge{}, fmt.Errorf("merge %s into %s: %w", head, base, err)
		}
		m.Tree, _, _ = strings.Cut(string(out), "\n")
	}
	r.pool.merges.put(key, m, 256)
	return m, nil
}

// Mergeable answers without a process when it can: known is false when git would have to be asked.
func (r *Repo) Mergeable(base, head string) (mergeable, known bool) {
	if m, ok := r.pool.merges.get(base + head); ok {
		return !m.Conflicts, true
	}
	if _, ok := r.straight(base, head); ok {
		return true, true
	}
	return false, false
}

// Ahead lists the commits of head that base does not have, oldest first.
func (r *Repo) Ahead(ctx context.Context, base, head string) ([]string, error) {
	if list, ok := r.straight(base, head); ok {
		return list, nil
	}
	ahead, _, err := r.sides(ctx, base, head)
	return ahead, err
}

// PatchID is git's stable id of what base..head changes: equal when only messages, times or line numbers differ. It is
// "" for an empty diff.
func (r *Repo) PatchID(ctx context.Context, base, head string) (string, error) {
	if base == "" {
		return "", nil
	}
	d, err := r.direct(base, head)
	if err != nil {
		return "", err
	}
	out, err := r.git.Run(ctx, bytes.NewReader(d.Raw), "patch-id", "--stable")
	if err != nil {
		return "", fmt.Errorf("patch id of %s..%s: %w", base, head, err)
	}
	id, _, _ := strings.Cut(string(out), " ")
	return id, nil
}
