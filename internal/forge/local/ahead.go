package local

import (
	"context"
	"errors"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/git"
)

// foreseen are questions to git that run beside other work: each is a process, and a reading is mostly the time that
// processes take to start.
type foreseen struct {
	origin  func() (string, error)
	names   map[string]func() (string, error)
	log     func() ([]git.Commit, error)
	headers func() ([]git.Header, error)
	dirty   func() (int, error)
}

// ahead begins some work and gives what waits for its end.
func ahead[T any](work func() (T, error)) func() (T, error) {
	done := sync.OnceValues(work)
	go func() { _, _ = done() }()
	return done
}

// foresee asks what finding the head and the base will need.
func (r *reader) foresee(ctx context.Context) {
	r.origin = ahead(func() (string, error) { return r.repo.SymbolicRef(ctx, originHead) })
	r.names = map[string]func() (string, error){}
	head := r.options.Head
	if head == "" && r.options.Job == nil {
		head = "HEAD"
	}
	for _, rev := range []string{head, r.options.Base} {
		if rev != "" {
			r.names[rev] = ahead(func() (string, error) { return r.repo.FullName(ctx, rev) })
		}
	}
}

// askAhead asks what needs head and base alone.
func (r *reader) askAhead(ctx context.Context) error {
	base, head := r.s.Base.SHA, r.s.Head.SHA
	r.log = ahead(func() ([]git.Commit, error) { return r.repo.Log(ctx, base, head, maxCommits) })
	r.headers = ahead(func() ([]git.Header, error) { return r.repo.Headers(ctx, base, change.MaxHistory) })
	if !r.info.Bare && r.ahead {
		r.dirty = ahead(func() (int, error) { return r.repo.Uncommitted(ctx) })
	}
	return nil
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
	if known, ok := r.names[rev]; ok {
		return known()
	}
	return r.repo.FullName(ctx, rev)
}
