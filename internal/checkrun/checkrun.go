// Package checkrun is one run of a check that Lintel runs itself: which look wants it, where it stands, and what it came to.
package checkrun

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/report"
)

// Want is a check that a look wants on a head.
type Want struct {
	// Check is its name.
	Check string
	// Scope is a digest of all that the look knows of what would run, and on what. A run of an equal one is not asked for
	// twice.
	Scope string
	// Spec is a JSON document for whoever prepares the run.
	Spec []byte
	// Again asks anew where the last run failed: somebody wants to know.
	Again bool
	// Result is the id of a reusable result that the look found and judged by, Key its key; 0 where a run is needed.
	Result int64
	Key    string
}

// State is where a run stands.
type State string

// The states of a run.
const (
	Wanted State = "wanted" // its tree is not there yet
	Queued State = "queued" // it waits for its turn, or runs
	Done   State = "done"
	Stale  State = "stale" // a newer head, or other settings, came before it was done
)

// Run is one check on one head.
type Run struct {
	ID    int64
	Ref   change.Ref
	Head  string
	Check string
	Scope string
	State State
	// Key is that of its result; empty until its tree is known.
	Key string
	// Spec is as in Want; Job is the JSON document that says what a sandbox runs, empty until the state is Queued.
	Spec, Job []byte
	// Cached is true when the result of another run was taken.
	Cached          bool
	MadeAt, EndedAt time.Time
}

// Result is what a run came to.
type Result struct {
	// ID is the record's; 0 where it was not asked for.
	ID int64
	// Reusable is true when the tool alone brought it about, so that an equal key means an equal result. What a limit, a
	// crash or a person ended is not.
	Reusable bool
	Report   report.Report
	// Ended is the sandbox's word for how the run ended, or a word for why it never began.
	Ended string
	// Tool is the digest of the tool, Took how long it ran.
	Tool string
	Took time.Duration
	// At is when it was kept.
	At time.Time
}

// Answer is a run with its result, nil until it is done.
type Answer struct {
	Run
	Result *Result
}

// Commit is what a check runs on: the files of Head, or where Base is given those of the merge of Head into it.
type Commit struct {
	Head      string `json:"head"`
	Base      string `json:"base,omitempty"`
	MergeBase string `json:"merge_base,omitempty"`
}

// Refused says why a check cannot be run on a commit, however often it is tried.
type Refused struct{ Why string }

func (r *Refused) Error() string { return r.Why }
