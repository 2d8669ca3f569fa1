// Package intake turns an authenticated, decoded event into what the store keeps: a delivery, changes to look at again,
// repositories to scan. It decides from the event alone and reads nothing from the forge: an event that no rule reads
// costs no call.
package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/upload"
)

// Store stores an admission whole or not at all.
type Store interface {
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
}

// ErrBusy means that too many deliveries are being stored at once; the answer must ask the forge to retry.
var ErrBusy = errors.New("too many deliveries are being stored at once")

// RecheckButton is the identifier of the check's action button.
const RecheckButton = "recheck"

// ReleaseButton is the identifier of the button that releases drafts of comments.
const ReleaseButton = "release"

// WhyButton is the identifier of the button that asks why a check is as it is.
const WhyButton = "why"

// runChecksButton is the identifier of the button that lets checks run on a head of a fork.
const runChecksButton = "run-checks"

// Options are what an Intake needs. Every field is required unless its comment says otherwise.
type Options struct {
	Store Store
	// Reads reports whether any rule reads a fact.
	Reads func(fact string) bool
	// Unread reports whether a change's last verdict, if there is one, shows that its settings let no rule read
	// any of these facts (nil: it never does).
	Unread func(ctx context.Context, key change.Key, facts []string) bool
	// Forget drops the cache about a team or login of a connection, or all of it when the subject is empty, so that
	// the next look reads it again (nil: there is no cache).
	Forget func(forge change.Forge, connection int64, subject string)
	// Organisation reports whether a file of a repository is an organisation's settings file (nil: there is none).
	Organisation func(forge change.Forge, r change.Repository, path string) bool
	// Observe is called after each event with its outcome, "repeat" or "refused" (nil: nothing is). It must not block.
	Observe func(event, outcome string)
	// App is our own App's id on the forge; Intake ignores requests about other Apps' checks. 0 means no App.
	App int64
	Now func() time.Time
	// AtOnce bounds how many deliveries are stored at once.
	AtOnce int
	// AsksPerMinute bounds how many re-checks one sender may request.
	AsksPerMinute int
}

// Intake is safe for concurrent use.
type Intake struct {
	o        Options
	slots    chan struct{}
	mu       sync.Mutex
	requests map[string][]time.Time
}

// New checks that nothing is missing.
func New(o Options) (*Intake, error) {
	if o.Store == nil || o.Reads == nil || o.Now == nil {
		return nil, errors.New("make intake: the store, what rules read, and the clock are needed")
	}
	if o.AtOnce <= 0 || o.AsksPerMinute <= 0 {
		return nil, errors.New("make intake: the bounds on deliveries and on requests for re-checks must be above 0")
	}
	return &Intake{o: o, slots: make(chan struct{}, o.AtOnce)}, nil
}

// Result says what became of an event.
type Result struct {
	Outcome delivery.Outcome
	// Reason says why it was ignored.
	Reason string
	// Repeat is true for a delivery that was stored before.
	Repeat bool
	// Changes counts the changes that will be looked at.
	Changes int
}

// Accept stores an event. An error, such as ErrBusy, means that nothing was stored, and the answer must say so.
func (in *Intake) Accept(ctx context.Context, ev change.Event) (Result, error) {
	if ev.Kind == change.AccessChanged && in.o.Forget != nil {
		in.o.Forget(ev.Forge, ev.Connection, ev.Subject)
	}
	result, err := in.store(ctx, ev)
	if in.o.Observe != nil {
		in.o.Observe(ev.Name, outcome(result, err))
	}
	return result, err
}

// outcome is one word for what became of an event.
func outcome(r Result, err error) string {
	switch {
	case err != nil:
		return "refused"
	case r.Repeat:
		return "repeat"
	}
	return string(r.Outcome)
}

