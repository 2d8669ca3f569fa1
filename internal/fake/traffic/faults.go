package traffic

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
)

// Fault is one misbehaviour to play on requests that match.
type Fault struct {
	Method string // "" is any
	Route  string // a path pattern, "" is any
	// Operation limits the fault to one GraphQL operation, by its name; "" is any request.
	Operation string
	// Path limits the fault to requests whose path with its query contains it; "" is any.
	Path string
	// Skip lets so many matching requests pass first; Times ends the fault after so many hits (0: never).
	Skip, Times int
	// Probability between 0 and 1 plays the fault on that share of the matching requests; 0 means on all of them.
	Probability float64

	Status int               // answer this status instead of the true answer
	Header map[string]string // with Status
	Body   string            // with Status; "" is GitHub's error shape
	Empty  bool              // with Status: no body at all
	Drop   bool              // close the connection without an answer
	After  bool              // with Status or Drop: do what was asked first, then hide the answer
	Stale  bool              // a GET or a GraphQL query gets the answer of the last time it was asked
	// Wait is called before anything else, with the request's context; others proceed meanwhile.
	Wait func(context.Context)
}

// Faults holds the faults in force; the first that matches plays.
type Faults struct {
	mu   sync.Mutex
	rand *rand.Rand
	list []*Fault
}

// NewFaults draws probabilities from a seed, so that a run can be repeated.
func NewFaults(seed uint64) *Faults {
	return &Faults{rand: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))}
}

// Add puts a fault in force; the function returned ends it.
func (f *Faults) Add(fault Fault) (remove func()) {
	p := &fault
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, p)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.drop(p)
	}
}

// Clear ends all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// Next is the fault to play on this request, if any. The operation is that of a GraphQL text, and empty for other requests.
func (f *Faults) Next(method, route, operation, path string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		if (p.Method != "" && p.Method != method) || (p.Route != "" && p.Route != route) ||
			(p.Operation != "" && p.Operation != operation) || !strings.Contains(path, p.Path) {
			continue
		}
		if p.Skip > 0 {
			p.Skip--
			continue
		}
		if p.Probability > 0 && f.rand.Float64() >= p.Probability {
			continue
		}
		if p.Times > 0 {
			if p.Times--; p.Times == 0 {
				f.drop(p)
			}
		}
		return *p, true
	}
	return Fault{}, false
}

func (f *Faults) drop(p *Fault) {
	for i, q := range f.list {
		if q == p {
			f.list = append(f.list[:i:i], f.list[i+1:]...)
			return
		}
	}
}
