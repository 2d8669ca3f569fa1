package gitlabpart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/web"
)

// watched is how often the gates and webhooks of projects are looked at.
const watched = 15 * time.Minute

// maxWatched bounds how many projects are looked at in one go.
const maxWatched = 200

// Watches keeps what was seen of projects, for all processes.
type Watches interface {
	KeepWatches(ctx context.Context, forge change.Forge, all []fleet.Watched) error
	WatchesOf(ctx context.Context, forge change.Forge) (fleet.Watches, error)
	WatchOf(ctx context.Context, forge change.Forge, repo int64) (fleet.Watched, error)
	LastGates(ctx context.Context, forge change.Forge) (map[int64]string, error)
	gitlab.Marks
}

// Again asks for a look at every open change of a repository that publishes its verdict anew: the first few after a time,
// each further one pace later. It says how many there are.
type Again func(ctx context.Context, repo int64, after, pace time.Duration, why string) (looks int, err error)

// Held reads the gate of a repository, as some process saw it lately; empty where none did.
func Held(record Watches) func(ctx context.Context, forge change.Forge, repo int64) (string, error) {
	return func(ctx context.Context, forge change.Forge, repo int64) (string, error) {
		if forge != change.GitLab {
			return "", nil // a check that must pass is the forge's own setting, which nobody watches
		}
		w, err := record.WatchOf(ctx, forge, repo)
		return w.Gate, err
	}
}

// watch is who looks at projects.
type watch struct {
	// eye sees webhooks and external checks, public is our own address.
	eye    *gitlab.Forge
	public string

	// watched and asked say when this process tried last to look at a project, and to read the log of its webhook.
	watched, asked rounds
}

// rounds gives every project its turn: one whose look fails each time gets none before those that can be looked at.
type rounds struct {
	// most is how many have one in one go (0: maxWatched).
	most int
	mu   sync.Mutex
	had  map[int64]time.Time
}

// next are the projects whose turn it is, those first that had one longest ago; seen is when somebody looked at one last.
// All of them have it now.
func (r *rounds) next(all []change.Repository, seen map[int64]fleet.Watched, now time.Time) []change.Repository {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := make(map[int64]time.Time, len(all)) // what is known of projects that are gone goes
	for _, p := range all {
		had[p.ID] = seen[p.ID].At
		if tried := r.had[p.ID]; tried.After(had[p.ID]) {
			had[p.ID] = tried
		}
	}
	all = slices.Clone(all)
	sorting.StableBy(all, func(a, b change.Repository) int { return had[a.ID].Compare(had[b.ID]) })
	all = all[:min(len(all), cmp.Or(r.most, maxWatched))]
	for i, p := range all {
		had[p.ID] = now.Add(time.Duration(i)) // no two at once, or the first would always be before the others
	}
	r.had = had
	return all
}

// Watch looks at which gate holds merges into each project, and at its webhook. GitLab disables one after a few failures,
// and then sends nothing and says nothing.
func (l *Served) Watch(ctx context.Context, record Watches, again Again) error {
	all, err := l.Repositories(ctx, Connection)
	if err != nil {
		return err
	}
	known, err := record.WatchesOf(ctx, change.GitLab)
	if err != nil {
		return err
	}
	// A gate may have changed while nobody showed it, and while no process ran.
	had, err := record.LastGates(ctx, change.GitLab)
	if err != nil {
		return err
	}
	before := map[int64]fleet.Watched{}
	for _, w := range known.All {
		before[w.RepoID] = w
	}
	var seen []fleet.Watched
	var failed error
	for _, r := range l.hooks.watched.next(all, before, l.now()) {
		w := fleet.Watched{RepoID: r.ID, Name: r.Owner + "/" + r.Name}
		if w.Webhook, err = l.hooks.eye.HookState(ctx, r, l.hooks.public+path); err == nil {
			w.Gate, err = l.InForce(ctx, r, l.hooks.public, l.hooks.eye)
		}
		if limited := new(change.Limited); errors.As(err, &limited) || ctx.Err() != nil {
			failed = errors.Join(failed, err)
			break // what was seen is kept all the same
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("look at %s: %w", w.Name, err))
			continue // the others are looked at all the same
		}
		if was := had[r.ID]; was != "" && w.Gate != "" && w.Gate != was {
			if err := l.regate(ctx, r, record, again, was, w.Gate); err != nil {
				failed = errors.Join(failed, err)
				continue // the change is seen again, and is one still
			}
		}
		seen = append(seen, w)
		if was := before[r.ID].Webhook; w.Webhook != was && w.Webhook != "" && w.Webhook != "executable" {
			l.log.ErrorContext(ctx, "a webhook does not send to us; until it does, changes are found by sweeps",
				"project", w.Name, "state", w.Webhook,
				"remedy", "see its recent events, and send a test event: one that is answered enables it again")
		}
	}
	return errors.Join(failed, record.KeepWatches(ctx, change.GitLab, append(seen, gone(known, all)...)))
}