func (in *Intake) store(ctx context.Context, ev change.Event) (Result, error) {
	select {
	case in.slots <- struct{}{}:
		defer func() { <-in.slots }()
	default:
		return Result{}, ErrBusy
	}
	a := in.Decide(ev)
	if ev.Kind == change.Updated && len(ev.Facts) > 0 && a.Outcome == delivery.Accepted && in.o.Unread != nil &&
		in.o.Unread(ctx, ev.Ref.Key, ev.Facts) {
		ignore(&a, "by the settings that hold no rule reads "+strings.Join(ev.Facts, " or "))
	}
	receipt, err := in.o.Store.Admit(ctx, a)
	if err != nil {
		return Result{}, err
	}
	return Result{Outcome: a.Outcome, Reason: a.Reason, Repeat: receipt.Repeat, Changes: len(receipt.Changes)}, nil
}

// Decide says what an event asks for. It does no I/O and keeps only the count of each sender's requests.
func (in *Intake) Decide(ev change.Event) delivery.Admission {
	a := delivery.Admission{
		Delivery: delivery.Delivery{
			ID:         ev.Delivery,
			Forge:      ev.Forge,
			Name:       ev.Name,
			Action:     ev.Action,
			Connection: ev.Connection,
			RepoID:     ev.Repository.ID,
			Sender:     ev.Sender,
			ReceivedAt: in.o.Now(),
		},
		Outcome:     delivery.Accepted,
		Flow:        ev.Flow,
		Deployments: ev.Deployments,
		Incidents:   ev.Incidents,
	}
	if ev.Repository.ID != 0 {
		a.Seen = append(a.Seen, delivery.Seen{Forge: ev.Forge, Connection: ev.Connection, Repository: ev.Repository})
	}
	why := ev.Name
	if ev.Action != "" {
		why += "." + ev.Action
	}
	request := delivery.ReviewRequest{
		Forge:      ev.Forge,
		RepoID:     ev.Repository.ID,
		Connection: ev.Connection,
		Lane:       delivery.Interactive,
		Why:        why,
		Actor:      ev.Sender,
	}
	if ev.Again {
		request.Actor = "" // a new pipeline asks, and nobody did
	}
	switch ev.Kind {
	case change.Updated, change.CommitUpdated:
		in.updated(ev, request, &a)
	case change.RunFinished:
		in.runFinished(ev, request, &a)
	case change.Ended:
		a.Ended, a.EndState = []change.Ref{ev.Ref}, ev.EndState
	case change.BasePushed:
		in.basePushed(ev, request, &a)
	case change.Rerequested:
		in.rerequested(ev, request, &a)
	case change.Installed:
		installed(ev, why, &a)
	case change.Uninstalled:
		uninstalled(ev, &a)
	case change.AccessChanged:
		a.Stale = &delivery.Stale{Forge: ev.Forge, Connection: ev.Connection, Subject: ev.Subject}
		in.accessChanged(ev, request, &a)
	case change.CommentFeedback:
		feedback := *ev.Feedback
		feedback.Source = "delivery:" + ev.Delivery
		if feedback.At.IsZero() {
			feedback.At = in.o.Now()
		}
		a.Feedback = []change.Feedback{feedback}
	case change.RepositoryChanged:
		// Which targets of an organisation's file name the repository now is found from what is stored of it.
		if len(ev.Facts) == 0 && in.o.Reads("merge_settings") {
			request.Repo, request.Lane = true, delivery.Busy
			a.Requests = append(a.Requests, request)
		}
	case change.CommandGiven:
	default:
		ignore(&a, ev.Reason)
	}
	if ev.Chat != nil && (ev.App == 0 || ev.App != in.o.App) {
		in.commented(ev, request, &a)
	}
	return a
}

// commented asks for a look that carries out the commands of a comment. What else the event asks for stays.
func (in *Intake) commented(ev change.Event, request delivery.ReviewRequest, a *delivery.Admission) {
	if !in.allowRequest(ev.Ref.Key.String() + " " + ev.Sender) {
		if ev.Kind == change.CommandGiven {
			ignore(a, "the sender asked too often on this change; wait a minute")
		}
		return
	}
	ref := ev.Ref
	request.ToldAt = ev.UpdatedAt
	request.Ref, request.Head, request.Why = &ref, change.Rev{SHA: ev.Chat.Head}, "command in a comment ("+request.Why+")"
	for _, c := range ev.Chat.Commands {
		request.Force = request.Force || c.Name == "recheck" || c.Name == "advise"
	}
	a.Outcome, a.Reason = delivery.Accepted, ""
	a.Requests = append([]delivery.ReviewRequest{request}, a.Requests...)
	a.Chat = ev.Chat
}

