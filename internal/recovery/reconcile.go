package recovery

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
)

const (
	// paceFree is how many changes of a list are looked at without delay. The others follow, one every paceEach.
	paceFree = 20
	paceEach = 2 * time.Second
	// unsureShare is how much sooner than a verdict that rests on teams one is looked at again that rests on what was not shown.
	unsureShare = 4
	// seenAtOnce is how many repositories are stored in one transaction, for which deliveries wait.
	seenAtOnce = 100
)

// Reconcile lists the open changes of the repositories that were listed longest ago and asks for a look at each
// that differs from our record.
func (rc *Recovery) Reconcile(ctx context.Context) error {
	watched, err := rc.store.Watched(ctx, rc.name, rc.repositories)
	if err != nil {
		return err
	}
	var failed error
	for _, w := range watched {
		err := rc.repository(ctx, w, "", "reconciled", true)
		var limited *change.Limited
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &limited):
			rc.log.InfoContext(ctx, "reconciliation of a repository waits for the rate limit", "repository",
				w.Owner+"/"+w.Name, "until", limited.Until)
		case err != nil:
			// One repository that cannot be read must not keep the others from being reconciled.
			failed = errors.Join(failed, fmt.Errorf("reconcile %s/%s: %w", w.Owner, w.Name, err))
		}
	}
	return failed
}

