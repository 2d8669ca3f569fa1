package gitlabpart

import (
	"context"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// watched is how often webhooks are looked at.
const watched = 15 * time.Minute

// maxWatched bounds how many projects' webhooks are looked at in one go.
const maxWatched = 200

// watch is what is known of the webhooks that send to us.
type watch struct {
	// eye sees webhooks, address is where they send to.
	eye     *gitlab.Forge
	address string

	mu     sync.Mutex
	counts map[string]int
	at     time.Time
	// ill are the projects whose webhook is not all right, by its state.
	ill map[int64]string
}

// states counts projects by the state of their webhook; nil when nobody could see it for a while. Another process of a
// cluster may have looked since.
func (w *watch) states(now time.Time) map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.at) > watched+5*time.Minute {
		return nil
	}
	return w.counts
}

// watch looks at the webhooks. GitLab disables one after a few failures, and then sends nothing and says nothing.
func (l *Served) watch(ctx context.Context) error {
	all, err := l.Repositories(ctx, connection)
	if err != nil {
		return err
	}
	var counts map[string]int
	ill := map[int64]string{}
	for _, r := range all[:min(len(all), maxWatched)] {
		state, err := l.hooks.eye.HookState(ctx, r, l.hooks.address)
		if err != nil {
			return err
		}
		if state == "" {
			continue
		}
		if counts == nil {
			counts = map[string]int{}
		}
		if counts[state]++; state != "executable" {
			ill[r.ID] = state
		}
		if before := l.hooks.before(r.ID); state != "executable" && state != before {
			l.log.ErrorContext(ctx, "a webhook does not send to us; until it does, changes are found by sweeps",
				"project", r.Owner+"/"+r.Name,
				"state", state, "remedy", "see its recent events, and send a test event: one that is answered enables it again")
		}
	}
	l.hooks.mu.Lock()
	defer l.hooks.mu.Unlock()
	l.hooks.counts, l.hooks.ill, l.hooks.at = counts, ill, l.now()
	return nil
}

func (w *watch) before(project int64) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ill[project]
}
