// Package storetest is the behaviour that every record keeps, whatever database is under it: the store's promises to
// intake, review, outbox, queue and sweeps. Only tests import it. Its size: one case for each promise, and the record
// makes many.
//
// A new implementation calls Exercise with a function that opens an empty record; each case opens its own.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Store is all that the pipeline, the pages and the sweeps ask of the record.
type Store interface {
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
	SavePlan(ctx context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect, error)
	Pending(ctx context.Context, key change.Key, kinds ...effect.Kind) ([]effect.Pending, error)
	Receive(ctx context.Context, e effect.Effect, r effect.Receipt, line history.Line) error
	Drop(ctx context.Context, e effect.Effect, reason string) error

	Record(ctx context.Context, key change.Key) (change.Record, error)
	Find(ctx context.Context, forge change.Forge, owner, name string, number int) (change.Record, error)
	Named(ctx context.Context, forge change.Forge, owner, name string, number int) ([]change.Record, error)
	FindGroup(ctx context.Context, forge change.Forge, owner, name, sha string) (change.Record, error)
	SameCommit(ctx context.Context, r change.Record) ([]verdict.Peer, error)
	Recent(ctx context.Context, limit int) ([]verdict.Latest, error)
	Verdicts(ctx context.Context, r change.Record, limit int) ([]verdict.Verdict, error)
	Decided(ctx context.Context, key change.Key, target string) ([]byte, error)
	Evidence(ctx context.Context, digest string) ([]byte, error)
	Lines(ctx context.Context, key change.Key, limit int) ([]history.Line, error)
	Effects(ctx context.Context, key change.Key, limit int) ([]effect.Posted, error)
	Findings(ctx context.Context, key change.Key) ([]thread.Finding, error)
	Outcomes(ctx context.Context, key change.Key) ([]thread.Outcome, error)
	Dismissals(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]thread.Dismissal, error)
	Lift(ctx context.Context, all []thread.Dismissal, actor string) error
	Asked(ctx context.Context, key change.Key) ([]delivery.ReleaseRequest, error)
	Refuse(ctx context.Context, a delivery.ReleaseRequest, why string) error
	Release(ctx context.Context, a delivery.ReleaseRequest) (int, error)

	KeepReport(ctx context.Context, u upload.Upload, once *upload.Nonce, a delivery.Admission) (upload.Outcome, delivery.Receipt, error)
	HeadReports(ctx context.Context, h upload.Head) (upload.Set, error)
	BaseIndex(ctx context.Context, forge change.Forge, repo int64, limit int) ([]upload.BaseAt, error)
	BaseReports(ctx context.Context, forge change.Forge, repo int64, sha string) ([]report.Report, error)
	RawReport(ctx context.Context, digest string) (body []byte, encoding string, err error)
	Owned(ctx context.Context, forge change.Forge, id int64, name string) (change.Repository, int64, error)
	AddToken(ctx context.Context, t upload.Token, hash string) error
	RotateToken(ctx context.Context, old string, ends time.Time, t upload.Token, hash string) error
	RevokeToken(ctx context.Context, forge change.Forge, repo int64, id string) error
	Tokens(ctx context.Context, forge change.Forge, repo int64) ([]upload.Token, error)
	TokenBy(ctx context.Context, hash string) (upload.Token, error)
	RunsOf(ctx context.Context, forge change.Forge, repo int64, sha string) ([]upload.Run, error)
	Collected(ctx context.Context, r upload.Run, by change.Key) error

	Reserve(ctx context.Context, w budget.Reservation, c budget.Caps) (int64, *budget.Full, error)
	Settle(ctx context.Context, id int64, b budget.Bill) error
	SpentOn(ctx context.Context, key change.Key) (budget.Total, error)
	SpentIn(ctx context.Context, forge change.Forge, repo int64, at time.Time) (budget.Total, error)
	SpentAt(ctx context.Context, at time.Time) (budget.Total, error)
	Observed(ctx context.Context, model string) (estimated, counted int64, err error)
	KeptAnswer(ctx context.Context, forge change.Forge, installation int64, question string) ([]byte, error)
	KeepAnswer(ctx context.Context, forge change.Forge, installation int64, question string, body []byte) error
	RequestAdvice(ctx context.Context, c advice.Consult, delay, longest time.Duration, accept func(past []advice.Consult) bool) (int64,
		error)
	Consult(ctx context.Context, id int64) (advice.Consult, error)
	Consults(ctx context.Context, key change.Key, limit int) ([]advice.Consult, error)
	ConsultInput(ctx context.Context, id int64) ([]byte, error)
	ConsultResult(ctx context.Context, id int64) ([]byte, error)
	Prepared(ctx context.Context, id int64, input []byte) (bool, error)
	Answered(ctx context.Context, id int64, result []byte) (bool, error)
	PutOff(ctx context.Context, id int64, at time.Time, reason string, failed bool) error
	EndConsult(ctx context.Context, id int64, state advice.ConsultState, reason string) error
	SaveAdvice(ctx context.Context, c advice.Consult, lines []history.Line, compose func(plan.Standing) ([]effect.Effect, error)) (bool,
		error)
	Unstepped(ctx context.Context, before time.Time, limit int) (int, error)

	Repository(ctx context.Context, forge change.Forge, id int64) (change.Repository, int64, error)
	Watched(ctx context.Context, forge change.Forge, limit int) ([]drift.Repository, error)
	Scanned(ctx context.Context, forge change.Forge, id int64, at time.Time) error
	OpenChanges(ctx context.Context, forge change.Forge, repo int64) ([]drift.Known, error)
	Lag(ctx context.Context) (store.Lag, error)
	Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error)
	Stranded(ctx context.Context, since, before time.Time, limit int) ([]effect.Effect, error)
	WaitingSince(ctx context.Context, key change.Key, sha string) (time.Time, error)
	Due(ctx context.Context, now time.Time, limit int) ([]change.Record, error)
	Told(ctx context.Context, key change.Key, now time.Time) error

	GenerationTx(ctx context.Context, tx *sql.Tx, key change.Key) (int64, error)
	EvaluatedTx(ctx context.Context, tx *sql.Tx, key change.Key, gen int64) error
	Writer() *sql.DB
	Hold(ctx context.Context, forge change.Forge, installation int64, until time.Time) error
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
	Kept(ctx context.Context, kind, key string) ([]byte, error)
	Keep(ctx context.Context, kind, key string, body []byte) error
	Prune(ctx context.Context, keep store.Retention) (int64, error)
	Ping(ctx context.Context) error
}

