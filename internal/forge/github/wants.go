package github

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Wanted files are asked for by their paths at the merge base and at the head, which gives ids, modes and texts in one
// round trip. Sizes are not known before, so this is done for few files alone; with more, the first round trip asks
// for ids and sizes, and the second for the texts by id, in batches of bounded size. What GraphQL does not give whole
// (it cuts long texts and recodes what is not UTF-8) is read by REST. Nothing is asked for an added file whose diff shows
// all of it, which the blob's id proves.
const (
	// fewWants is up to how many files texts come with the first round trip, in queries of wantsPerQuery.
	fewWants      = 50
	wantsPerQuery = 25
	// heldBytes bounds the contents that a server holds in memory, so that another look at the same head costs no call.
	// They are not kept across restarts: sources are none of what a server stores.
	heldBytes = 4 << 20
	heldCost  = 200 // bytes of memory for each, beside the content
)

// readWants reads the files that the analyses want. It follows the controls and the list of changed files.
func (rd *reading) readWants(ctx context.Context) error {
	if rd.Wants == nil {
		return nil
	}
	rd.mu.Lock()
	gaps := slices.Clone(rd.s.Gaps)
	rd.mu.Unlock()
	wants := rd.Wants(rd.s.Files, rd.s.Controls, gaps)
	if len(wants) == 0 {
		return nil
	}
	texts := &wantedTexts{}
	found, err := rd.findWants(ctx, wants[:min(len(wants), change.MaxContents)], texts)
	if err != nil {
		return err
	}
	contents := change.PlanContents(wants, found)
	if err := rd.fillContents(ctx, contents, texts); err != nil {
		return err
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.AddContents(wants, contents)
	return nil
}

// findWants looks up what stands where wants point, and takes the texts that come with it.
func (rd *reading) findWants(ctx context.Context, wants []change.Want, texts *wantedTexts) ([]change.Found, error) {
	keys, found := make([]statKey, len(wants)), make([]change.Found, len(wants))
	var unknown []statKey
	files := map[string]diff.File{}
	for _, f := range rd.s.Files {
		files[f.Path] = f
	}
	paths := map[string][]string{}
	for i, w := range wants {
		if w.Side == change.AtHead {
			if found[i] = texts.takeAdded(files[w.Path]); found[i].Blob != "" {
				continue
			}
		}
		keys[i] = statKey{rd.r.RepoID, rd.s.Head.SHA, w.Path}
		if w.Side == change.AtBase {
			keys[i].commit = rd.s.MergeBase
		}
		paths[keys[i].commit] = append(paths[keys[i].commit], w.Path)
		if !rd.holds(keys[i], w) {
			unknown = append(unknown, keys[i])
		}
	}
	if err := rd.askForWants(ctx, unknown, texts); err != nil {
		return nil, err
	}
	// What was read just now is known, unless so much was read meanwhile that it was dropped.
	stats, err := rd.stat(ctx, paths)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		if st := stats[key.commit][key.path]; st != nil {
			found[i] = change.Found{Blob: st.OID, Size: st.Size, Plain: st.plain()}
		}
	}
	return found, nil
}

// holds reports whether all that a want needs is in memory.
func (rd *reading) holds(key statKey, w change.Want) bool {
	st, ok := rd.stats.get(key)
	if !ok || st == nil || !st.plain() || st.Size > w.Max {
		return ok
	}
	_, ok = rd.held.get(st.OID)
	return ok
}

// askForWants asks for few unknown files with their texts, at once. By REST, and for many files, nothing is asked here.
func (rd *reading) askForWants(ctx context.Context, unknown []statKey, texts *wantedTexts) error {
	if rd.REST || len(unknown) > fewWants {
		return nil
	}
	sorting.StableBy(unknown, func(a, b statKey) int {
		if a.commit == b.commit {
			return 0
		}
		return map[bool]int{true: -1, false: 1}[a.commit == rd.s.MergeBase]
	})
	g, gctx := errgroup.WithContext(ctx)
	for chunk := range slices.Chunk(unknown, wantsPerQuery) {
		g.Go(func() error {
			stats, err := rd.queryStats(gctx, chunk, true)
			if err != nil {
				return err
			}
			for i, key := range chunk {
				rd.stats.put(key, texts.take(stats[i]))
			}
			return nil
		})
	}
	return g.Wait()
}

// fillContents gives every content that is to be read its body, from memory, from the texts that came already, or by
// the id of its blob.
func (rd *reading) fillContents(ctx context.Context, contents []change.Content, texts *wantedTexts) error {
	for _, c := range contents {
		if body, ok := rd.held.get(c.Blob); ok && c.Read() {
			texts.put(c.Blob, body)
		}
	}
	if err := rd.readTexts(ctx, contents, texts); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range contents {
		c := &contents[i]
		if !c.Read() {
			continue
		}
		g.Go(func() error { return rd.fillContent(gctx, c, texts) })
	}
	return g.Wait()
}

// readTexts asks for what has not come yet by the ids of the blobs, many at once.
func (rd *reading) readTexts(ctx context.Context, contents []change.Content, texts *wantedTexts) error {
	var missing []graphEntry
	asked := map[string]bool{}
	for _, c := range contents {
		if !c.Read() || c.Size > keptBlob || asked[c.Blob] || texts.has(c.Blob) {
			continue
		}
		asked[c.Blob] = true
		missing = append(missing, graphEntry{OID: c.Blob, Size: c.Size})
	}
	if rd.REST || len(missing) <= batchFrom {
		return nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, batch := range batches(missing) {
		g.Go(func() error { return rd.queryTexts(gctx, batch, texts.put) })
	}
	return g.Wait()
}

// fillContent sets the body of one content. What GitHub does not give is a problem of this file, and not of the change:
// another try may bring it.
func (rd *reading) fillContent(ctx context.Context, c *change.Content, texts *wantedTexts) error {
	body, ok := texts.get(c.Blob)
	if !ok {
		var err error
		body, err = rd.fetchBlob(ctx, c.Blob, c.Size)
		var limited *change.Limited
		var refused *change.Refused
		switch {
		case errors.As(err, &limited) || ctx.Err() != nil:
			return err
		case errors.As(err, &refused):
			c.Problem = refused.What
			return nil
		case err != nil || body == nil:
			c.Problem, c.Passing = "GitHub did not show its content", true
			return nil //nolint:nilerr // the problem says it
		}
	}
	c.SetBody(body)
	rd.held.put(c.Blob, body)
	return nil
}
