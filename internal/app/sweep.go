package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/store"
)

// recovery finds what webhooks did not tell: deliveries that failed, changes that moved unseen, jobs that were lost.
type recovery struct {
	store    *store.Store
	forge    *github.Forge
	reviewer *review.Reviewer
	log      *slog.Logger
	now      func() time.Time
	// teamAge is after how long a verdict that rests on teams is looked at again without an event.
	teamAge time.Duration
	// waits is how often the heads that wait for reports are looked through.
	waits time.Duration
	// stuck are the deliveries, by GUID, of which the log says that they cannot be sent again.
	stuck sync.Map
	// repositories bounds how many repositories one reconciliation lists.
	repositories int
}

const (
	// deliveriesKept is how long GitHub can send a delivery again.
	deliveriesKept = 3 * 24 * time.Hour
	sweptMark      = "deliveries-swept"
	// overlap re-reads the end of the last sweep's time: the log is not written at once.
	overlap = 10 * time.Minute
	// paceFree changes of a list are looked at without delay, the others paceEach after one another.
	paceFree = 20
	paceEach = 2 * time.Second
	// unsureShare is how much sooner than a verdict that rests on teams one is looked at again that rests on what was not shown.
	unsureShare = 4
	// strandedAfter is how long a check stands in progress on a commit of no open change before it is concluded, strandedFor how far back they are looked for.
	strandedAfter = time.Minute
	strandedFor   = 7 * 24 * time.Hour
	// lostAfter is how long a change may wait unlooked before its job is taken for lost.
	lostAfter = 10 * time.Minute
)

// redeliver asks GitHub again for the deliveries that never reached us.
func (rc *recovery) redeliver(ctx context.Context) error {
	start := rc.now()
	since := start.Add(-deliveriesKept)
	text, err := rc.store.Mark(ctx, sweptMark)
	if err != nil {
		return err
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		if at := time.UnixMilli(ms).Add(-overlap); at.After(since) {
			since = at
		}
	}
	missed, err := rc.forge.Missed(ctx, since)
	if err != nil {
		return err
	}
	asked, swept := 0, start
	for _, m := range missed {
		if err := rc.forge.Redeliver(ctx, m.ID); err != nil {
			var refused *change.Refused
			var unread *change.Unread
			if !errors.As(err, &refused) && !errors.As(err, &unread) {
				return err
			}
			// The answer may pass, so the next sweep begins with this delivery again, for as long as GitHub keeps it. It is told of once.
			if at := m.At.Add(overlap); at.Before(swept) {
				swept = at
			}
			if _, told := rc.stuck.LoadOrStore(m.GUID, true); !told {
				rc.log.Warn("a lost delivery cannot be sent again now; it is asked for again", "delivery", m.GUID, "event", m.Event, "error", err.Error())
			}
			continue
		}
		rc.stuck.Delete(m.GUID)
		asked++
	}
	if asked > 0 {
		rc.log.Info("asked GitHub again for deliveries that failed", "deliveries", asked, "since", since)
	}
	return rc.store.SetMark(ctx, sweptMark, strconv.FormatInt(swept.UnixMilli(), 10))
}

// reconcile lists the open pull requests of the repositories that were listed longest ago and asks for a look at each that differs from our record.
func (rc *recovery) reconcile(ctx context.Context) error {
	watched, err := rc.store.Watched(ctx, change.GitHub, rc.repositories)
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
			rc.log.Info("reconciliation of a repository waits for the rate limit", "repository", w.Owner+"/"+w.Name, "until", limited.Until)
		case err != nil:
			// One repository that cannot be read must not keep the others from being reconciled.
			failed = errors.Join(failed, fmt.Errorf("reconcile %s/%s: %w", w.Owner, w.Name, err))
		}
	}
	return failed
}

// Scan lists the open pull requests that an event put in question.
func (rc *recovery) scan(ctx context.Context, s delivery.Scan) error {
	if s.RepoID != 0 {
		repo, installation, err := rc.store.Repository(ctx, s.Forge, s.RepoID)
		if err == nil {
			return rc.repository(ctx, store.Watched{Repository: repo, Installation: installation}, s.Branch, s.Why, false)
		}
		if !errors.Is(err, change.ErrNotFound) {
			return err
		}
	}
	repos, err := rc.forge.Repositories(ctx, s.Installation)
	if err != nil {
		return err
	}
	a := rc.admission()
	for _, r := range repos {
		a.Seen = append(a.Seen, delivery.Seen{Forge: s.Forge, Installation: s.Installation, Repository: r})
	}
	if _, err := rc.store.Admit(ctx, a); err != nil {
		return err
	}
	for _, r := range repos {
		if s.RepoID != 0 && r.ID != s.RepoID {
			continue
		}
		if err := rc.repository(ctx, store.Watched{Repository: r, Installation: s.Installation}, s.Branch, s.Why, false); err != nil {
			return err
		}
	}
	return nil
}

