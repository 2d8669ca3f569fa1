// Package job is the words in which work is asked for and answered: what a job is about, when it shall run, and what
// its owner says of a try. It holds no work: the queue carries these values, and the room that registered a kind does
// it.
package job

import (
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/delivery"
)

// Args says what one job is about. They are kept as JSON: two jobs of a kind with equal JSON are the same job, of which
// one waits or runs at a time.
type Args interface {
	// Kind names the work, Queue the queue that holds the job. Both are stored with it and never change.
	Kind() string
	Queue() string
}

// When says when a job shall run.
type When struct {
	Lane delivery.Lane
	// At is the earliest time; zero means now.
	At time.Time
	// Wake pulls an equal job that waits for a retry or for its time to now.
	Wake bool
}

// Attempt is one try of a job.
type Attempt struct {
	// Number counts from 1.
	Number int
	// Last is true when a failure now is final until somebody asks again.
	Last bool
	Lane delivery.Lane
	// Due is since when the job could run.
	Due time.Time
}

// Look asks for a look at one change. It carries no commit: the record says which is the newest.
type Look struct {
	Key string `json:"key"`
}

// Kind is the kind's name.
func (Look) Kind() string { return "look" }

// Queue is where looks wait.
func (Look) Queue() string { return "look" }

// Scan asks for a listing of open changes.
type Scan struct {
	Forge      string `json:"forge"`
	Connection int64  `json:"installation"`
	RepoID     int64  `json:"repo_id"`
	Branch     string `json:"branch"`
	Why        string `json:"why"`
}

// SweepQueue holds scans, and the works of the clock.
const SweepQueue = "sweep"

// Kind is the kind's name.
func (Scan) Kind() string { return "scan" }

// Queue is where scans wait.
func (Scan) Queue() string { return SweepQueue }

// Advise asks for one step of advice. It names the consult by its id: the record says which head it is about, and
// whether it is still wanted.
type Advise struct {
	Step consult.Step `json:"step"`
	ID   int64        `json:"id"`
}

// The steps of advice wait in two queues, so that a process which only asks a model needs no forge.
const (
	// StepQueue holds the steps that need the forge.
	StepQueue = "consult"
	// AskQueue holds the steps that need a model.
	AskQueue = "advise"
)

// Kind is the kind's name.
func (Advise) Kind() string { return "consult" }

// Queue is where the step waits.
func (a Advise) Queue() string {
	if a.Step == consult.Ask {
		return AskQueue
	}
	return StepQueue
}
