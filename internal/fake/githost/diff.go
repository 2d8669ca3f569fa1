package githost

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// FileDiff is one changed file. Status is added, removed, modified, renamed or changed (another type). Patch holds bare
// hunks without the final newline, "" when git shows none (binary, pure rename, mode only, empty).
type FileDiff struct {
	Path, OldPath    string // OldPath is set for renames alone
	Status           string
	OldMode, NewMode string
	OldBlob, NewBlob string
	Added, Removed   int
	Binary           bool
	Patch            string
}

// Diff compares two commits or trees directly, without a merge base.
func (r *Repo) Diff(from, to string) ([]FileDiff, error) {
	c, err := r.direct(from, to)
	if err != nil {
		return nil, err
	}
	return c.Files, nil
}

// direct keeps Diff's answer as a Comparison that has no commits.
func (r *Repo) direct(from, to string) (*Comparison, error) {
	key := "direct" + from + to
	if c, ok := r.pool.diffs.get(key); ok {
		return c, nil
	}
	files, raw, err := r.diff(from, to)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Files: files, Raw: raw}
	r.pool.diffs.put(key, c, len(raw)*2+350*len(files)+256)
	return c, nil
}

// diffArguments make diff-tree answer pairs of trees on its input with raw lines, numbers and patches.
var diffArguments = []string{"diff-tree", "--stdin", "-r", "-M", "-l0", "--no-ext-diff", "--no-textconv", "--raw", "-z", "--numstat",
	"-p", "--full-index"}

// endMark is a line diff-tree cannot read and therefore gives back, which shows that its answer has ended. It is random,
// so that no file holds it.
func endMark() string {
	b := make([]byte, 16)
	rand.Read(b)
	return "end-" + hex.EncodeToString(b) + "\n"
}

// treeOf is the tree of a commit, or the tree itself.
func (r *Repo) treeOf(sha string) (string, error) {
	obj, err := r.pool.read(sha)
	if err != nil || obj.Type != "commit" {
		return sha, err
	}
	c, err := r.Commit(sha)
	if err != nil {
		return "", err
	}
	return c.Tree, nil
}

func (r *Repo) diff(from, to string) ([]FileDiff, []byte, error) {
	a, err := r.treeOf(from)
	if err != nil {
		return nil, nil, fmt.Errorf("diff %s to %s: %w", from, to, err)
	}
	b, err := r.treeOf(to)
	if err != nil {
		return nil, nil, fmt.Errorf("diff %s to %s: %w", from, to, err)
	}
	var answer bytes.Buffer
	mark := []byte(r.pool.mark)
	err = r.pool.differ.ask(a+" "+b+"\n"+r.pool.mark, func(out *bufio.Reader) error {
		chunk := make([]byte, 32<<10)
		for !bytes.HasSuffix(answer.Bytes(), mark) {
			n, err := out.Read(chunk)
			if err != nil {
				return err
			}
			answer.Write(chunk[:n])
			if answer.Len() > maxDiff {
				return fmt.Errorf("the diff has more than %d bytes", maxDiff)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("diff %s to %s: %w", from, to, err)
	}
	_, parts, ok := bytes.Cut(bytes.TrimSuffix(answer.Bytes(), mark), []byte("\n"))
	if !ok {
		return nil, nil, fmt.Errorf("diff %s to %s: %w", from, to, errDiff)
	}
	files, raw, err := parseDiff(parts)
	if err != nil {
		return nil, nil, fmt.Errorf("diff %s to %s: %w", from, to, err)
	}
	return files, raw, nil
}

// maxDiff bounds one diff.
const maxDiff = 512 << 20

var errDiff = errors.New("unexpected output of git diff-tree")

// parseDiff reads the three parts diff-tree writes one after the other: raw lines, numbers, patches.
func parseDiff(out []byte) ([]FileDiff, []byte, error) {
	next := func() string {
		field, rest, _ := bytes.Cut(out, []byte{0})
		out = rest
		return string(field)
	}
	var files []FileDiff
	for bytes.HasPrefix(out, []byte(":")) {
		fields := strings.Fields(strings.TrimPrefix(next(), ":"))
		if len(fields) != 5 {
			return nil, nil, errDiff
		}
		f := FileDiff{OldMode: fields[0], NewMode: fields[1], OldBlob: fields[2], NewBlob: fields[3], Path: next()}
		switch fields[4][0] {
		case 'A':
			f.Status = "added"
		case 'D':
			f.Status = "removed"
		case 'M':
			f.Status = "modified"
		case 'T':
			f.Status = "changed"
		case 'R':
			f.Status, f.OldPath = "renamed", f.Path
			f.Path = next()
		default:
			return nil, nil, fmt.Errorf("%w: status %s", errDiff, fields[4])
		}
		files = append(files, f)
	}
	for i := range files {
		counts := strings.SplitN(next(), "\t", 3)
		if len(counts) != 3 {
			return nil, nil, errDiff
		}
		if files[i].OldPath != "" {
			next() // a rename's two names follow its numbers
			next()
		}
		if files[i].Binary = counts[0] == "-"; !files[i].Binary {
			files[i].Added, _ = strconv.Atoi(counts[0])
			files[i].Removed, _ = strconv.Atoi(counts[1])
		}
	}
	raw := bytes.TrimPrefix(out, []byte{0})
	patches := splitPatches(raw)
	for i := range files {
		want := 1
		if files[i].Status == "changed" {
			want = 2 // git shows a change of type as a removal and an addition
		}
		if len(patches) < want {
			return nil, nil, errDiff
		}
		files[i].Patch = strings.Join(hunks(patches[:want]), "\n")
		patches = patches[want:]
	}
	if len(patches) != 0 {
		return nil, nil, errDiff
	}
	return files, raw, nil
}

// splitPatches cuts a diff at its "diff --git" lines. No line of a hunk starts so: each has a sign before its text.
func splitPatches(raw []byte) []string {
	const mark = "diff --git "
	var out []string
	s := string(raw)
	for strings.HasPrefix(s, mark) {
		end := strings.Index(s, "\n"+mark)
		if end < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:end+1]), s[end+1:]
	}
	return out
}

func hunks(patches []string) []string {
	var out []string
	for _, p := range patches {
		if i := strings.Index(p, "\n@@ "); i >= 0 {
			out = append(out, strings.TrimSuffix(p[i+1:], "\n"))
		}
	}
	return out
}

// Lines counts the lines of the whole diff.
func (c *Comparison) Lines() int { return bytes.Count(c.Raw, []byte("\n")) }