func (rc *recovery) admission() delivery.Admission {
	return delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub, ReceivedAt: rc.now()}, Outcome: delivery.Accepted}
}

// repository compares a repository's open pull requests with our record and asks for a look at each that differs.
func (rc *recovery) repository(ctx context.Context, w store.Watched, branch, why string, recovered bool) error {
	start := rc.now()
	listed, err := rc.forge.OpenPulls(ctx, w.Installation, w.Owner, w.Name, branch, time.Time{})
	if err != nil {
		return err
	}
	open, err := rc.store.OpenChanges(ctx, change.GitHub, w.ID)
	if err != nil {
		return err
	}
	known := map[int]store.Known{}
	for _, k := range open {
		if k.Record.Group == nil {
			known[k.Number] = k
		}
	}
	groups := rc.unsureGroups(open)
	ruled := map[string]github.Ruled{}
	a := rc.admission()
	a.Touches = groups
	ask := func(number int, head, base change.Rev, reason string) {
		ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: w.ID, Number: number}, Owner: w.Owner, Name: w.Name, Installation: w.Installation}
		t := delivery.Touch{Ref: &ref, Head: head, Base: base, Lane: delivery.Backfill, Why: why + ": " + reason}
		t.After = time.Duration(max(0, len(a.Touches)-paceFree)) * paceEach
		a.Touches = append(a.Touches, t)
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
	}
	if len(a.Touches) > 0 {
		if _, err := rc.store.Admit(ctx, a); err != nil {
			return err
		}
		if recovered {
			rc.log.Info("changes differ from our record and are looked at again", "repository", w.Owner+"/"+w.Name, "changes", len(a.Touches))
		}
	}
	return rc.store.Scanned(ctx, change.GitHub, w.ID, start)
}

// unsureGroups asks for the merge groups that were refused because GitHub did not show all of them. No list tells of a group, so they are known here alone.
func (rc *recovery) unsureGroups(open []store.Known) (all []delivery.Touch) {
	for _, k := range open {
		if k.Record.Group != nil && !k.UnsureAt.IsZero() && rc.now().Sub(k.UnsureAt) > rc.teamAge/unsureShare {
			all = append(all, delivery.Touch{Ref: &k.Record.Ref, Group: k.Record.Group, Lane: delivery.Backfill, Why: "not all of the merge group was shown when it was read"})
		}
	}
	return all
}

// differs says why a pull request must be looked at again; empty when our verdict still stands on everything that the list shows.
func (rc *recovery) differs(ctx context.Context, w store.Watched, p github.Listed, k store.Known, known bool, ruled map[string]github.Ruled) (string, error) {
	switch {
	case !known:
		return "not known", nil
	case k.TakenAt.IsZero():
		return "never judged", nil
	case k.Judged != p.Head.SHA:
		return "new head", nil
	case k.Base.Ref != p.Base.Ref:
		return "new base", nil
	case !k.UpdatedAt.Equal(p.UpdatedAt):
		return "updated", nil
	case p.UpdatedAt.Add(2 * time.Second).After(k.TakenAt):
		// The forge's times are whole seconds: an update in the same second as our reading could have been missed.
		return "updated while it was read", nil
	case k.Teams && rc.now().Sub(k.TakenAt) > rc.teamAge:
		return "its owners' teams were read long ago", nil
	case !k.UnsureAt.IsZero() && rc.now().Sub(k.UnsureAt) > rc.teamAge/unsureShare:
		return "not all of it was shown when it was read", nil
	}
	now, ok := ruled[p.Base.Ref]
	if !ok {
		var err error
		if now, err = rc.forge.RuledAt(ctx, w.Installation, w.Owner, w.Name, p.Base.Ref); err != nil {
			return "", err
		}
		ruled[p.Base.Ref] = now
	}
	switch {
	case controls.Digest(now.Ref, now.Merges.String(), now.Files) != k.ControlFiles:
		return "its controls or the repository's merge settings changed", nil
	case now.Tip != k.Base.SHA && p.Base.Ref != now.Default:
		// Below a stack, and only there, pushes are few and change what the pull requests above consist of.
		return "its base moved", nil
	}
	return "", nil
}

// Sweep reconciles every repository with the forge once, now, as the clock does every five minutes.
func (s *Server) Sweep(ctx context.Context) error { return s.recovery.reconcile(ctx) }

