package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
)

// Clock is a clock that tests move.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves the clock; a negative duration sets it back.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Job is one look that was queued.
type Job struct {
	Key   string
	Lane  delivery.Lane
	After time.Duration
	Wake  bool
}

// Queue remembers what it was given. Unlike a real one it does not forget what was rolled back.
type Queue struct {
	now   func() time.Time
	mu    sync.Mutex
	Jobs  []Job
	Scans []delivery.Scan
	Steps []QueuedStep
	Pasts []queuedPast
	// Checks are steps of checks.
	Checks []job.Args
	Rings  int
	// Fail is returned from the n-th job on, counted from 0.
	Fail   error
	FailAt int
}

// InsertTx remembers a job.
func (q *Queue) InsertTx(_ context.Context, _ *sql.Tx, args job.Args, when job.When) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, look := args.(job.Look); q.Fail != nil && (!look || len(q.Jobs) >= q.FailAt) {
		return q.Fail
	}
	switch a := args.(type) {
	case job.Look:
		after := time.Duration(0)
		if !when.At.IsZero() {
			after = when.At.Sub(q.now())
		}
		q.Jobs = append(q.Jobs, Job{a.Key, when.Lane, after, when.Wake})
	case job.Scan:
		q.Scans = append(q.Scans,
			delivery.Scan{Forge: change.Forge(a.Forge), Connection: a.Connection, RepoID: a.RepoID, Branch: a.Branch, Why: a.Why})
	case job.Advise:
		q.Steps = append(q.Steps, QueuedStep{a.Step, a.ID, when.At})
	case job.PrepareCheck, job.RunCheck:
		q.Checks = append(q.Checks, a)
	case job.Backfill:
		q.Pasts = append(q.Pasts, queuedPast{a.RepoID, when.Lane, when.Wake, when.At})
	default:
		return fmt.Errorf("nobody knows the job %T", args)
	}
	return nil
}

// QueuedStep is one step of a consult that was queued.
type QueuedStep struct {
	Step consult.Step
	ID   int64
	At   time.Time
}

// queuedPast is one reading of the past that was queued.
type queuedPast struct {
	RepoID int64
	Lane   delivery.Lane
	Wake   bool
	At     time.Time
}

// TakeSteps returns the steps since the last call.
func (q *Queue) TakeSteps() []QueuedStep {
	q.mu.Lock()
	defer q.mu.Unlock()
	steps := q.Steps
	q.Steps = nil
	return steps
}

// TakeChecks returns the steps of checks since the last call.
func (q *Queue) TakeChecks() []job.Args {
	q.mu.Lock()
	defer q.mu.Unlock()
	steps := q.Checks
	q.Checks = nil
	return steps
}

// Ring counts rings.
func (q *Queue) Ring() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.Rings++
}

// Take returns the jobs since the last call.
func (q *Queue) Take() []Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.Jobs
	q.Jobs = nil
	return jobs
}