// Discover takes the repositories that a connection reaches into the record where it does not say the same of them already,
// for the next Reconcile: no event may ever tell of one.
func (rc *Recovery) Discover(ctx context.Context, connection int64) error {
	repos, err := rc.forge.Repositories(ctx, connection)
	if err != nil {
		return fmt.Errorf("discover repositories: %w", err)
	}
	watched, err := rc.store.Watched(ctx, rc.name, math.MaxInt32)
	if err != nil {
		return err
	}
	known := map[int64]drift.Repository{}
	for _, w := range watched {
		known[w.ID] = w
	}
	repos = slices.DeleteFunc(repos, func(r change.Repository) bool {
		w, ok := known[r.ID]
		return ok && w.Connection == connection && w.Owner == r.Owner && w.Name == r.Name && w.Private == r.Private &&
			(r.DefaultBranch == "" || w.DefaultBranch == r.DefaultBranch)
	})
	for some := range slices.Chunk(repos, seenAtOnce) {
		a := rc.request()
		for _, r := range some {
			a.Seen = append(a.Seen, delivery.Seen{Forge: rc.name, Connection: connection, Repository: r})
		}
		if _, err := rc.store.Admit(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// Scan lists the open changes that an event put in question.
func (rc *Recovery) Scan(ctx context.Context, s delivery.Scan) error {
	if s.RepoID != 0 {
		repo, connection, err := rc.store.Repository(ctx, s.Forge, s.RepoID)
		if err == nil {
			return rc.repository(ctx, drift.Repository{Repository: repo, Connection: connection}, s.Branch, s.Why, false)
		}
		if !errors.Is(err, change.ErrNotFound) {
			return err
		}
	}
	repos, err := rc.forge.Repositories(ctx, s.Connection)
	if err != nil {
		return err
	}
	a := rc.request()
	for _, r := range repos {
		a.Seen = append(a.Seen, delivery.Seen{Forge: s.Forge, Connection: s.Connection, Repository: r})
	}
	if _, err := rc.store.Admit(ctx, a); err != nil {
		return err
	}
	for _, r := range repos {
		if s.RepoID != 0 && r.ID != s.RepoID {
			continue
		}
		if err := rc.repository(ctx, drift.Repository{Repository: r, Connection: s.Connection}, s.Branch, s.Why, false); err != nil {
			return err
		}
	}
	return nil
}

// repository compares a repository's open changes with our record and asks for a look at each that differs.
func (rc *Recovery) repository(ctx context.Context, w drift.Repository, branch, why string, recovered bool) error {
	start := rc.now()
	listed, err := rc.forge.OpenPulls(ctx, w.Connection, w.Owner, w.Name, branch, time.Time{})
	if err != nil {
		return err
	}
	open, err := rc.store.OpenChanges(ctx, rc.name, w.ID)
	if err != nil {
		return err
	}
	known := map[int]drift.Known{}
	for _, k := range open {
		if k.Record.Group == nil {
			known[k.Number] = k
		}
	}
	groups := rc.unsureGroups(open)
	ruled := map[string]drift.Branch{}
	a := rc.request()
	a.Requests = groups
	ask := func(number int, head, base change.Rev, reason string) {
		ref := change.Ref{
			Key:        change.Key{Forge: rc.name, RepoID: w.ID, Number: number},
			Owner:      w.Owner,
			Name:       w.Name,
			Connection: w.Connection,
		}
		t := delivery.ReviewRequest{Ref: &ref, Head: head, Base: base, Lane: delivery.Backfill, Why: why + ": " + reason}
		t.Missed = recovered && (reason == unknown || reason == newHead)
		t.After = time.Duration(max(0, len(a.Requests)-paceFree)) * paceEach
		a.Requests = append(a.Requests, t)
	}
	for _, p := range listed {
		k, ok := known[p.Number]
		delete(known, p.Number)
		reason, err := rc.differs(ctx, w, p, k, ok, ruled)
		if err != nil {
			return err
		}
		if reason != "" {
			ask(p.Number, p.Head, p.Base, reason)
		}
	}
	if branch == "" {
		for number, k := range known { // open in our record, and not on the forge
			ask(number, k.Head, change.Rev{}, "no longer open")
		}
		rc.forget(w.ID, listed)
	}
	if len(a.Requests) > 0 {
		if _, err := rc.store.Admit(ctx, a); err != nil {
			return err
		}
		if recovered {
			rc.log.InfoContext(ctx, "changes differ from our record and are looked at again", "repository",
				w.Owner+"/"+w.Name, "changes",
				len(a.Requests))
		}
	}
	return rc.store.Scanned(ctx, rc.name, w.ID, start)
}

// unsureGroups asks for the merge groups that were refused because GitHub did not show all of them. No list tells of a
// group, so they are known here alone.
func (rc *Recovery) unsureGroups(open []drift.Known) (all []delivery.ReviewRequest) {
	for _, k := range open {
		if k.Record.Group != nil && !k.UnsureAt.IsZero() && rc.older(k.UnsureAt, rc.teamAge/unsureShare) {
			all = append(all,
				delivery.ReviewRequest{
					Ref:   &k.Record.Ref,
					Group: k.Record.Group,
					Lane:  delivery.Backfill,
					Why:   "not all of the merge group was shown when it was read",
				})
		}
	}
	return all
}

// The reasons by which a sweep finds a head that no delivery told of.
const (
	unknown = "not known"
	newHead = "new head"
)

// differs says why a change must be looked at again; empty when our verdict still stands on everything that the list shows.
func (rc *Recovery) differs(ctx context.Context, w drift.Repository, p drift.Listed, k drift.Known, known bool,
	ruled map[string]drift.Branch) (string, error) {
	switch {
	case !known:
		return unknown, nil
	case k.TakenAt.IsZero():
		return "never judged", nil
	case k.Judged != p.Head.SHA:
		return newHead, nil
	case k.Base.Ref != p.Base.Ref:
		return "new base", nil
	case !k.UpdatedAt.Equal(p.UpdatedAt):
		return "updated", nil
	case p.UpdatedAt.Add(2 * time.Second).After(k.TakenAt):
		// The forge's times are whole seconds: an update in the same second as our reading could have been missed.
		return "updated while it was read", nil
	case k.Teams && rc.older(k.TakenAt, rc.teamAge):
		return "its owners' teams were read long ago", nil
	case !k.UnsureAt.IsZero() && rc.older(k.UnsureAt, rc.teamAge/unsureShare):
		return "not all of it was shown when it was read", nil
	}
	if why, err := rc.otherModes(ctx, k); why != "" || err != nil {
		return why, err
	}
	now, ok := ruled[p.Base.Ref]
	if !ok {
		var err error
		if now, err = rc.forge.RuledAt(ctx, w.Connection, w.Owner, w.Name, p.Base.Ref); err != nil {
			return "", err
		}
		ruled[p.Base.Ref] = now
	}
	switch {
	case controls.Digest(now.Ref, now.Merges.String(), now.Files) != k.ControlFiles:
		return "its controls or the repository's merge settings changed", nil
	case now.Tip != k.Base.SHA && p.Base.Ref != now.Default:
		// Below a stack, and only there, pushes are few and change what the changes above consist of.
		return "its base moved", nil
	}
	return "", nil
}

// older reports whether a time is longer ago than an age. One that lies ahead was noted before the clock was set back:
// nobody knows how long ago that is.
func (rc *Recovery) older(at time.Time, age time.Duration) bool {
	past := rc.now().Sub(at)
	return past > age || past < -slack
}

// slack is how far clocks may differ without being wrong.
const slack = time.Minute
