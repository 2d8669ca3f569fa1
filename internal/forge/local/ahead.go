package local

import (
	"context"
	"errors"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/git"
)

// foreseen are questions to git that run beside other work: each is a process, and a reading is mostly the time that
// processes take to start.
type foreseen struct {
	config  func() (git.Config, error)
	log     func() ([]git.Commit, error)
	line    func() ([]churn.Commit, error)
	headers func() ([]git.Header, error)
	dirty   func() (int, error)
}

// ahead begins some work and gives what waits for its end.
func ahead[T any](work func() (T, error)) func() (T, error) {
	done := sync.OnceValues(work)
	go func() { _, _ = done() }()
	return done
}

// askAhead asks what needs head and base alone.
func (r *reader) askAhead(ctx context.Context) error {
	base, mergeBase, head := r.s.Base.SHA, r.s.MergeBase, r.s.Head.SHA
	r.askConfig(ctx)
	if !r.info.Bare && r.ahead && !r.options.Quiet {
		r.dirty = ahead(func() (int, error) {
			config, err := r.config()
			if err != nil {
				return 0, err
			}
			return config.Uncommitted(ctx)
		})
	}
	r.line = func() ([]churn.Commit, error) { return r.repo.Touched(ctx, mergeBase, churn.MaxCommits+1) }
	if known, ok := r.options.Line.before(mergeBase); ok {
		r.line = func() ([]churn.Commit, error) { return known, nil }
	}
	if mergeBase != head {
		r.line = ahead(r.line)
	}
	r.askHeaders(ctx, base == mergeBase && mergeBase != head)
	r.log = ahead(func() ([]git.Commit, error) {
		if commits, ok := r.blobs.Chain(mergeBase, head); ok {
			return commits, nil
		}
		return r.repo.Log(ctx, base, head, maxCommits)
	})
	return nil
}

func (r *reader) askConfig(ctx context.Context) {
	r.config = sync.OnceValues(func() (git.Config, error) { return r.repo.Config(ctx) })
}

// askHeaders asks for the newest commits of the base: lined where the line of first parents begins there, too.
func (r *reader) askHeaders(ctx context.Context, lined bool) {
	r.headers = ahead(func() ([]git.Header, error) {
		if lined {
			if commits, err := r.line(); err == nil {
				if headers, ok := headersOf(commits); ok {
					return headers, nil
				}
			}
		}
		return r.repo.Headers(ctx, r.s.Base.SHA, change.MaxHistory)
	})
}

// headersOf takes the headers of the newest commits from a line of first parents; ok is false where that is not all of
// the history.
func headersOf(line []churn.Commit) (headers []git.Header, ok bool) {
	for _, c := range line[:min(len(line), change.MaxHistory)] {
		h := git.Header{Header: git.Subject(c.Message), Parents: 1}
		if c.Parent == "" {
			h.Parents = 0
		}
		if c.Merge {
			return nil, false
		}
		headers = append(headers, h)
	}
	return headers, len(headers) == change.MaxHistory || len(line) > 0 && line[len(line)-1].Parent == ""
}

// resolve gives the commit that a revision names. Git is asked once more, by a process of its own, for the reason why
// there is none.
func (r *reader) resolve(ctx context.Context, rev string) (string, error) {
	id, err := r.blobs.Commit(rev)
	if errors.Is(err, git.ErrMissing) {
		return r.repo.Resolve(ctx, rev)
	}
	return id, err
}

func (r *reader) fullName(ctx context.Context, rev string) (string, error) {
	if name, known := r.seen.FullName(rev); known {
		return name, nil
	}
	if git.IsID(rev) && len(rev) == len(r.info.EmptyTree()) {
		return "", nil
	}
	return r.repo.FullName(ctx, rev)
}

// mergeBases gives the best common ancestors. A commit and a descendant of it have that commit alone.
func (r *reader) mergeBases(ctx context.Context, base, head string) ([]string, error) {
	if bases, known := r.seen.MergeBases(base, head); known {
		return bases, nil
	}
	if _, ok := r.blobs.Chain(base, head); ok {
		return []string{base}, nil
	}
	return r.repo.MergeBases(ctx, base, head)
}