// The looks that other gates ask for are paced over all projects: of one, twenty begin after gateKept, and each further one
// gatePace later; the next project's begin behind them. gatesUntil is the mark that says until when those asked for already take.
const (
	// gateKept is longer than any process keeps which rules and checks a project has: looks that begin sooner would say of the
	// gate before that it holds, and none would come after them.
	gateKept   = 6 * time.Minute
	gatePace   = 2 * time.Second
	gatesUntil = "gitlab-gates-until"
)

// regate has the verdicts of a project's open merge requests published again, since another gate is to hold them from now on:
// none of its own would say so, and a note that stands tells of the gate before.
func (l *Served) regate(ctx context.Context, r change.Repository, record Watches, again Again, was, is string) error {
	text, err := record.Mark(ctx, gatesUntil)
	if err != nil {
		return err
	}
	now := l.now()
	begin := now.Add(gateKept)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && time.UnixMilli(ms).After(begin) {
		begin = time.UnixMilli(ms)
	}
	looks, err := again(ctx, r.ID, begin.Sub(now), gatePace, "merges are held by another gate: "+is+" instead of "+was)
	if err != nil {
		return fmt.Errorf("publish again what another gate of %s/%s holds: %w", r.Owner, r.Name, err)
	}
	return record.SetMark(ctx, gatesUntil, strconv.FormatInt(begin.Add(time.Duration(looks)*gatePace).UnixMilli(), 10))
}

// Resend has GitLab send again what webhooks could not deliver, where their logs are shown: where a look at the project saw
// its webhook at work.
func (l *Served) Resend(ctx context.Context, record Watches) error {
	known, err := record.WatchesOf(ctx, change.GitLab)
	if err != nil {
		return err
	}
	shown := map[int64]bool{}
	for _, w := range known.All {
		shown[w.RepoID] = w.Webhook == "executable"
	}
	if len(shown) == 0 {
		return nil
	}
	all, err := l.Repositories(ctx, Connection)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(r change.Repository) bool { return !shown[r.ID] })
	again := gitlab.Resends{Forge: l.hooks.eye, Address: l.hooks.public + path, Marks: record}
	asked := 0
	var failed error
	for _, r := range l.hooks.asked.next(all, nil, l.now()) {
		got, err := again.Of(ctx, r)
		asked += got.Arrived
		for _, which := range got.GivenUp {
			l.log.WarnContext(ctx, "a delivery that GitLab could not make is asked for no more; sweeps find changes, and no comments",
				"project", r.Owner+"/"+r.Name, "delivery", which,
				"remedy", "see the webhook's recent events; a command in a comment that was lost is written again")
		}
		if limited := new(change.Limited); errors.As(err, &limited) || ctx.Err() != nil {
			failed = errors.Join(failed, err)
			break
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("send again what %s/%s could not deliver: %w", r.Owner, r.Name, err))
		}
	}
	if asked > 0 {
		l.log.InfoContext(ctx, "GitLab sent deliveries again that had failed", "deliveries", asked)
	}
	return failed
}

// gone are the projects that Lintel's user sees no more: what was seen of them is true no more, and nothing is known now.
func gone(known fleet.Watches, all []change.Repository) (lost []fleet.Watched) {
	for _, w := range known.All {
		there := slices.ContainsFunc(all, func(r change.Repository) bool { return r.ID == w.RepoID })
		if !there && w.Gate+w.Webhook != "" { // an empty row is not kept on, so that it goes
			lost = append(lost, fleet.Watched{RepoID: w.RepoID, Name: w.Name})
		}
	}
	return lost
}

// silent reports in every process that GitLab switched webhooks off. This server does its part all the same.
func silent(record Watches) web.Check {
	return web.Check{
		Name: "webhooks of gitlab",
		Run: func(ctx context.Context) error {
			all, err := record.WatchesOf(ctx, change.GitLab)
			if err != nil {
				return err
			}
			ill := all.Silent()
			if len(ill) == 0 {
				return nil
			}
			return &web.Degraded{
				Err: fmt.Errorf("GitLab disabled the webhooks of %d projects after failures, the first is %s (%s)",
					len(ill), ill[0].Name, ill[0].Webhook),
			}
		},
		Remedy: "see the webhook's recent events on GitLab, and send a test event: one that is answered enables it again",
		Keep:   30 * time.Second,
	}
}
