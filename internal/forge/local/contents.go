package local

import (
	"bytes"
	"context"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/git"
)

// Contents reads changed files of a repository at the head, by the paths of a snapshot; only text, and no file larger
// than limit bytes. Other files are left out.
func Contents(ctx context.Context, dir string, files []diff.File, limit int64) (map[string]string, error) {
	r := &reader{options: Options{Dir: dir}}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.blobs.Close()
	out := map[string]string{}
	for _, f := range files {
		if f.Blob == "" || f.State != diff.Text || !(git.Entry{Mode: f.Mode}).IsFile() {
			continue
		}
		obj, err := r.blobs.Read(f.Blob, limit)
		if err != nil {
			return nil, explain(err)
		}
		if obj.Whole() && bytes.IndexByte(obj.Data[:min(len(obj.Data), sniff)], 0) < 0 {
			out[f.Path] = string(obj.Data)
		}
	}
	return out, nil
}
