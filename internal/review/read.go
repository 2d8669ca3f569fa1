package review

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/trace"
)

// read takes the snapshot, and shows the check in progress when that takes long.
func (v *Reviewer) read(ctx context.Context, r change.Record) (change.Snapshot, error) {
	type result struct {
		snap change.Snapshot
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var got result
		defer func() {
			if p := recover(); p != nil {
				got.err = fmt.Errorf("read %s: panic: %v", r.Ref, p)
			}
			done <- got
		}()
		ctx, end := trace.Start(ctx, "snapshot", trace.Int(trace.Repository, r.RepoID), trace.Int(trace.Change, r.Number))
		got.snap, got.err = v.options.Source.Snapshot(ctx, r)
		end(got.err)
	}()
	slow := time.NewTimer(v.options.Slow)
	defer slow.Stop()
	select {
	case got := <-done:
		return got.snap, got.err
	case <-slow.C:
	}
	if err := v.showProgress(ctx, r); err != nil {
		v.options.Log.WarnContext(ctx, "could not show the check in progress", "change", r.Ref.String(), "error", err.Error())
	}
	got := <-done
	return got.snap, got.err
}

// showProgress shows the check in progress on the commit that the record names, unless something stands there already.
func (v *Reviewer) showProgress(ctx context.Context, r change.Record) error {
	if r.Target() == "" || r.State != change.Open {
		return nil
	}
	effects, err := v.options.Store.SavePlan(ctx, plan.Look{Record: r, KeepRecord: true}, func(st plan.Standing) ([]effect.Effect, error) {
		if _, stands := st.Checks[publish.CheckName]; stands {
			return nil, nil
		}
		return []effect.Effect{publish.Progress(r, st, v.options.Page(r.Ref), v.options.Now())}, nil
	})
	if err != nil || len(effects) == 0 {
		return err
	}
	return v.options.Outbox.Run(ctx, r.Key, r.Target())
}

// applySnapshot replaces the hints of events in a record by what was read.
func applySnapshot(r change.Record, s change.Snapshot) change.Record {
	r.State, r.Group = s.State, s.Group
	if s.Head.SHA != "" {
		r.Head, r.Base = s.Head, s.Base
	}
	r.Owner, r.Name = s.Ref.Owner, s.Ref.Name
	return r
}
