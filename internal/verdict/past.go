package verdict

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Past is a change with what was decided about it.
type Past struct {
	Record change.Record
	// Title is that of the newest verdict; untrusted. Body is given only when the title speaks of a revert.
	Title, Body string
	// EndedAt is when it was merged or closed; zero when it was not, or when nobody told.
	EndedAt time.Time
	// Looks are its verdicts, oldest first.
	Looks []PastLook
}

// PastLook is one verdict of the past.
type PastLook struct {
	Head string
	At   time.Time
	// Decision is the decision's JSON; nil when it is no longer kept.
	Decision []byte
}
