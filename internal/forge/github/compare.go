package github

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// comparison is what GitHub says of base...head. Between two commits it never changes, so it is kept by their ids. It
// is read-only once made.
type comparison struct {
	Base, Head, MergeBase string
	Commits               []change.Commit
	Total                 int
	Entries               []diff.Entry
	// Cut is true when there may be more files than were told.
	Cut bool
	// Listed is true when the entries are those of the pull request's own list, which is longer.
	Listed bool
}

// weight is about how much memory the comparison holds.
func (c *comparison) weight() int {
	bytes := 500
	for _, e := range c.Entries {
		bytes += 250 + len(e.Path) + len(e.OldPath)
		if e.Patch != nil {
			bytes += len(*e.Patch)
		}
	}
	for _, commit := range c.Commits {
		bytes += 500 + len(commit.Message)
	}
	return bytes
}

// holds reports whether the entries are all that GitHub lists of a number of changed files.
func (c *comparison) holds(total int) bool {
	if c.Listed {
		return len(c.Entries) >= min(total, listFiles)
	}
	return !c.Cut && len(c.Entries) >= total
}

// short reports whether fewer commits were told than GitHub tells at most: then they may be told at another try.
func (c *comparison) short() bool { return len(c.Commits) < min(c.Total, compareCommits) }

// compare returns the comparison of two commits, kept or read.
func (rd *reading) compare(ctx context.Context, base, head string) (*comparison, error) {
	key := compareKey{rd.r.RepoID, base, head}
	if c, ok := rd.compares.get(key); ok {
		return c, nil
	}
	c, err := rd.compareByName(ctx, base, head)
	if err != nil {
		return nil, err
	}
	if c.Base != base {
		return nil, fmt.Errorf("compare %s...%s: GitHub answered for %s", change.Short(base), change.Short(head), change.Short(c.Base))
	}
	if !c.short() {
		rd.compares.put(key, c)
	}
	return c, nil
}