func ignore(a *delivery.Admission, reason string) {
	a.Outcome, a.Reason = delivery.Ignored, reason
	a.Requests, a.Scans, a.Otherwise = nil, nil, nil
}

func (in *Intake) updated(ev change.Event, request delivery.ReviewRequest, a *delivery.Admission) {
	if len(ev.Facts) > 0 && !slices.ContainsFunc(ev.Facts, in.o.Reads) {
		ignore(a, "no rule reads "+strings.Join(ev.Facts, " or "))
		return
	}
	if ev.Kind == change.CommitUpdated && ev.App == in.o.App && in.o.App != 0 {
		ignore(a, "the check is our own")
		return
	}
	request.Force = ev.Again
	if ev.Kind == change.CommitUpdated {
		request.Commit = ev.Head.SHA
	} else {
		ref := ev.Ref
		request.Ref, request.Head, request.Base, request.Group, request.Draft = &ref, ev.Head, ev.Base, ev.Group, ev.Draft
		request.ToldAt = ev.UpdatedAt
	}
	a.Requests = append(a.Requests, request)
	if ev.Kind == change.Updated && ev.Group == nil {
		// What happens to a change, such as a dismissed approval, happens to its merge group, too.
		request.Ref, request.GroupsOf, request.Head, request.Base = nil, ev.Ref.Number, change.Rev{}, change.Rev{}
		a.Requests = append(a.Requests, request)
	}
}

// runFinished asks for the changes with the run's head; the look that follows fetches its artifacts first.
func (in *Intake) runFinished(ev change.Event, request delivery.ReviewRequest, a *delivery.Admission) {
	if !slices.ContainsFunc(ev.Facts, in.o.Reads) {
		ignore(a, "no rule reads "+strings.Join(ev.Facts, " or "))
		return
	}
	a.Runs = []upload.Run{
		{
			Forge:      ev.Forge,
			RepoID:     ev.Repository.ID,
			Connection: ev.Connection,
			ID:         ev.Run,
			Attempt:    ev.Attempt,
			Head:       ev.Head.SHA,
			Fork:       ev.Fork,
		},
	}
	request.Commit = ev.Head.SHA
	a.Requests = append(a.Requests, request)
}

// basePushed asks for the open changes that a pushed branch governs: those into it or, for the default branch, all of
// them, since Lintel reads the controls of a change into an untrusted branch there.
func (in *Intake) basePushed(ev change.Event, request delivery.ReviewRequest, a *delivery.Admission) {
	request.Lane = delivery.Backfill
	if ev.Base.Ref == ev.Repository.DefaultBranch {
		a.Landed = churn.FromPush(ev.Before, ev.Commits)
	}
	organised := func(path string) bool {
		return in.o.Organisation != nil && in.o.Organisation(ev.Forge, ev.Repository, path)
	}
	rules := func(path string) bool { return controls.Is(path) || organised(path) }
	if ev.Base.Ref == ev.Repository.DefaultBranch && ev.Paths != nil && !slices.ContainsFunc(ev.Paths, rules) {
		ignore(a, "the push changes no file that rules a change")
		return
	}
	if ev.Base.Ref != ev.Repository.DefaultBranch {
		// A push below a stack changes the content of the changes above. Most pushes are to branches
		// that no change targets. The record knows those that target this one, or the next reconciliation finds
		// them; this costs no call.
		request.Branch = ev.Base.Ref
		a.Requests = append(a.Requests, request)
		return
	}
	request.Repo = true
	a.Requests = append(a.Requests, request)
	// A scan that runs now may have read the files before this push, so this one must be another job.
	scan := delivery.Scan{Forge: ev.Forge, Connection: ev.Connection, RepoID: ev.Repository.ID,
		Why: request.Why + " of " + change.Short(ev.Base.SHA)}
	a.Scans = append(a.Scans, scan)
}

