package gitlab

import (
	"sync"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/effect"
)

// stays is how long is kept what rarely changes and what no commit pins: roles, members of groups, whether a branch is
// protected, how a project merges, which gates it has.
const stays = 5 * time.Minute

// keeper keeps what rarely changes, for a while.
type keeper[V any] struct {
	mu   sync.Mutex
	held map[string]dated[V]
	// epoch counts the calls of forget: what is read in an epoch that is over must not be kept.
	epoch int64
}

type dated[V any] struct {
	value V
	until time.Time
}

// maxKept bounds a keeper; then it begins anew.
const maxKept = 10_000

func (k *keeper[V]) get(key string, now time.Time) (v V, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	d, ok := k.held[key]
	if !ok || now.After(d.until) {
		return v, false
	}
	return d.value, true
}

// begin is the epoch in which a reading begins.
func (k *keeper[V]) begin() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.epoch
}

// put keeps what a reading gave, unless forget was called since the reading began: it may have read before the change.
func (k *keeper[V]) put(began int64, key string, v V, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if began != k.epoch {
		return
	}
	if k.held == nil || len(k.held) >= maxKept {
		k.held = map[string]dated[V]{}
	}
	k.held[key] = dated[V]{v, now.Add(stays)}
}

// forget begins anew. Readings that are under way keep nothing.
func (k *keeper[V]) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = nil
	k.epoch++
}

// Forget drops what is kept of how projects merge: another gate was seen. Of people nothing is dropped, so a subject has none.
func (f *Forge) Forget(_ int64, subject string) {
	if subject != "" {
		return
	}
	f.projects.forget()
	f.checks.forget()
	f.ruled.forget()
}

// keep is get, or what read gives, which is put.
func (k *keeper[V]) keep(key string, now time.Time, read func() (V, error)) (V, error) {
	if v, ok := k.get(key, now); ok {
		return v, nil
	}
	began := k.begin()
	v, err := read()
	if err == nil {
		k.put(began, key, v, now)
	}
	return v, err
}

// glimpse is what the last reading saw of a merge request. What is published at once after it need not ask again.
type glimpse struct {
	at      time.Time
	request *gitlab.MergeRequest
	// bare is true when the project has no CI at all.
	bare bool
	// jobs is true when the project allows jobs of CI.
	jobs bool
	// tip is the target's, empty when it is not known.
	tip string
	// row is true when the head pipeline has a row of the name of our status, whosever it is.
	row bool
	// notes counts the comments of people, us among them; -1 when GitLab does not say.
	notes int
	// approved is true when Lintel's own user approves.
	approved bool
}

// glimpsed is how long a glimpse is fresh. A pipeline that begins meanwhile asks for the verdict by its event.
const glimpsed = 20 * time.Second

func (rd *reading) remember(key string, p *graphProject, m *gitlab.MergeRequest) {
	g := glimpse{
		at:      rd.o.Now(),
		request: m,
		notes:   -1,
		jobs:    p.JobsEnabled,
		bare:    !p.JobsEnabled && rd.project.BuildsAccessLevel == gitlab.DisabledAccessControl,
	}
	g.tip = rd.lastCommit
	if n := p.MergeRequest.UserNotesCount; n != nil {
		g.notes = *n
	}
	if h := p.MergeRequest.HeadPipeline; h != nil {
		g.row = h.Job != nil
	}
	self := rd.Known()
	for _, a := range p.MergeRequest.ApprovedBy.Nodes {
		g.approved = g.approved || self != 0 && a.ID.number() == self
	}
	rd.seen.put(key, g)
}

// glimpse is what was seen of an effect's merge request just now; nil when nothing was, when it was of another head, or
// when the effect may have been carried out before.
func (f *Forge) glimpse(e effect.Effect, tried bool) *glimpse {
	g, ok := f.seen.get(e.Ref.Key.String())
	if !ok || tried || f.o.Now().Sub(g.at) > glimpsed || e.Check != nil && g.request.SHA != e.Check.SHA {
		return nil
	}
	return &g
}
