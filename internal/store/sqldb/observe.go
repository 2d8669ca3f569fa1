package sqldb

import (
	"database/sql/driver"
	"sync/atomic"
)

// observer is called with every statement that runs.
type observer struct {
	call atomic.Pointer[func(text string, args []any)]
}

// Observe makes every statement that runs from now on call f with its text and its arguments: tests hold each statement
// of the record to an index by it.
func (d *DB) Observe(f func(text string, args []any)) { d.seen.call.Store(&f) }

func (o *observer) note(text string, args []driver.NamedValue) {
	f := o.call.Load()
	if f == nil {
		return
	}
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	(*f)(text, values)
}