// lost asks again for changes that wait without a job: given up after many tries, or lost with the queue.
func (rc *recovery) lost(ctx context.Context, before time.Time) error {
	records, err := rc.store.Lost(ctx, before, 500)
	if err != nil || len(records) == 0 {
		return err
	}
	a := rc.admission()
	for _, r := range records {
		ref := r.Ref
		a.Touches = append(a.Touches, delivery.Touch{Ref: &ref, Group: r.Group, Lane: delivery.Backfill, Why: "waited without a job"})
	}
	_, err = rc.store.Admit(ctx, a)
	return err
}

// conclude ends the checks that stand in progress on commits of no open change. One that the forge will not take is let go: the commit, or all of it, is gone.
func (rc *recovery) conclude(ctx context.Context) error {
	now := rc.now()
	all, err := rc.store.Stranded(ctx, now.Add(-strandedFor), now.Add(-strandedAfter), 100)
	if err != nil {
		return err
	}
	var failed error
	for _, e := range all {
		err := rc.reviewer.Conclude(ctx, e)
		var limited *change.Limited
		var refused *change.Refused
		var unread *change.Unread
		var gone *change.Gone
		switch {
		case errors.As(err, &limited):
			return nil // the next sweep goes on
		case errors.As(err, &refused), errors.As(err, &unread), errors.As(err, &gone):
			pending, err := rc.store.Pending(ctx, e.Ref.Key, effect.KindCheck)
			for _, p := range pending {
				if p.Effect.Check.SHA == e.Check.SHA {
					err = errors.Join(err, rc.store.Drop(ctx, p.Effect, "the forge did not take it, and the change is over"))
				}
			}
			failed = errors.Join(failed, err)
		default:
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// due asks for a look at each head that has waited for reports of CI until half of its time, or to the end of it: no event may ever come again.
// What was asked for is in the record before it is forgotten that it was due, so a process that is killed between the two asks twice.
func (rc *recovery) due(ctx context.Context) error {
	now := rc.now()
	records, err := rc.store.Due(ctx, now, 500)
	if err != nil || len(records) == 0 {
		return err
	}
	a := rc.admission()
	for _, r := range records {
		ref := r.Ref
		a.Touches = append(a.Touches, delivery.Touch{Ref: &ref, Lane: delivery.Interactive, Why: "the time to wait for reports of CI goes by"})
	}
	if _, err := rc.store.Admit(ctx, a); err != nil {
		return err
	}
	for _, r := range records {
		if err := rc.store.Told(ctx, r.Key, now); err != nil {
			return err
		}
	}
	return nil
}

// renewed asks for a look at every open change when the gate was switched or the policies are others than those of the last start: a verdict that was
// made by them would stand for as long as nothing happens to its pull request.
func (rc *recovery) renewed(ctx context.Context, gate, policies string) error {
	const mark = "judged-by"
	now := gate + " " + policies
	before, err := rc.store.Mark(ctx, mark)
	if err != nil || before == now {
		return err
	}
	installations, err := rc.store.Installations(ctx, change.GitHub)
	if err != nil {
		return err
	}
	a := rc.admission()
	for _, id := range installations {
		a.Touches = append(a.Touches, delivery.Touch{All: true, Forge: change.GitHub, Installation: id, Lane: delivery.Backfill, Pace: paceEach, Why: "the gate or the policies are not those of the last start"})
	}
	if len(installations) > 0 && before != "" {
		receipt, err := rc.store.Admit(ctx, a)
		if err != nil {
			return err
		}
		rc.log.Info("the gate or the policies changed since the last start; open pull requests are looked at again", "gate", gate, "changes", len(receipt.Touched))
	}
	return rc.store.SetMark(ctx, mark, now)
}

// sweeps are the works of the clock.
func (rc *recovery) sweeps(keep store.Retention) []queue.Sweep {
	return []queue.Sweep{
		{Name: "redeliver", Every: 5 * time.Minute, AtStart: true, Run: rc.redeliver},
		{Name: "reconcile", Every: 5 * time.Minute, AtStart: true, Run: rc.reconcile},
		{Name: "waits", Every: rc.waits, AtStart: true, Run: rc.due},
		{Name: "lost", Every: time.Minute, Run: func(ctx context.Context) error { return rc.lost(ctx, rc.now().Add(-lostAfter)) }},
		{Name: "stranded", Every: time.Minute, AtStart: true, Run: rc.conclude},
		{Name: "unstepped", Every: time.Minute, Run: func(ctx context.Context) error {
			n, err := rc.store.Unstepped(ctx, rc.now().Add(-lostAfter), 100)
			if n > 0 {
				rc.log.Info("asked again for steps of advice that wait for long", "steps", n)
			}
			return err
		}},
		{Name: "prune", Every: time.Hour, Run: func(ctx context.Context) error {
			n, err := rc.store.Prune(ctx, keep)
			if n > 0 {
				rc.log.Info("deleted records past their retention", "rows", n)
			}
			return err
		}},
	}
}
