package github

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
)

const (
	// batchFrom is how many unknown blobs are read one by one; more are asked for together.
	batchFrom = 4
	// batchCount and batchBytes bound one query for blobs. GitHub cuts the text of a blob above about 500 KB, which is then read by itself.
	batchCount = 100
	batchBytes = 1 << 20
)

// prefetchBlobs reads many small blobs in few calls and keeps them, so that reading each costs none: 500 go.mod files
// of 8 KB take five queries. It saves calls and decides nothing: what does not come, or is not the blob that was asked
// for, is read by itself. By REST alone there is no such call.
func (rd *reading) prefetchBlobs(ctx context.Context, entries []graphEntry) error {
	if rd.REST {
		return nil
	}
	var unknown []graphEntry
	asked := map[string]bool{}
	for _, e := range entries {
		if !e.plain() || e.Size > keptBlob || asked[e.OID] {
			continue
		}
		body, err := rd.Kept.Kept(ctx, "blob", e.OID)
		if err != nil {
			return err
		}
		if asked[e.OID] = true; body == nil {
			unknown = append(unknown, e)
		}
	}
	if len(unknown) <= batchFrom {
		return nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, batch := range batches(unknown) {
		g.Go(func() error { return rd.keepBatch(gctx, batch) })
	}
	return g.Wait()
}

// keepBatch reads blobs and keeps them.
func (rd *reading) keepBatch(ctx context.Context, ids []string) error {
	var failed error
	err := rd.queryTexts(ctx, ids, func(id string, text []byte) {
		if err := rd.Kept.Keep(ctx, "blob", id, text); err != nil {
			failed = err
		}
	})
	return cmp.Or(err, failed)
}

// batches divides blobs into queries.
func batches(all []graphEntry) (out [][]string) {
	var batch []string
	var size int64
	for _, e := range all {
		if len(batch) == batchCount || len(batch) > 0 && size+e.Size > batchBytes {
			out, batch, size = append(out, batch), nil, 0
		}
		batch, size = append(batch, e.OID), size+e.Size
	}
	return append(out, batch)
}

// queryTexts asks for blobs in one query and hands on those that came whole.
func (rd *reading) queryTexts(ctx context.Context, ids []string, take func(id string, text []byte)) error {
	variables := map[string]any{"owner": rd.r.Owner, "name": rd.r.Name}
	for i, id := range ids {
		variables[fmt.Sprintf("o%d", i)] = id
	}
	var data struct {
		Repository map[string]*struct {
			Text *string `json:"text"`
		} `json:"repository"`
	}
	if err := rd.query(ctx, rd.r.Connection, blobsQuery(len(ids)), variables, &data); err != nil {
		return err
	}
	for i, id := range ids {
		b := data.Repository[fmt.Sprintf("b%d", i)]
		if b != nil && b.Text != nil && isBlob([]byte(*b.Text), id) {
			take(id, []byte(*b.Text))
		}
	}
	return nil
}

// blobsQuery asks for the text of n blobs, $o0, $o1 and so on.
func blobsQuery(n int) string {
	var b strings.Builder
	b.WriteString("query LintelBlobs($owner: String!, $name: String!")
	for i := range n {
		fmt.Fprintf(&b, ", $o%d: GitObjectID!", i)
	}
	b.WriteString(") {\n  repository(owner: $owner, name: $name) {\n")
	for i := range n {
		fmt.Fprintf(&b, "    b%d: object(oid: $o%d) { ... on Blob { text } }\n", i, i)
	}
	b.WriteString("  }\n}")
	return b.String()
}
