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
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/survey"
)

// Judged is what the rules say of one change.
type Judged struct {
	Change survey.Change
	// Lines are its new lines.
	Lines   int
	Refused bool
	// Settings says where the settings in force came from.
	Settings settings.Source
	// Findings are all but those in shadow.
	Findings []finding.Finding
	// Risk is what the facts say of it.
	Risk risk.Facts
	Took time.Duration
	// Err says why it could not be judged.
	Err error
}

// Rules say by what changes are judged.
type Rules struct {
	// Settings are those of every change; nil judges each by the settings at its own base, as the gate would have.
	Settings *settings.Resolution
	// Only are the families to judge, IDs the rules; empty is all.
	Only, IDs []string
}

// Judge judges the changes by the given settings. It calls progress each time that one ends.
func (h History) Judge(ctx context.Context, engine *policy.Engine, given settings.Resolution, progress func(done int)) ([]Judged, error) {
	out, done := make([]Judged, len(h.Changes)), 0
	err := h.Each(ctx, engine, Rules{Settings: &given}, h.Changes, func(i int, j Judged, _ policy.Decision) error {
		out[i] = j
		done++
		progress(done)
		return nil
	})
	return out, err
}

// Each judges changes, as many at once as there are processors, and hands each one over as soon as it is judged, with
// its place among them. Calls do not overlap; the first that fails ends the work, and so does the end of the context.
func (h History) Each(ctx context.Context, engine *policy.Engine, by Rules, changes []survey.Change,
	take func(i int, j Judged, d policy.Decision) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if h.shared == nil && len(changes) > 0 {
		// It only saves work: without it, each change reads its own part.
		h.shared, _ = local.ReadLine(ctx, h.Repo, h.Line[0].ID, len(h.Line))
	}
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(runtime.GOMAXPROCS(0), max(1, len(changes))) {
		wg.Go(func() {
			for i := range next {
				j, d := h.judge(ctx, engine, by, changes[i])
				mu.Lock()
				// What was cut off by the end of the work is no answer about the change.
				if ctx.Err() == nil {
					if err := take(i, j, d); err != nil {
						cancel(err)
					}
				}
				mu.Unlock()
			}
		})
	}
	for i := range changes {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

func (h History) judge(ctx context.Context, engine *policy.Engine, by Rules, c survey.Change) (
	out Judged, d policy.Decision) {
	out.Change = c
	began := time.Now()
	var given *settings.Settings
	if by.Settings != nil {
		given = &by.Settings.Settings
	}
	wants := engine.WantsOfAll(given, by.IDs...)
	options := local.Options{Dir: h.Root, Base: c.Base, Head: c.Head, Author: c.Author, Now: began, Wants: wants, Line: h.shared}
	// A commit that was pushed has no title of a change: it is judged as the commit that it is.
	if c.Title != "" && c.Landed != survey.Direct {
		options.Title, options.Body = &c.Title, &c.Body
	}
	reading, err := local.Read(ctx, options)
	if err != nil {
		out.Err = err
		return out, d
	}
	var resolution settings.Resolution
	if by.Settings != nil {
		resolution = *by.Settings
	} else {
		resolution = settings.Resolve(reading.Snapshot.Controls, reading.Snapshot.Gaps, engine.Configurable())
	}
	f, d, err := engine.Judge(ctx, reading.Snapshot, resolution, policy.Options{Only: by.Only, Rules: by.IDs})
	if err != nil {
		out.Err = err
		return out, d
	}
	out.Took, out.Settings = time.Since(began), resolution.Source
	out.Risk = f.Risk
	out.Lines, out.Refused, out.Findings = f.Size.New.Lines, d.Conclusion == effect.Failure, d.Visible()
	return out, d
}
