package clone

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/git"
)

const (
	day = 24 * time.Hour
	// maxReplaced bounds the lines of one change whose writers are asked for, and maxTime how long that may take.
	maxReplaced = 20_000
	maxTime     = 30 * time.Second
)

// Rewritten counts the lines that a change removed or replaced, and those of them that were no older than so many days
// when it landed.
type Rewritten struct{ Lines, Within21, Within30 int }

// errTooMuch is a change that replaces more lines than are asked for.
var errTooMuch = errors.New("the change replaces too many lines")

// Rewritten says how young the lines were that a change replaced. A line is as old as the commit that wrote it; one that
// was only indented is as old as before.
func (l Landing) Rewritten(ctx context.Context, repo *git.Repo, info git.Info) (Rewritten, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	bases, err := repo.MergeBases(ctx, l.Base, l.Head)
	if err != nil {
		return Rewritten{}, err
	}
	if len(bases) == 0 {
		return Rewritten{}, errors.New("the change has no ancestor on the branch")
	}
	var files []diff.File
	err = repo.Diff(ctx, info, bases[0], l.Head, func(out io.Reader) (err error) {
		files, err = diff.Parse(out, diff.DefaultLimits())
		return err
	})
	if err != nil {
		return Rewritten{}, err
	}
	var sum Rewritten
	for _, f := range files {
		if !f.Complete() {
			return sum, errTooMuch
		}
		spans, n := replaced(f)
		if sum.Lines += n; sum.Lines > maxReplaced {
			return sum, errTooMuch
		}
		if n == 0 {
			continue
		}
		path := f.Path
		if f.OldPath != "" {
			path = f.OldPath
		}
		times, err := repo.Blame(ctx, bases[0], path, spans)
		if err != nil {
			return sum, err
		}
		for _, at := range times {
			if age := l.At.Sub(at); age <= 30*day {
				sum.Within30++
				if age <= 21*day {
					sum.Within21++
				}
			}
		}
	}
	return sum, nil
}

// replaced are the spans of the old file that a change removed or replaced, and how many lines they have.
func replaced(f diff.File) (spans []git.Span, n int) {
	for _, h := range f.Hunks {
		at := h.OldStart
		for _, l := range h.Lines {
			switch l.Op {
			case diff.Delete:
				if last := len(spans) - 1; last >= 0 && spans[last].Last == at-1 {
					spans[last].Last = at
				} else {
					spans = append(spans, git.Span{First: at, Last: at})
				}
				n++
				at++
			case diff.Context:
				at++
			}
		}
	}
	return spans, n
}
