// Package traffic is what surrounds every request to a fake forge: the record of what was asked, the faults to play,
// and GitHub's two rate limits.
//
// It knows routes only as patterns, such as "/repos/{owner}/{repo}/pulls/{pull_number}". Everything is safe for
// concurrent use. Nothing here reads a clock of its own beside the one it is given.
package traffic

import (
	"sort"
	"sync"
	"time"
)

// Request is one request as the forge saw it. Route is the documented path pattern; Path has its query but no token.
type Request struct {
	Method       string        `json:"method"`
	Route        string        `json:"route"`
	Operation    string        `json:"operation,omitempty"`
	Path         string        `json:"path"`
	Status       int           `json:"status"`
	Installation int64         `json:"installation,omitempty"`
	Actor        string        `json:"actor,omitempty"`
	Start        time.Time     `json:"start"`
	Duration     time.Duration `json:"duration_ns"`
}

// Count is how often a route was asked.
type Count struct {
	Method string `json:"method"`
	Route  string `json:"route"`
	Count  int    `json:"count"`
}

// Record keeps requests in memory, newest last, up to a number; counts are always whole.
type Record struct {
	mu     sync.Mutex
	keep   int
	all    []Request
	counts map[[2]string]int
	total  int
}

// NewRecord keeps the last keep requests; 0 keeps the counts alone.
func NewRecord(keep int) *Record { return &Record{keep: keep, counts: map[[2]string]int{}} }

// Add notes one request.
func (r *Record) Add(q Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[[2]string{q.Method, q.Route}]++
	r.total++
	if r.keep == 0 {
		return
	}
	if len(r.all) >= 2*r.keep { // halve now and then rather than move on every request
		r.all = append(r.all[:0], r.all[len(r.all)-r.keep:]...)
	}
	r.all = append(r.all, q)
}

// Requests is a copy of what is kept, oldest first.
func (r *Record) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := max(0, len(r.all)-r.keep)
	return append([]Request(nil), r.all[from:]...)
}

// Count is the number of requests since the last reset: of one method ("" is any) and route ("" is any).
func (r *Record) Count(method, route string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for k, c := range r.counts {
		if (method == "" || k[0] == method) && (route == "" || k[1] == route) {
			n += c
		}
	}
	return n
}

// Counts lists all routes asked since the last reset, most often first.
func (r *Record) Counts() []Count {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Count, 0, len(r.counts))
	for k, c := range r.counts {
		out = append(out, Count{k[0], k[1], c})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return out[i].Method+out[i].Route < out[j].Method+out[j].Route
	})
	return out
}

// Reset forgets all requests and counts.
func (r *Record) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all, r.counts, r.total = nil, map[[2]string]int{}, 0
}