func (in *Intake) rerequested(ev change.Event, request delivery.ReviewRequest, a *delivery.Admission) {
	if ev.App != 0 && ev.App != in.o.App {
		ignore(a, "the check belongs to another App")
		return
	}
	command := ev.Requested == WhyButton || ev.Requested == runChecksButton
	if ev.SenderBot && (ev.Requested == ReleaseButton || command) {
		ignore(a, "a program cannot press this button")
		return
	}
	if !slices.Contains([]string{"", RecheckButton, ReleaseButton, WhyButton, runChecksButton}, ev.Requested) {
		ignore(a, "the button is not one of ours")
		return
	}
	if !in.allowRequest(ev.Sender) {
		ignore(a, "the sender asked too often; wait a minute")
		return
	}
	if ev.Requested == ReleaseButton {
		// The next look checks whether the sender may do so: intake makes no call.
		request.Commit, request.Why = ev.Head.SHA, "release of comments asked ("+request.Why+")"
		a.Requests, a.Release = append(a.Requests, request), &delivery.Release{SHA: ev.Head.SHA, Actor: ev.Sender, Via: "button"}
		return
	}
	if command {
		request.Commit, request.Why = ev.Head.SHA, ev.Requested+" asked ("+request.Why+")"
		a.Requests = append(a.Requests, request)
		// Each press is a comment of its own.
		a.Chat = &chat.Posted{Place: chat.OnCheck, ID: in.o.Now().UnixMilli(), At: in.o.Now(), Head: ev.Head.SHA,
			Comment: chat.Comment{Commands: []chat.Command{{Name: ev.Requested}}}}
		return
	}
	request.Commit, request.Force = ev.Head.SHA, true
	// When no change is known for a commit, its delivery was lost. Scan for the change, so that nobody is stuck.
	a.Otherwise = []delivery.Scan{
		{Forge: ev.Forge, Connection: ev.Connection, RepoID: ev.Repository.ID, Why: ev.Name + " for an unknown commit"},
	}
	request.Why = "re-check asked (" + request.Why + ")"
	a.Requests = append(a.Requests, request)
}

// allowRequest is the rate limit of a sender: it counts the requests of the last minute and is false when there are too many.
func (in *Intake) allowRequest(sender string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := in.o.Now()
	fresh := func(times []time.Time) []time.Time {
		return slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t).Abs() >= time.Minute })
	}
	if in.requests == nil || len(in.requests) > 10000 {
		kept := map[string][]time.Time{}
		for who, times := range in.requests {
			if times = fresh(times); len(times) > 0 {
				kept[who] = times
			}
		}
		in.requests = kept
	}
	times := fresh(in.requests[sender])
	if len(times) >= in.o.AsksPerMinute {
		in.requests[sender] = times
		return false
	}
	in.requests[sender] = append(times, now)
	return true
}

func installed(ev change.Event, why string, a *delivery.Admission) {
	scan := delivery.Scan{Forge: ev.Forge, Connection: ev.Connection, Why: why}
	if len(ev.Repositories) == 0 {
		a.Scans = append(a.Scans, scan)
	}
	for _, r := range ev.Repositories {
		a.Seen = append(a.Seen, delivery.Seen{Forge: ev.Forge, Connection: ev.Connection, Repository: r})
		scan.RepoID = r.ID
		a.Scans = append(a.Scans, scan)
	}
}

func uninstalled(ev change.Event, a *delivery.Admission) {
	a.Uninstalled = len(ev.Repositories) == 0
	for _, r := range ev.Repositories {
		a.Seen = append(a.Seen, delivery.Seen{Forge: ev.Forge, Connection: ev.Connection, Repository: r, Gone: true})
	}
}

// accessChanged asks for the changes whose verdict may depend on a membership or permission.
func (in *Intake) accessChanged(ev change.Event, request delivery.ReviewRequest, a *delivery.Admission) {
	if !in.o.Reads("teams") {
		ignore(a, "no rule reads teams")
		return
	}
	request.Lane = delivery.Busy
	switch {
	case strings.Contains(ev.Subject, "/"):
		request.Team = strings.ToLower(ev.Subject)
	case ev.Repository.ID != 0:
		request.Repo = true
	default:
		request.All = true
	}
	a.Requests = append(a.Requests, request)
}
