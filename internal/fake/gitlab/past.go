package gitlab

import (
	"net/http"
	"sync"
)

// past are the last answers to questions, for faults that give an old one: GitLab reads from replicas that lag.
type past struct {
	mu   sync.Mutex
	last map[string]answer
}

// maxPast bounds what is remembered.
const maxPast = 10_000

// question names a read by who asks and what; "" for what changes something.
func (c *call) question() string {
	if c.r.Method != http.MethodGet && c.r.URL.Path != "/api/graphql" {
		return ""
	}
	return c.who.name() + "\x00" + c.r.URL.RequestURI() + "\x00" + c.sum
}

func (p *past) get(c *call) (answer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.last[c.question()]
	return a, ok
}

func (p *past) put(c *call, a answer) {
	q := c.question()
	if q == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || len(p.last) >= maxPast {
		p.last = map[string]answer{}
	}
	a.header = map[string]string{}
	for _, name := range []string{"Link", "X-Next-Page", "X-Total", "X-Total-Pages"} {
		if value := c.header.Get(name); value != "" {
			a.header[name] = value
		}
	}
	p.last[q] = a
}
