package web

import (
	"sync"
	"time"
)

// maxNoises bounds how many sources are told apart; beyond, all share one line a minute.
const maxNoises = 1000

// noises lets one line a minute through for each kind of trouble and source, so that nobody can fill the log. The zero value is ready.
type noises struct {
	mu   sync.Mutex
	seen map[string]noise
}

type noise struct {
	at       time.Time
	silenced int
}

// tell reports whether to log, and how many were silenced since the line before.
func (n *noises) tell(what string, now time.Time) (yes bool, silenced int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen == nil {
		n.seen = map[string]noise{}
	}
	if _, known := n.seen[what]; !known && len(n.seen) >= maxNoises {
		for k, v := range n.seen {
			if now.Sub(v.at) >= time.Minute {
				delete(n.seen, k)
			}
		}
		if len(n.seen) >= maxNoises {
			what = "others"
		}
	}
	last, known := n.seen[what]
	if known && now.Sub(last.at) < time.Minute {
		last.silenced++
		n.seen[what] = last
		return false, 0
	}
	n.seen[what] = noise{at: now}
	return true, last.silenced
}
