package queue

import (
	"context"
	"sync"
)

// fair lets a bounded number of looks run, and hands free places round among the installations that wait:
// one that waits with a thousand changes gets no more turns than one that waits with a single one.
type fair struct {
	mu       sync.Mutex
	free     int
	each     int
	running  map[int64]int
	waiting  map[int64][]chan struct{}
	rotation []int64
}

func newFair(places, each int) *fair {
	return &fair{free: places, each: each, running: map[int64]int{}, waiting: map[int64][]chan struct{}{}}
}

// acquire waits for a place and returns the function that gives it back.
func (f *fair) acquire(ctx context.Context, installation int64) (release func(), err error) {
	turn := make(chan struct{})
	f.mu.Lock()
	if len(f.waiting[installation]) == 0 {
		f.rotation = append(f.rotation, installation)
	}
	f.waiting[installation] = append(f.waiting[installation], turn)
	f.handOut()
	f.mu.Unlock()
	release = func() { f.release(installation) }
	select {
	case <-turn:
		return release, nil
	case <-ctx.Done():
		f.leave(installation, turn)
		return nil, ctx.Err()
	}
}

// handOut gives free places to the installations in turn. It is called with the lock held.
func (f *fair) handOut() {
	for skipped := 0; f.free > 0 && skipped < len(f.rotation); {
		installation := f.rotation[0]
		f.rotation = f.rotation[1:]
		if f.running[installation] >= f.each {
			f.rotation = append(f.rotation, installation)
			skipped++
			continue
		}
		skipped = 0
		queue := f.waiting[installation]
		close(queue[0])
		f.free--
		f.running[installation]++
		if len(queue) == 1 {
			delete(f.waiting, installation)
			continue
		}
		f.waiting[installation] = queue[1:]
		f.rotation = append(f.rotation, installation)
	}
}

func (f *fair) release(installation int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free++
	if f.running[installation]--; f.running[installation] == 0 {
		delete(f.running, installation)
	}
	f.handOut()
}

// leave withdraws a waiter; if it was given a place at the same moment, the place is given back.
func (f *fair) leave(installation int64, turn chan struct{}) {
	f.mu.Lock()
	queue := f.waiting[installation]
	for i, c := range queue {
		if c != turn {
			continue
		}
		queue = append(queue[:i:i], queue[i+1:]...)
		if len(queue) > 0 {
			f.waiting[installation] = queue
		} else {
			delete(f.waiting, installation)
			for j, id := range f.rotation {
				if id == installation {
					f.rotation = append(f.rotation[:j:j], f.rotation[j+1:]...)
					break
				}
			}
		}
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	f.release(installation)
}
