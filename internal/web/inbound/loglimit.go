package inbound

import (
	"sync"
	"time"
)

// maxSources bounds how many sources have a limit of their own; beyond, all share one line a minute.
const maxSources = 1000

// logLimit is a rate limit of log lines: one a minute for each problem and source, so that nobody can fill the
// log. The zero value is ready.
type logLimit struct {
	mu   sync.Mutex
	seen map[string]logged
}

type logged struct {
	at       time.Time
	silenced int
}

// allow reports whether to log, and how many lines were dropped since the last one.
func (n *logLimit) allow(what string, now time.Time) (yes bool, silenced int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen == nil {
		n.seen = map[string]logged{}
	}
	if _, known := n.seen[what]; !known && len(n.seen) >= maxSources {
		for k, v := range n.seen {
			if now.Sub(v.at).Abs() >= time.Minute {
				delete(n.seen, k)
			}
		}
		if len(n.seen) >= maxSources {
			what = "others"
		}
	}
	last, known := n.seen[what]
	if known && now.Sub(last.at).Abs() < time.Minute {
		last.silenced++
		n.seen[what] = last
		return false, 0
	}
	n.seen[what] = logged{at: now}
	return true, last.silenced
}
