package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/usage"
)

// sniff is how far git looks for a NUL byte to tell binary from text.
const sniff = 8000

// files reads the diff from the merge base to the head.
func (r *reader) files(ctx context.Context) error {
	var files []diff.File
	err := r.repo.Diff(ctx, r.info, r.s.MergeBase, r.s.Head.SHA, func(out io.Reader) error {
		var err error
		files, err = diff.Parse(out, diff.Limits{})
		return err
	})
	if errors.Is(err, diff.ErrTooLarge) {
		return &usage.Error{
			What:   "the change is too large to be judged: " + err.Error(),
			Remedy: "split it, or name a nearer commit with --base",
			Err:    err,
		}
	}
	if err != nil {
		return err
	}
	var ids []string
	for _, f := range files {
		if f.Blob != "" && f.Mode != git.ModeSubmodule {
			ids = append(ids, f.Blob)
		}
		if f.State == diff.Binary && f.OldBlob != "" {
			ids = append(ids, f.OldBlob)
		}
	}
	sizes, err := r.blobs.Sizes(ids)
	if err != nil {
		return err
	}
	seen := map[string]string{}
	for _, f := range files {
		r.touched = append(r.touched, f.Path)
		if f.OldPath != "" {
			r.touched = append(r.touched, f.OldPath)
		}
		shown := pathText(f.Path)
		if other, ok := seen[shown]; ok {
			return &usage.Error{
				What:   fmt.Sprintf("the paths %q and %q cannot be told apart in a report: both read %s", other, f.Path, shown),
				Remedy: "rename one of them to a UTF-8 name",
			}
		}
		seen[shown] = f.Path
		f.Size = -1
		if size, ok := sizes[f.Blob]; ok {
			f.Size = size
		} else if f.Status == diff.Removed || f.Mode == git.ModeSubmodule {
			f.Size = 0
		}
		f.OldSize = sizes[f.OldBlob]
		var reason string
		if f.State == diff.Binary {
			if f, reason, err = r.binary(f, sizes); err != nil {
				return err
			}
		}
		r.raw[shown], r.raw[pathText(f.OldPath)] = f.Path, f.OldPath
		f.Path, f.OldPath = shown, pathText(f.OldPath)
		if !f.Complete() {
			if reason == "" {
				reason = "the patch is larger than the limit, so its lines were not read"
			}
			r.gap("diff.lines", f.Path, "%s", reason)
		}
		r.s.Files = append(r.s.Files, f)
	}
	r.s.FilesTotal = len(r.s.Files)
	return nil
}

// binary makes sure that what git calls binary is. git also says so of files beyond git.MaxDiffBlob and of what info/attributes in the
// repository's own folder names; there the content decides.
func (r *reader) binary(f diff.File, sizes map[string]int64) (diff.File, string, error) {
	sides := make([][]byte, 2)
	large := false
	for i, id := range []string{f.OldBlob, f.Blob} {
		if id == "" {
			continue
		}
		limit := int64(git.MaxDiffBlob)
		if sizes[id] > limit {
			limit, large = sniff, true
		}
		obj, err := r.blobs.Read(id, limit)
		if err != nil {
			return f, "", err
		}
		if bytes.IndexByte(obj.Data[:min(len(obj.Data), sniff)], 0) >= 0 {
			return f, "", nil
		}
		sides[i] = obj.Data
	}
	if large {
		f.State = diff.TooLarge
		return f, fmt.Sprintf("the file is larger than %d MB, so its lines were not compared", git.MaxDiffBlob>>20), nil
	}
	f, reason := diff.FromBlobs(f, sides[0], sides[1])
	return f, reason, nil
}

// pathText writes the bytes of a path that are not UTF-8 as \xNN: JSON and terminals have no other way to hold them.
func pathText(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	var b strings.Builder
	for len(path) > 0 {
		c, n := utf8.DecodeRuneInString(path)
		if c == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, path[0])
		} else {
			b.WriteString(path[:n])
		}
		path = path[n:]
	}
	return b.String()
}
