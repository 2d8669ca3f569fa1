package github

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// Contents reads the files at the head, by path, as far as they are text and no larger than limit. Nothing of it is
// kept: these are sources, not controls.
func (f *Forge) Contents(ctx context.Context, ref change.Ref, files []diff.File, limit int64) (map[string]string, error) {
	var mu sync.Mutex
	out := map[string]string{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, file := range files {
		if file.Blob == "" || file.State != diff.Text || file.Size > limit {
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