// Open makes an empty record that hands its jobs and steps to q and closes when the test ends.
type Open func(t *testing.T, now func() time.Time, q *Queue) Store

// Exercise runs the whole suite.
func Exercise(t *testing.T, open Open) {
	for _, group := range []struct {
		name  string
		cases map[string]func(t *testing.T, r *Rig)
	}{
		{"admit", admitCases},
		{"selects", selectCases},
		{"plan", planCases},
		{"journal", journalCases},
		{"points", pointCases},
		{"said", saidCases},
		{"reads", readCases},
		{"prune", pruneCases},
		{"reports", reportCases},
		{"tokens", tokenCases},
		{"waits", waitCases},
		{"unfinished", unfinishedCases},
		{"spend", spendCases},
		{"consults", consultCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for name, run := range group.cases {
				t.Run(name, func(t *testing.T) { run(t, NewRig(t, open)) })
			}
		})
	}
}

// Rig is one empty record with its queue and its clock.
type Rig struct {
	Store
	Queue *Queue
	Clock *Clock
	t     *testing.T
}

// NewRig opens an empty record.
func NewRig(t *testing.T, open Open) *Rig {
	t.Helper()
	clock := &Clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	r := &Rig{Queue: &Queue{now: clock.Now}, Clock: clock, t: t}
	r.Store = open(t, r.Clock.Now, r.Queue)
	return r
}

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
	Rings int
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
			delivery.Scan{Forge: change.Forge(a.Forge), Installation: a.Installation, RepoID: a.RepoID, Branch: a.Branch, Why: a.Why})
	case job.Advise:
		q.Steps = append(q.Steps, QueuedStep{a.Step, a.ID, when.At})
	default:
		return fmt.Errorf("nobody knows the job %T", args)
	}
	return nil
}

// QueuedStep is one step of a consult that was queued.
type QueuedStep struct {
	Step advice.Step
	ID   int64
	At   time.Time
}