// compareByName compares a branch or commit with a commit; the answer says which commit the branch pointed at.
func (rd *reading) compareByName(ctx context.Context, base, head string) (*comparison, error) {
	doing := fmt.Sprintf("compare %s...%s", base, change.Short(head))
	raw, err := rd.askForComparison(ctx, base, head, 1)
	if noAncestor(err) {
		return nil, &change.Unrelated{Base: base, Head: head, Err: err}
	}
	if err != nil {
		return nil, rd.answer(doing, err)
	}
	if raw.BaseCommit.SHA == "" || raw.MergeBaseCommit.SHA == "" {
		return nil, emptyAnswer(doing)
	}
	c := &comparison{
		Base:      raw.BaseCommit.SHA,
		Head:      head,
		MergeBase: raw.MergeBaseCommit.SHA,
		Total:     raw.TotalCommits,
		Cut:       len(raw.Files) >= compareFiles,
	}
	for _, f := range raw.Files {
		c.Entries = append(c.Entries, entry(f))
	}
	pages := [][]comparedCommit{raw.Commits}
	if more := (min(c.Total, compareCommits)+page-1)/page - 1; more > 0 {
		pages = append(pages, make([][]comparedCommit, more)...)
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(8)
		for i := range more {
			g.Go(func() error {
				next, err := rd.askForComparison(gctx, c.Base, head, i+2)
				if err != nil {
					return rd.answer(doing, err)
				}
				if next.BaseCommit.SHA != c.Base {
					return emptyAnswer(doing)
				}
				pages[i+1] = next.Commits
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
	}
	for _, raw := range slices.Concat(pages...) {
		c.Commits = append(c.Commits, commit(raw))
	}
	return c, nil
}

func commit(raw comparedCommit) change.Commit {
	g := raw.Commit
	c := change.Commit{SHA: raw.SHA, Message: g.Message, Parents: []string{},
		Author: g.Author.signature(), Committer: g.Committer.signature()}
	for _, p := range raw.Parents {
		c.Parents = append(c.Parents, p.SHA)
	}
	if a := raw.Author; a.Login != "" {
		c.AuthorAccount = &change.Account{Login: a.Login, ID: a.ID, Bot: a.Type == "Bot"}
		c.Vouched = vouched(raw)
	}
	return c
}

// webFlow is the account whose key GitHub signs with what people and Apps commit through it.
const webFlow = "web-flow"

// vouched reports whether GitHub itself says that the author's account made a commit. GitHub checks a signature against
// the keys of the account that has the committer's address, so a valid one proves the committer: the author too, when
// both are one account. What GitHub signs by its own key it made for the account that it names as the author, for an
// App without a choice of another.
// https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification
func vouched(raw comparedCommit) bool {
	author, committer := raw.Author.Login, raw.Committer.Login
	return raw.Commit.Verification.Verified && author != "" && (committer == webFlow || strings.EqualFold(author, committer))
}

func entry(f *github.CommitFile) diff.Entry {
	e := diff.Entry{
		Path:      f.GetFilename(),
		OldPath:   f.GetPreviousFilename(),
		Patch:     f.Patch,
		Additions: f.GetAdditions(),
		Deletions: f.GetDeletions(),
		Size:      -1,
		Status:    diff.Modified,
	}
	switch f.GetStatus() {
	case "added":
		e.Status = diff.Added
	case "removed":
		e.Status = diff.Removed
	case "renamed":
		e.Status = diff.Renamed
	case "copied":
		e.Status = diff.Copied
	}
	if e.Status == diff.Removed {
		e.OldBlob = f.GetSHA()
	} else {
		e.Blob = f.GetSHA()
	}
	if e.Status != diff.Renamed && e.Status != diff.Copied {
		e.OldPath = ""
	}
	return e
}

// diffAndCommits takes over the comparison, and reads what it leaves out: files beyond 300, patches that are missing,
// what is behind a submodule.
func (rd *reading) diffAndCommits(ctx context.Context, c *comparison) error {
	s := &rd.s
	s.MergeBase, s.Commits, s.CommitsTotal = c.MergeBase, c.Commits, c.Total
	if c.short() {
		rd.addPassingGap("commits", "", fmt.Sprintf("%d of %d commits were read", len(c.Commits), c.Total))
	} else if len(c.Commits) < c.Total {
		rd.addGap("commits", "", fmt.Sprintf("%d of %d commits were read", len(c.Commits), c.Total))
	}
	entries := c.Entries
	if !c.holds(s.FilesTotal) {
		listed, err := rd.list(ctx)
		if err != nil {
			return err
		}
		if len(listed) > len(entries) {
			entries = listed
			rd.listed = &comparison{Base: c.Base, Head: c.Head, MergeBase: c.MergeBase, Commits: c.Commits, Total: c.Total,
				Entries: entries, Listed: true}
		}
	}
	s.FilesUnpinned = c.Listed || rd.listed != nil
	if s.FilesTotal < len(entries) {
		s.FilesTotal = len(entries)
	}
	if len(entries) < min(s.FilesTotal, listFiles) {
		rd.addPassingGap("diff.files", "", fmt.Sprintf("GitHub lists %d of %d changed files", len(entries), s.FilesTotal))
	} else if len(entries) < s.FilesTotal {
		rd.addGap("diff.files", "",
			fmt.Sprintf("GitHub lists %d of %d changed files (it lists %d at most)", len(entries), s.FilesTotal, listFiles))
	}
	files, err := rd.complete(ctx, slices.Clone(entries), s.MergeBase, s.Head.SHA, rd.addGap)
	if err != nil {
		return err
	}
	s.Files = files
	return nil
}

// submodule matches the patch of a submodule that was added, moved or removed.
var submodule = lazyregexp.New(`\A@@ [^\n]* @@[^\n]*\n[-+]Subproject commit [0-9a-f]{40}`)

// link matches the end of a patch of what may be a symbolic link, whose content is one line without an end. GitHub
// tells no modes, and such a file is rare.
var link = lazyregexp.New(
	`(\A|\n)@@ -(0,0|1) \+(0,0|1) @@[^\n]*\n([-+][^\n]*\n(\\[^\n]*\n)?)?[-+][^\n]*\n\\ No newline at end of file\n?\z`)

// mayBeLink looks at the end of a patch alone.
func mayBeLink(patch string) bool {
	const longest = 2 * 4096 // a link that became another one: two paths
	return strings.HasSuffix(strings.TrimSuffix(patch, "\n"), "No newline at end of file") &&
		link.MatchString(patch[max(0, len(patch)-longest-200):])
}

// complete turns entries into files. Where a patch is missing or may stand for a submodule or a symbolic link, modes,
// sizes and blobs are read from the two commits.
func (rd *reading) complete(ctx context.Context, entries []diff.Entry, before, after string,
	gap func(fact, path, reason string)) ([]diff.File, error) {
	var unclear []int
	for i, e := range entries {
		pure := e.Status == diff.Renamed && e.Patch == nil && e.Additions+e.Deletions == 0
		if e.Patch == nil && !pure || e.Patch != nil && (submodule.MatchString(*e.Patch) || mayBeLink(*e.Patch)) {
			unclear = append(unclear, i)
		}
	}
	if err := rd.inspect(ctx, entries, unclear, before, after); err != nil {
		return nil, err
	}
	files := make([]diff.File, len(entries))
	reasons := make([]string, len(entries))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, e := range entries {
		files[i], reasons[i] = diff.FromForge(e)
		if files[i].State != diff.TooLarge {
			continue
		}
		g.Go(func() (err error) {
			files[i], reasons[i], err = rd.fromBlobs(gctx, files[i], reasons[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, reason := range reasons {
		if reason != "" {
			gap("diff.lines", files[i].Path, reason)
		}
	}
	return files, nil
}

// fromBlobs reads both sides of a file whose patch GitHub left out, and compares them here.
func (rd *reading) fromBlobs(ctx context.Context, f diff.File, reason string) (diff.File, string, error) {
	if f.Size > diff.MaxBlobBytes {
		return f, reason, nil
	}
	var sides [2][]byte
	for i, id := range []string{f.OldBlob, f.Blob} {
		if id == "" {
			continue
		}
		body, err := rd.blob(ctx, id, diff.MaxBlobBytes)
		if err != nil {
			return f, reason, err
		}
		if body == nil {
			return f, reason, nil
		}
		sides[i] = body
	}
	done, reason := diff.FromBlobs(f, sides[0], sides[1])
	return done, reason, nil
}

// inspect reads mode, size, id and kind of the unclear entries at both commits.
func (rd *reading) inspect(ctx context.Context, entries []diff.Entry, unclear []int, before, after string) error {
	for chunk := range slices.Chunk(unclear, 50) {
		var olds, news []string
		for _, i := range chunk {
			old := entries[i].Path
			if entries[i].OldPath != "" {
				old = entries[i].OldPath
			}
			olds, news = append(olds, old), append(news, entries[i].Path)
		}
		stats, err := rd.stat(ctx, map[string][]string{before: olds, after: news})
		if err != nil {
			return err
		}
		for n, i := range chunk {
			old, now := stats[before][olds[n]], stats[after][news[n]]
			if rd.REST {
				if old, now, err = rd.restBinary(ctx, entries[i], old, now); err != nil {
					return err
				}
			}
			fill(&entries[i], old, now)
		}
	}
	return nil
}

// stat is what a path is at a commit.
type stat struct {
	graphEntry
	Object *statObject `json:"object"`
}

type statObject struct {
	IsBinary *bool `json:"isBinary"`
	// Text is asked for with wanted files alone.
	Text *string `json:"text"`
}

func octal(mode int) string { return fmt.Sprintf("%06o", mode) }

func fill(e *diff.Entry, old, now *stat) {
	shown := now
	if old != nil && e.Status != diff.Added {
		e.OldMode, e.OldBlob = octal(old.Mode), old.OID
		if e.Status == diff.Removed {
			shown = old
		}
	}
	if now != nil && e.Status != diff.Removed {
		e.Mode, e.Blob = octal(now.Mode), now.OID
	}
	if shown == nil {
		return
	}
	e.Size = shown.Size
	switch {
	case shown.Object == nil || shown.Object.IsBinary == nil:
	case *shown.Object.IsBinary:
		e.Start = []byte{0} // what GitHub, like git, takes for the sign of a binary file
	case shown.Size == 0:
		e.Start = []byte{}
	}
}

// stat reads what paths are at commits. A path that is not there has no entry; a commit that is not there is an error.
// What a commit holds never changes, so what was read is kept; it must not be changed.
func (rd *reading) stat(ctx context.Context, paths map[string][]string) (map[string]map[string]*stat, error) {
	result := map[string]map[string]*stat{}
	var unknown []statKey
	for _, commit := range slices.Sorted(maps.Keys(paths)) {
		result[commit] = map[string]*stat{}
		for _, p := range paths[commit] {
			key := statKey{rd.r.RepoID, commit, p}
			st, ok := rd.stats.get(key)
			switch {
			case !ok:
				unknown = append(unknown, key)
			case st != nil:
				result[commit][p] = st
			}
		}
	}
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for chunk := range slices.Chunk(unknown, statPaths) {
		g.Go(func() error {
			stats, err := rd.queryStats(gctx, chunk, false)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for i, key := range chunk {
				rd.stats.put(key, stats[i])
				if stats[i] != nil {
					result[key.commit][key.path] = stats[i]
				}
			}
			return nil
		})
	}
	return result, g.Wait()
}

// statPaths bounds how many paths are asked for in one query.
const statPaths = 100
