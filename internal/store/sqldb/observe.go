package sqldb

import "sync/atomic"

// observer is called with every statement that runs.
type observer struct {
	call atomic.Pointer[func(text string, args int)]
}

// Observe makes every statement that runs from now on call f with its text and its number of arguments: tests hold
// each statement of the record to an index by it.
func (d *DB) Observe(f func(text string, args int)) { d.seen.call.Store(&f) }

func (o *observer) note(text string, args int) {
	if f := o.call.Load(); f != nil {
		(*f)(text, args)
	}
}
