package github

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// unknownSize is what a file counts in a query whose size nobody knows, in bytes.
const unknownSize = 16 << 10

// Contents reads the files at the head, by path, as far as they are text and no larger than limit: many in one query,
// and by itself what did not come whole. Nothing of it is kept: these are sources, not controls.
func (f *Forge) Contents(ctx context.Context, ref change.Ref, files []diff.File, limit int64) (map[string]string, error) {
	var mu sync.Mutex
	out := map[string]string{}
	files = slices.DeleteFunc(slices.Clone(files), func(f diff.File) bool {
		return f.Blob == "" || f.State != diff.Text || f.Size > limit
	})
	together := f.together(ctx, ref, files)
	for _, file := range files {
		body, ok := together[file.Blob]
		if ok && int64(len(body)) <= limit && bytes.IndexByte(body[:min(len(body), sniffed)], 0) < 0 {
			out[file.Path] = string(body)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, file := range files {
		if _, ok := together[file.Blob]; ok {
			continue
		}
		group.Go(func() error {
			client := f.installation(ref.Connection)
			req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/git/blobs/%s", ref.Owner, ref.Name, file.Blob), nil)
			if err != nil {
				return fmt.Errorf("read blob %s: %w", change.Short(file.Blob), err)
			}
			req.Header.Set("Accept", "application/vnd.github.raw+json")
			w := &limited{left: limit}
			resp, err := client.Do(ctx, req, w)
			if err != nil {
				if w.over {
					return nil
				}
				return f.answer("read blob "+change.Short(file.Blob), err)
			}
			body, err := unwrapped(resp.Header.Get("Content-Type"), w.buf.Bytes())
			if err != nil {
				return fmt.Errorf("read blob %s: %w", change.Short(file.Blob), err)
			}
			if bytes.IndexByte(body[:min(len(body), sniffed)], 0) >= 0 {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			out[file.Path] = string(body)
			return nil
		})
	}
	return out, group.Wait()
}

// together reads the blobs of more than a few files in one query for a hundred of them. It saves calls and decides nothing:
// what does not come, or is not the blob that was asked for, is missing.
func (f *Forge) together(ctx context.Context, ref change.Ref, files []diff.File) map[string][]byte {
	rd := f.read(ref)
	var entries []graphEntry
	for _, file := range files {
		e := graphEntry{OID: file.Blob, Size: cmp.Or(file.Size, unknownSize)}
		if !slices.ContainsFunc(entries, func(o graphEntry) bool { return o.OID == e.OID }) {
			entries = append(entries, e)
		}
	}
	if rd.REST || len(entries) <= batchFrom {
		return nil
	}
	out := map[string][]byte{}
	for _, batch := range batches(entries) {
		if err := rd.queryTexts(ctx, batch, func(id string, text []byte) { out[id] = text }); err != nil {
			break // by itself each says what is wrong
		}
	}
	return out
}