// TakeSteps returns the steps since the last call.
func (q *Queue) TakeSteps() []QueuedStep {
	q.mu.Lock()
	defer q.mu.Unlock()
	steps := q.Steps
	q.Steps = nil
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

func ctx() context.Context { return context.Background() }

func (r *Rig) fatal(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// repoID is the repository of the suite's changes, installation the App's installation there.
const (
	repoID       = 7
	installation = 11
)

// Pull is a pull request of the suite's repository.
func Pull(number int) change.Ref {
	return change.Ref{
		Key:          change.Key{Forge: change.GitHub, RepoID: repoID, Number: number},
		Owner:        "acme",
		Name:         "shop",
		Installation: installation,
	}
}

// Opened is the touch of a pull request at a head, into main.
func Opened(number int, head string) delivery.ReviewRequest {
	ref := Pull(number)
	return delivery.ReviewRequest{
		Ref:   &ref,
		Head:  change.Rev{Ref: fmt.Sprintf("topic-%d", number), SHA: head},
		Base:  change.Rev{Ref: "main", SHA: "base"},
		Lane:  delivery.Interactive,
		Why:   "pull_request.opened",
		Actor: "mona",
	}
}

// Admission is an accepted delivery with some touches.
func (r *Rig) Admission(id string, touches ...delivery.ReviewRequest) delivery.Admission {
	return delivery.Admission{
		Delivery: delivery.Delivery{
			ID:           id,
			Forge:        change.GitHub,
			Name:         "pull_request",
			Action:       "opened",
			Installation: installation,
			RepoID:       repoID,
			Sender:       "mona",
			ReceivedAt:   r.Clock.Now(),
		},
		Outcome: delivery.Accepted, Requests: touches,
		Seen: []delivery.Seen{
			{
				Forge:        change.GitHub,
				Installation: installation,
				Repository:   change.Repository{ID: repoID, Owner: "acme", Name: "shop", DefaultBranch: "main"},
			},
		}}
}

// MustAdmit admits and fails the test on an error.
func (r *Rig) MustAdmit(a delivery.Admission) delivery.Receipt {
	r.t.Helper()
	got, err := r.Admit(ctx(), a)
	r.fatal(err)
	return got
}

// MustRecord reads a record and fails the test on an error.
func (r *Rig) MustRecord(key change.Key) change.Record {
	r.t.Helper()
	got, err := r.Record(ctx(), key)
	r.fatal(err)
	return got
}

// Verdict is a look at a change as it is remembered, with a verdict and its evidence.
func (r *Rig) Verdict(number int, conclusion, evidence string) plan.Look {
	r.t.Helper()
	record := r.MustRecord(Pull(number).Key)
	now := r.Clock.Now()
	v := &verdict.Verdict{Ref: record.Ref, Generation: record.Generation, Target: record.Target(), Head: record.Head.SHA,
		Base: record.Base, MergeBase: "fork", Conclusion: conclusion,
		Digest: "sha256:seen", Facts: "sha256:facts" + evidence, Policy: "sha256:policy", Settings: "sha256:settings",
		Decision: "sha256:decision" + evidence, Engine: "opa", Controls: "main-tip", ControlFiles: "sha256:controls",
		Title: "feat: sell", UpdatedAt: now.Add(-time.Minute), TakenAt: now.Add(-time.Second), DecidedAt: now}
	return plan.Look{Record: record, Verdict: v, Evidence: []verdict.Evidence{
		{Digest: v.Facts, Kind: "facts", Body: []byte(`{"facts":"` + evidence + `"}`)},
		{Digest: v.Decision, Kind: "decision", Body: []byte(`{"decision":"` + evidence + `"}`)},
		{Digest: v.Policy, Kind: "policies", Body: []byte(`[]`)}, {Digest: v.Settings, Kind: "settings", Body: []byte(`{}`)}}}
}

// Save saves a look with some effects and returns what stood before.
func (r *Rig) Save(look plan.Look, effects ...effect.Effect) plan.Standing {
	r.t.Helper()
	var standing plan.Standing
	_, err := r.SavePlan(ctx(), look, func(st plan.Standing) ([]effect.Effect, error) {
		standing = st
		return effects, nil
	})
	r.fatal(err)
	return standing
}

// Check is a concluded check of a pull request on a commit.
func Check(key string, number int, sha string, conclusion effect.Conclusion) effect.Effect {
	return effect.Effect{
		Key: key,
		Ref: Pull(number),
		Check: &effect.Check{
			Name:       "lintel",
			SHA:        sha,
			Status:     effect.Completed,
			Conclusion: conclusion,
			Digest:     "digest of " + key,
			Title:      "t",
			Summary:    "s",
		},
	}
}

// Comment is a comment on a pull request.
func Comment(key string, number int) effect.Effect {
	return effect.Effect{Key: key, Ref: Pull(number), Comment: &effect.Comment{Body: "b", Digest: "digest of " + key}}
}
