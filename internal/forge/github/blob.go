package github

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // git names content by it
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"

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
	if err != nil || body != nil && isBlob(body, id) {
		return body, err
	}
	if body, err = rd.fetchBlob(ctx, id, limit); err != nil || body == nil || len(body) > keptBlob {
		return body, err
	}
	return body, rd.Kept.Keep(ctx, "blob", id, body)
}

// fetchBlob reads a blob from GitHub. It is nil when the blob is larger than limit.
func (rd *reading) fetchBlob(ctx context.Context, id string, limit int64) ([]byte, error) {
	client := rd.installation(rd.r.Connection)
	req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/git/blobs/%s", rd.r.Owner, rd.r.Name, id), nil)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", change.Short(id), err)
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	w := &limited{left: limit}
	resp, err := client.Do(ctx, req, w)
	if err != nil {
		if w.over {
			return nil, nil
		}
		return nil, rd.answer("read blob "+change.Short(id), err)
	}
	body, err := unwrapped(resp.Header.Get("Content-Type"), w.buf.Bytes())
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", change.Short(id), err)
	}
	if body == nil {
		body = []byte{}
	}
	if !isBlob(body, id) {
		return nil, fmt.Errorf("read blob %s: %w", change.Short(id), errNotBlob)
	}
	return body, nil
}

// errNotBlob is an answer with success whose content is not what was asked for: cut, empty, or of something on the way.
var errNotBlob = errors.New("GitHub answered with success, and with other content than that of the blob")

// isBlob reports whether content has a blob's id. An answer that was cut short would otherwise be a file that rules less than the true one.
// https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
func isBlob(content []byte, id string) bool {
	var h hash.Hash
	switch len(id) {
	case 2 * sha1.Size:
		h = sha1.New() //nolint:gosec // it is git's name for the content
	case 2 * sha256.Size:
		h = sha256.New()
	default:
		return false
	}
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil)) == id
}

// unwrapped takes a blob out of the JSON that a server answers which does not know the raw form. The limit then counts the JSON.
func unwrapped(contentType string, body []byte) ([]byte, error) {
	if !strings.HasPrefix(contentType, "application/json") {
		return body, nil
	}
	var wrapped struct {
		Content  []byte `json:"content"`
		Encoding string `json:"encoding"`
	}
	if err := json.Unmarshal(body, &wrapped); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	if wrapped.Encoding != "base64" {
		return nil, fmt.Errorf("decode JSON: the encoding is %q, not base64", wrapped.Encoding)
	}
	return wrapped.Content, nil
}

// blobStart reads as much of a blob as tells whether it is binary.
func (rd *reading) blobStart(ctx context.Context, id string) ([]byte, error) {
	body, err := rd.Kept.Kept(ctx, "blob", id)
	if err != nil || body != nil {
		return body[:min(len(body), sniffed)], err
	}
	client := rd.installation(rd.r.Connection)
	req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/git/blobs/%s", rd.r.Owner, rd.r.Name, id), nil)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", change.Short(id), err)
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	w := &limited{left: sniffed}
	if _, err := client.Do(ctx, req, w); err != nil && !w.over {
		return nil, rd.answer("read blob "+change.Short(id), err)
	}
	if !w.over && !isBlob(w.buf.Bytes(), id) {
		return nil, fmt.Errorf("read blob %s: %w", change.Short(id), errNotBlob)
	}
	return w.buf.Bytes(), nil
}

// sniffed is how far git looks for a zero byte, the sign of a binary file.
const sniffed = 8000

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
		w.buf.Write(p[:max(0, int64(len(p))+w.left)])
		return 0, errOver
	}
	return w.buf.Write(p)
}

// tree lists every path of a commit. complete is false when GitHub cut the list: then a path that is not in it may still be there.
func (rd *reading) tree(ctx context.Context, commit string) (paths []string, complete bool, err error) {
	t, _, err := rd.installation(rd.r.Connection).Git.GetTree(ctx, rd.r.Owner, rd.r.Name, commit, true)
	if err != nil {
		return nil, false, rd.answer("list the tree of "+change.Short(commit), err)
	}
	if t.GetSHA() == "" {
		return nil, false, emptyAnswer("list the tree of " + change.Short(commit))
	}
	for _, e := range t.Entries {
		if e.GetType() != "tree" {
			paths = append(paths, e.GetPath())
		}
	}
	return paths, !t.GetTruncated(), nil
}
