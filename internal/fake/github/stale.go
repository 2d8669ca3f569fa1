package github

import (
	"crypto/sha256"
	"net/http"
	"sync"
)

// maxAnswers bounds how many answers are remembered for Stale faults.
const maxAnswers = 5000

// answers remembers the last answer to every read, so that a fault can give it again.
type answers struct {
	on   bool
	mu   sync.Mutex
	last map[[32]byte]reply
}

func newAnswers(on bool) *answers { return &answers{on: on, last: map[[32]byte]reply{}} }

func (a *answers) key(c *call) ([32]byte, bool) {
	if c.r.Method != http.MethodGet && (c.route == nil || c.route.pattern != "/graphql") {
		return [32]byte{}, false
	}
	return sha256.Sum256(
		[]byte(c.who.key + "\x00" + c.r.Header.Get("Accept") + "\x00" + c.r.URL.RequestURI() + "\x00" + string(c.body))), true
}

func (a *answers) get(c *call) (reply, bool) {
	key, ok := a.key(c)
	if !a.on || !ok {
		return reply{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	answer, ok := a.last[key]
	if answer.link != "" {
		c.header.Set("Link", answer.link)
	}
	return answer, ok
}

func (a *answers) put(c *call, answer reply) {
	key, ok := a.key(c)
	if !a.on || !ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.last) >= maxAnswers {
		clear(a.last)
	}
	answer.link = c.header.Get("Link")
	a.last[key] = answer
}
