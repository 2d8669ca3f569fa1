package change

import (
	"errors"
	"fmt"
	"time"
)

// Limited is a forge's answer "not now": a rate limit. The work is not at fault and is not counted as tried.
type Limited struct {
	// Until is when the forge will answer again.
	Until time.Time
	// Kind is "primary" or "secondary".
	Kind string
}

func (l *Limited) Error() string {
	return fmt.Sprintf("the forge limits our requests (%s) until %s", l.Kind, l.Until.UTC().Format(time.RFC3339))
}

// Refused is a forge's answer "never": trying again will not help before somebody acts.
type Refused struct {
	// What was refused and why, Remedy what an operator can do.
	What, Remedy string
	Err          error
}

func (r *Refused) Error() string {
	text := r.What
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	if r.Remedy != "" {
		text += " (" + r.Remedy + ")"
	}
	return text
}

func (r *Refused) Unwrap() error { return r.Err }

// ErrMoved is returned by a reading that could not be finished because the change kept moving under it. It is worth another try soon.
var ErrMoved = errors.New("the change moved while it was read")
