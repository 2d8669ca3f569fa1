package githost

import (
	"container/list"
	"sync"
)

// cache keeps values by key up to a total cost, dropping the least recently used first.
type cache[V any] struct {
	mu    sync.Mutex
	max   int
	used  int
	order *list.List
	items map[string]*list.Element
}

type item[V any] struct {
	key  string
	val  V
	cost int
}

func newCache[V any](max int) *cache[V] {
	return &cache[V]{max: max, order: list.New(), items: map[string]*list.Element{}}
}

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*item[V]).val, true
	}
	var zero V
	return zero, false
}

// put keeps val. A value dearer than an eighth of the cache is not kept, so that one giant cannot empty it.
func (c *cache[V]) put(key string, val V, cost int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.items[key]; ok || cost > c.max/8 {
		return
	}
	c.items[key] = c.order.PushFront(&item[V]{key, val, cost})
	c.used += cost
	for c.used > c.max {
		last := c.order.Back()
		old := c.order.Remove(last).(*item[V])
		delete(c.items, old.key)
		c.used -= old.cost
	}
}
