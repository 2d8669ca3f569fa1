// Package turns lets a bounded number of works run, and goes round among the connections that wait: one that waits with a
// thousand works gets no more turns than one that waits with a single one.
package turns

import (
	"context"
	"sync"
)

// Turns is safe for concurrent use.
type Turns struct {
	mu       sync.Mutex
	free     int
	each     int
	running  map[int64]int
	waiting  map[int64][]chan struct{}
	rotation []int64
}

// New lets so many works run at once, and each of one connection.
func New(total, each int) *Turns {
	return &Turns{free: total, each: each, running: map[int64]int{}, waiting: map[int64][]chan struct{}{}}
}

// Acquire waits for a place and returns the function that gives it back. waited is false when a place was free at once.
func (p *Turns) Acquire(ctx context.Context, connection int64) (release func(), waited bool, err error) {
	turn := make(chan struct{})
	p.mu.Lock()
	if len(p.waiting[connection]) == 0 {
		p.rotation = append(p.rotation, connection)
	}
	p.waiting[connection] = append(p.waiting[connection], turn)
	p.handOut()
	p.mu.Unlock()
	release = func() { p.release(connection) }
	select {
	case <-turn: // handed out above, or just now by somebody who was ready
		return release, false, nil
	default:
	}
	select {
	case <-turn:
		return release, true, nil
	case <-ctx.Done():
		p.leave(connection, turn)
		return nil, true, ctx.Err()
	}
}

// handOut gives free places to the connections in turn. It is called with the lock held.
func (p *Turns) handOut() {
	for skipped := 0; p.free > 0 && skipped < len(p.rotation); {
		connection := p.rotation[0]
		p.rotation = p.rotation[1:]
		if p.running[connection] >= p.each {
			p.rotation = append(p.rotation, connection)
			skipped++
			continue
		}
		skipped = 0
		queue := p.waiting[connection]
		close(queue[0])
		p.free--
		p.running[connection]++
		if len(queue) == 1 {
			delete(p.waiting, connection)
			continue
		}
		p.waiting[connection] = queue[1:]
		p.rotation = append(p.rotation, connection)
	}
}

func (p *Turns) release(connection int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free++
	if p.running[connection]--; p.running[connection] == 0 {
		delete(p.running, connection)
	}
	p.handOut()
}

// leave withdraws a waiter; if it was given a place at the same moment, the place is given back.
func (p *Turns) leave(connection int64, turn chan struct{}) {
	p.mu.Lock()
	queue := p.waiting[connection]
	for i, c := range queue {
		if c != turn {
			continue
		}
		queue = append(queue[:i:i], queue[i+1:]...)
		if len(queue) > 0 {
			p.waiting[connection] = queue
		} else {
			delete(p.waiting, connection)
			for j, id := range p.rotation {
				if id == connection {
					p.rotation = append(p.rotation[:j:j], p.rotation[j+1:]...)
					break
				}
			}
		}
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.release(connection)
}
