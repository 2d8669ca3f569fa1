package backtest

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/aftermath"
	"github.com/lintel-review/lintel/internal/backtest"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/survey"
)

// maxBrought bounds the commits of merged branches whose messages are read.
const maxBrought = 20_000

// follower finds out what became of changes.
type follower struct {
	repo *git.Repo
	info git.Info
	// changes are those that were judged and the newer ones that were skipped, the newest first; landed has the same places.
	changes []survey.Change
	landed  []aftermath.Landed
	end     time.Time
}

// follow says of each change that was judged, the newest first, how it landed and what became of it.
func follow(ctx context.Context, h merged.History, skipped int) ([]backtest.Change, error) {
	if len(h.Changes) == 0 {
		return nil, nil
	}
	f := follower{repo: h.Repo}
	var err error
	if f.info, err = h.Repo.Inspect(ctx); err != nil {
		return nil, err
	}
	if err := f.read(ctx, h, max(skipped, 0)); err != nil {
		return nil, err
	}
	fixed, err := f.fixed(ctx)
	if err != nil {
		return nil, err
	}
	reverted := aftermath.Reverted(f.landed)
	at := map[string]time.Time{}
	for _, l := range f.landed {
		at[l.Commit] = l.At
	}
	var out []backtest.Change
	for _, c := range h.Changes {
		out = append(out, backtest.Change{
			Commit:       c.Commit,
			Number:       c.Number,
			Landed:       string(c.Landed),
			FollowedDays: aftermath.Followed(at[c.Commit], f.end),
			Reverted:     reverted[c.Commit] != "",
			RevertedBy:   reverted[c.Commit],
			Fixed:        fixed[c.Commit] != "",
			FixedBy:      fixed[c.Commit],
		})
	}
	return out, nil
}

// read reads the whole line, what its merges brought in, and when.
func (f *follower) read(ctx context.Context, h merged.History, skipped int) error {
	line, err := f.repo.FirstParents(ctx, h.Tip, skipped+len(h.Line))
	if err != nil {
		return err
	}
	times, err := f.times(ctx, h.Tip, len(line))
	if err != nil {
		return err
	}
	f.end = times[h.Tip]
	var commits []survey.Commit
	for _, c := range line {
		commits = append(commits, survey.Commit{ID: c.ID, Parents: c.Parents, Email: c.AuthorEmail, Message: c.Message})
	}
	// The changes that were judged are taken as they are: which merges by hand count depends on how much was read.
	f.changes = h.Changes
	if skipped > 0 {
		f.changes = append(survey.Changes(commits[:min(skipped, len(commits))]), h.Changes...)
	}
	from := ""
	if oldest := line[len(line)-1]; len(oldest.Parents) > 0 {
		from = oldest.Parents[0]
	}
	all, err := f.repo.Log(ctx, from, h.Tip, maxBrought)
	if err != nil {
		return err
	}
	byID := map[string]git.Commit{}
	for _, c := range append(all, line...) {
		byID[c.ID] = c
	}
	taken := map[string]bool{}
	for _, c := range line {
		taken[c.ID] = true
	}
	brought := map[string][]string{}
	for i := len(line) - 1; i >= 0; i-- {
		for _, p := range line[i].Parents[min(1, len(line[i].Parents)):] {
			brought[line[i].ID] = append(brought[line[i].ID], reach(byID, p, taken)...)
		}
	}
	for _, c := range f.changes {
		l := aftermath.Landed{
			Commit:   c.Commit,
			Number:   c.Number,
			At:       times[c.Commit],
			Brought:  brought[c.Commit],
			Title:    c.Title,
			Messages: []string{byID[c.Commit].Message},
		}
		if c.Title != "" {
			l.Messages = append(l.Messages, c.Title)
		}
		for _, id := range l.Brought {
			l.Messages = append(l.Messages, byID[id].Message)
		}
		f.landed = append(f.landed, l)
	}
	return nil
}

// reach takes the commits that lead to one and that nothing has taken yet.
func reach(byID map[string]git.Commit, from string, taken map[string]bool) (out []string) {
	for open := []string{from}; len(open) > 0; {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		c, known := byID[id]
		if !known || taken[id] {
			continue
		}
		taken[id] = true
		out = append(out, id)
		open = append(open, c.Parents...)
	}
	return out
}

// times reads when the commits of a line of first parents were made.
func (f *follower) times(ctx context.Context, tip string, limit int) (map[string]time.Time, error) {
	out, err := f.repo.Run(ctx, nil, "log", "--first-parent", "--no-color", "--no-notes", "--no-patch", "--max-count="+strconv.Itoa(limit),
		"--format=%H %ct", "--end-of-options", tip, "--")
	if err != nil {
		return nil, fmt.Errorf("read the times of commits: %w", err)
	}
	times := map[string]time.Time{}
	for l := range strings.Lines(string(out)) {
		id, at, _ := strings.Cut(strings.TrimSpace(l), " ")
		seconds, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read the times of commits: unexpected output of git log: %w", err)
		}
		times[id] = time.Unix(seconds, 0).UTC()
	}
	return times, nil
}

// fixed finds the changes that a fix within the days names as its cause, or of which it rewrites enough, each with such a
// fix. Of several changes that wrote the same line it is the newest one's.
func (f *follower) fixed(ctx context.Context) (map[string]string, error) {
	rewritten := make([]aftermath.Lines, len(f.changes))
	err := each(ctx, len(f.changes), func(ctx context.Context, i int) {
		if f.landed[i].IsFix() {
			rewritten[i] = aftermath.Rewritten(f.files(ctx, f.changes[i]))
		}
	})
	if err != nil {
		return nil, err
	}
	// Only what is followed by a fix within the days is read once more.
	written := make([]aftermath.Lines, len(f.changes))
	err = each(ctx, len(f.changes), func(ctx context.Context, i int) {
		for j := i - 1; j >= 0; j-- {
			if len(rewritten[j]) > 0 && aftermath.Within(f.landed[i].At, f.landed[j].At) {
				written[i] = aftermath.Written(f.files(ctx, f.changes[i]))
				return
			}
		}
	})
	out := aftermath.Blamed(f.landed)
	for j := len(f.changes) - 1; j >= 0; j-- {
		all := len(rewritten[j])
		for i := j + 1; i < len(f.changes) && len(rewritten[j]) > 0; i++ {
			if !aftermath.Within(f.landed[i].At, f.landed[j].At) {
				continue
			}
			if f.landed[i].AtFault(f.landed[j], rewritten[j].Take(written[i]), all) && out[f.changes[i].Commit] == "" {
				out[f.changes[i].Commit] = f.changes[j].Commit
			}
		}
	}
	return out, err
}

// files reads what a change did. A change that cannot be read touches nothing; that it was not judged says its row.
func (f *follower) files(ctx context.Context, c survey.Change) (files []diff.File) {
	bases, err := f.repo.MergeBases(ctx, c.Base, c.Head)
	if err != nil || len(bases) == 0 {
		return nil
	}
	err = f.repo.Diff(ctx, f.info, bases[0], c.Head, func(out io.Reader) (err error) {
		files, err = diff.Parse(out, diff.DefaultLimits())
		return err
	})
	if err != nil {
		return nil
	}
	return files
}

// each calls work for every number below n, as many at once as there are processors.
func each(ctx context.Context, n int, work func(ctx context.Context, i int)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error {
			if ctx.Err() == nil {
				work(ctx, i)
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}
