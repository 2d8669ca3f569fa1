package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/lintel-review/lintel/internal/change"
)

// errNoCommit means that the repository does not have a commit (any more).
var errNoCommit = errors.New("the commit is gone")

// statOrID reads a value that is a file's entry, or, for the field "oid" of the same object, a text.
type statOrID struct{ stat *stat }

func (v *statOrID) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	v.stat = new(stat)
	return json.Unmarshal(b, v.stat)
}

// keptBlob bounds what of a blob is kept across restarts: control files, not sources.
const keptBlob = 256 << 10

// blob reads a blob by its id, from what is kept or from GitHub. It is nil when the blob is larger than max.
func (rd *reading) blob(ctx context.Context, id string, limit int64) ([]byte, error) {
	body, err := rd.Kept.Kept(ctx, "blob", id)
	if err != nil || body != nil {
		return body, err
	}
	client := rd.installation(rd.r.Installation)
	req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/git/blobs/%s", rd.r.Owner, rd.r.Name, id), nil)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", change.Short(id), err)
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	w := &limited{left: limit}
	if _, err := client.Do(ctx, req, w); err != nil {
		if w.over {
			return nil, nil
		}
		return nil, rd.answer("read blob "+change.Short(id), err)
	}
	body = w.buf.Bytes()
	if body == nil {
		body = []byte{}
	}
	if len(body) <= keptBlob {
		if err := rd.Kept.Keep(ctx, "blob", id, body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// limited takes up to left bytes and fails on more.
type limited struct {
	buf  bytes.Buffer
	left int64
	over bool
}

var errOver = errors.New("larger than its limit")

func (w *limited) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		w.over = true
		return 0, errOver
	}
	return w.buf.Write(p)
}

// tree lists every path of a commit. complete is false when GitHub cut the list: then a path that is not in it may still be there.
func (rd *reading) tree(ctx context.Context, commit string) (paths []string, complete bool, err error) {
	t, _, err := rd.installation(rd.r.Installation).Git.GetTree(ctx, rd.r.Owner, rd.r.Name, commit, true)
	if err != nil {
		return nil, false, rd.answer("list the tree of "+change.Short(commit), err)
	}
	for _, e := range t.Entries {
		if e.GetType() != "tree" {
			paths = append(paths, e.GetPath())
		}
	}
	return paths, !t.GetTruncated(), nil
}
