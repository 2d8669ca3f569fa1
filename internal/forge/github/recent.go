package github

import (
	"container/list"
	"sync"
	"time"
)

// recent keeps the values that were used last, up to a number, or up to a weight in all.
type recent[K comparable, V any] struct {
	mu    sync.Mutex
	limit int
	// weigh is 1 for every value unless it is set; weight is that of all.
	weigh  func(V) int
	weight int
	order  *list.List
	index  map[K]*list.Element
}

type recentEntry[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](limit int) *recent[K, V] {
	return newWeighed[K](limit, func(V) int { return 1 })
}

func newWeighed[K comparable, V any](limit int, weigh func(V) int) *recent[K, V] {
	return &recent[K, V]{limit: limit, weigh: weigh, order: list.New(), index: map[K]*list.Element{}}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	el, ok := r.index[key]
	if !ok {
		var none V
		return none, false
	}
	r.order.MoveToFront(el)
	return el.Value.(recentEntry[K, V]).value, true
}

func (r *recent[K, V]) put(key K, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if el, ok := r.index[key]; ok {
		r.drop(el)
	}
	r.index[key] = r.order.PushFront(recentEntry[K, V]{key, value})
	r.weight += r.weigh(value)
	for r.weight > r.limit {
		r.drop(r.order.Back())
	}
}

func (r *recent[K, V]) drop(el *list.Element) {
	entry := r.order.Remove(el).(recentEntry[K, V])
	delete(r.index, entry.key)
	r.weight -= r.weigh(entry.value)
}

func (r *recent[K, V]) deleteFunc(drop func(K) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, el := range r.index {
		if drop(key) {
			r.drop(el)
		}
	}
}

// aged is a value with the time it was read.
type aged[V any] struct {
	value V
	at    time.Time
}

type compareKey struct {
	repo       int64
	base, head string
}

// statKey is a path at a commit.
type statKey struct {
	repo         int64
	commit, path string
}

type teamKey struct {
	installation, repo int64
	team               string
}

type accountKey struct {
	installation, repo int64
	login              string
}
