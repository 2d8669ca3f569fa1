package gitlabpart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/web"
)

// watched is how often the gates and webhooks of projects are looked at.
const watched = 15 * time.Minute

// maxWatched bounds how many projects are looked at in one go, those first that were looked at longest ago.
const maxWatched = 200

// Watches keeps what was seen of projects, for all processes.
type Watches interface {
	KeepWatches(ctx context.Context, forge change.Forge, all []fleet.Watched) error
	WatchesOf(ctx context.Context, forge change.Forge) (fleet.Watches, error)
}

// watch is who looks at projects.
type watch struct {
	// eye sees webhooks and external checks, public is our own address.
	eye    *gitlab.Forge
	public string
}

// watch looks at which gate holds merges into each project, and at its webhook. GitLab disables one after a few failures,
// and then sends nothing and says nothing.
func (l *Served) watch(ctx context.Context, record Watches) error {
	all, err := l.Repositories(ctx, Connection)
	if err != nil {
		return err
	}
	known, err := record.WatchesOf(ctx, change.GitLab)
	if err != nil {
		return err
	}
	before := map[int64]fleet.Watched{}
	for _, w := range known.All {
		before[w.RepoID] = w
	}
	slices.SortStableFunc(all, func(a, b change.Repository) int { return before[a.ID].At.Compare(before[b.ID].At) })
	var seen []fleet.Watched
	var failed error
	for _, r := range all[:min(len(all), maxWatched)] {
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
		seen = append(seen, w)
		if was := before[r.ID].Webhook; w.Webhook != was && w.Webhook != "" && w.Webhook != "executable" {
			l.log.ErrorContext(ctx, "a webhook does not send to us; until it does, changes are found by sweeps",
				"project", w.Name, "state", w.Webhook,
				"remedy", "see its recent events, and send a test event: one that is answered enables it again")
		}
	}
	return errors.Join(failed, record.KeepWatches(ctx, change.GitLab, append(seen, gone(known, all)...)))
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
