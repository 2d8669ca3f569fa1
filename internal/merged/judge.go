package merged

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/survey"
)

// Judged is what the rules say of one change.
type Judged struct {
	Change survey.Change
	// Lines are its new lines.
	Lines   int
	Refused bool
	// Findings are all but those in shadow.
	Findings []finding.Finding
	Took     time.Duration
	// Err says why it could not be judged.
	Err error
}

// Judge judges the changes by settings, as many at once as there are processors. It calls progress each time that one ends.
func (h History) Judge(ctx context.Context, engine *policy.Engine, r settings.Resolution, progress func(done int)) ([]Judged, error) {
	out := make([]Judged, len(h.Changes))
	next, done := make(chan int), 0
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(runtime.GOMAXPROCS(0), max(1, len(h.Changes))) {
		wg.Go(func() {
			for i := range next {
				out[i] = h.judge(ctx, engine, r, h.Changes[i])
				mu.Lock()
				done++
				progress(done)
				mu.Unlock()
			}
		})
	}
	for i := range h.Changes {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return out, ctx.Err()
}

func (h History) judge(ctx context.Context, engine *policy.Engine, r settings.Resolution, c survey.Change) (out Judged) {
	out.Change = c
	began := time.Now()
	options := local.Options{Dir: h.Root, Base: c.Base, Head: c.Head, Author: c.Author, Now: began, Wants: engine.Wants(&r.Settings)}
	// A commit that was pushed has no title of a pull request: it is judged as the commit that it is.
	if c.Title != "" && c.Landed != survey.Direct {
		options.Title, options.Body = &c.Title, &c.Body
	}
	reading, err := local.Read(ctx, options)
	if err != nil {
		out.Err = err
		return out
	}
	f, d, err := engine.Judge(ctx, reading.Snapshot, r, policy.Options{})
	if err != nil {
		out.Err = err
		return out
	}
	out.Took = time.Since(began)
	out.Lines, out.Refused, out.Findings = f.Size.New.Lines, d.Conclusion == effect.Failure, d.Visible()
	return out
}
