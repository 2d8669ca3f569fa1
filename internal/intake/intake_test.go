package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/upload"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	shop = change.Repository{ID: 7, Owner: "acme", Name: "shop", DefaultBranch: "main"}
	pull = change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 1}, Owner: "acme", Name: "shop", Connection: 11}
)

// event is what all cases share; change makes one of it.
func event(kind change.EventKind, edit ...func(*change.Event)) change.Event {
	ev := change.Event{
		Kind:       kind,
		Forge:      change.GitHub,
		Delivery:   "d1",
		Name:       "name",
		Action:     "action",
		Connection: 11,
		Sender:     "mona",
		Repository: shop,
	}
	for _, e := range edit {
		e(&ev)
	}
	return ev
}

func newIntake(st Store, reads ...string) *Intake {
	return made(options(st, reads...))
}

func options(st Store, reads ...string) Options {
	if st == nil {
		st = &fakeStore{}
	}
	return Options{
		Store:         st,
		Reads:         func(f string) bool { return slices.Contains(reads, f) },
		App:           42,
		Now:           func() time.Time { return noon },
		AtOnce:        2,
		AsksPerMinute: 2,
	}
}

func made(o Options) *Intake {
	in, err := New(o)
	if err != nil {
		panic(err)
	}
	return in
}

func TestNewNeedsEverything(t *testing.T) {
	for name, forget := range map[string]func(*Options){
		"store":           func(o *Options) { o.Store = nil },
		"reads":           func(o *Options) { o.Reads = nil },
		"now":             func(o *Options) { o.Now = nil },
		"at once":         func(o *Options) { o.AtOnce = 0 },
		"asks per minute": func(o *Options) { o.AsksPerMinute = 0 },
	} {
		o := options(nil)
		forget(&o)
		if _, err := New(o); err == nil {
			t.Errorf("without %s it is made", name)
		}
	}
}

// TestForgetsBeforeItStores: a look that follows an event about access must not find what was cached before it.
func TestForgetsBeforeItStores(t *testing.T) {
	var order []string
	o := options(&fakeStore{admit: func(delivery.Admission) (delivery.Receipt, error) {
		order = append(order, "stored")
		return delivery.Receipt{}, nil
	}}, "teams")
	o.Forget = func(_ change.Forge, connection int64, subject string) {
		order = append(order, fmt.Sprintf("forgot %d %s", connection, subject))
	}
	in := made(o)
	for _, kind := range []change.EventKind{change.AccessChanged, change.BasePushed} {
		if _, err := in.Accept(t.Context(), event(kind, func(ev *change.Event) { ev.Subject = "acme/core" })); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"forgot 11 acme/core", "stored", "stored"}, order); d != "" {
		t.Error(d)
	}
}

func TestObserve(t *testing.T) {
	var receipt delivery.Receipt
	var failed error
	o := options(&fakeStore{admit: func(delivery.Admission) (delivery.Receipt, error) { return receipt, failed }}, "title")
	var got []string
	o.Observe = func(event, outcome string) { got = append(got, event+" "+outcome) }
	in := made(o)
	take := func(edit func(*change.Event)) {
		_, err := in.Accept(t.Context(), event(change.Updated, func(ev *change.Event) { ev.Ref = pull; edit(ev) }))
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
	}
	take(func(*change.Event) {})
	take(func(ev *change.Event) { ev.Facts = []string{"labels"} })
	receipt.Repeat = true
	take(func(*change.Event) {})
	failed = errors.New("disk full")
	take(func(*change.Event) {})
	if d := cmp.Diff([]string{"name accepted", "name ignored", "name repeat", "name refused"}, got); d != "" {
		t.Error(d)
	}
}

func TestDecide(t *testing.T) {
	request := delivery.ReviewRequest{
		Forge:      change.GitHub,
		RepoID:     7,
		Connection: 11,
		Lane:       delivery.Interactive,
		Why:        "name.action",
		Actor:      "mona",
	}
	with := func(edit func(*delivery.ReviewRequest)) []delivery.ReviewRequest {
		t := request
		edit(&t)
		return []delivery.ReviewRequest{t}
	}
	head, base := change.Rev{Ref: "topic", SHA: "aaa"}, change.Rev{Ref: "main", SHA: "bbb"}
	atPull := func(ev *change.Event) { ev.Ref, ev.Head, ev.Base, ev.Draft = pull, head, base, true }
	pulled := append(with(func(t *delivery.ReviewRequest) { t.Ref, t.Head, t.Base, t.Draft = &pull, head, base, true }),
		with(func(t *delivery.ReviewRequest) { t.GroupsOf, t.Draft = 1, true })...)
	pushed := func(branch string, paths ...string) func(*change.Event) {
		return func(ev *change.Event) { ev.Base.Ref, ev.Base.SHA, ev.Paths = branch, "0123456789", paths }
	}
	asked := func(edit ...func(*change.Event)) change.Event {
		return event(change.Rerequested,
			append([]func(*change.Event){func(ev *change.Event) { ev.App, ev.Head.SHA = 42, "aaa" }}, edit...)...)
	}
	again := with(func(t *delivery.ReviewRequest) {
		t.Commit, t.Force, t.Why = "aaa", true, "re-check asked (name.action)"
	})
	rescue := []delivery.Scan{{Forge: change.GitHub, Connection: 11, RepoID: 7, Why: "name for an unknown commit"}}
	seen := []delivery.Seen{{Forge: change.GitHub, Connection: 11, Repository: shop}}
	scan := delivery.Scan{Forge: change.GitHub, Connection: 11, RepoID: 7, Why: "name.action"}
	// Two pushes give two scans: the first may have read the files already.
	afterPush := delivery.Scan{Forge: change.GitHub, Connection: 11, RepoID: 7, Why: "name.action of 0123456"}
	other := change.Repository{ID: 8, Owner: "acme", Name: "bank"}
	commits := []change.Pushed{{ID: "one", Paths: []string{"main.go"}}, {ID: "two"}}
	nowhere := func(ev *change.Event) { ev.Repository = change.Repository{} }

	for name, c := range map[string]struct {
		ev    change.Event
		reads []string
		want  delivery.Admission
	}{
		"updated, anything may have changed": {event(change.Updated, atPull), nil, delivery.Admission{Seen: seen, Requests: pulled}},
		"updated, a fact that is read": {
			event(change.Updated, atPull, func(ev *change.Event) { ev.Facts = []string{"labels", "title"} }), []string{"title"},
			delivery.Admission{Seen: seen, Requests: pulled}},
		"updated, no fact that is read": {
			event(change.Updated, atPull, func(ev *change.Event) { ev.Facts = []string{"labels", "milestone"} }), []string{"title"},
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "no rule reads labels or milestone"}},
		"a merge group": {
			event(change.Updated, func(ev *change.Event) { ev.Ref.Group, ev.Group = "fff", &change.Group{Head: "fff", Number: 1} }), nil,
			delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) {
				t.Ref, t.Group = &change.Ref{Key: change.Key{Group: "fff"}}, &change.Group{Head: "fff", Number: 1}
			})}},
		"a check of others, read": {
			event(change.CommitUpdated, func(ev *change.Event) { ev.App, ev.Head.SHA, ev.Facts = 1, "aaa", []string{"checks"} }),
			[]string{"checks"},
			delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) { t.Commit = "aaa" })}},
		"a commit got a new pipeline": {
			event(change.CommitUpdated, func(ev *change.Event) { ev.Head.SHA, ev.Again, ev.Sender = "aaa", true, "mona" }), nil,
			delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) {
				t.Commit, t.Force, t.Actor = "aaa", true, ""
			})}},
		"a check of others, not read": {
			event(change.CommitUpdated, func(ev *change.Event) { ev.App, ev.Head.SHA, ev.Facts = 1, "aaa", []string{"checks"} }), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "no rule reads checks"}},
		"something said about a comment looks at nothing": {event(change.CommentFeedback, func(ev *change.Event) {
			ev.Feedback = &change.Feedback{Comment: 9, Kind: change.FeedbackResolved, Actor: "mona", Role: change.RoleWriter}
		}), []string{"reviews"},
			delivery.Admission{
				Seen: seen,
				Feedback: []change.Feedback{
					{Comment: 9, Kind: change.FeedbackResolved, Actor: "mona", Role: change.RoleWriter, At: noon, Source: "delivery:d1"},
				},
			}},
		"the button that releases comments": {asked(func(ev *change.Event) { ev.Requested = ReleaseButton }), nil,
			delivery.Admission{Seen: seen,
				Requests: with(func(t *delivery.ReviewRequest) { t.Commit, t.Why = "aaa", "release of comments asked (name.action)" }),
				Release:  &delivery.Release{SHA: "aaa", Actor: "mona", Via: "button"}}},
		"the button pressed by a program": {asked(func(ev *change.Event) { ev.Requested, ev.SenderBot = ReleaseButton, true }), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "a program cannot press this button"}},
		"our own check": {
			event(change.CommitUpdated, func(ev *change.Event) { ev.App, ev.Head.SHA, ev.Facts = 42, "aaa", []string{"checks"} }),
			[]string{"checks"},
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "the check is our own"}},
		"a commit status has no App": {event(change.CommitUpdated, func(ev *change.Event) { ev.Head.SHA = "aaa" }), nil,
			delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) { t.Commit = "aaa" })}},
		"a run of a fork ended": {event(change.RunFinished, func(ev *change.Event) {
			ev.Run, ev.Attempt, ev.Fork, ev.Head.SHA, ev.Facts = 5, 2, true, "aaa", []string{"reports"}
		}), []string{"reports"}, delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) { t.Commit = "aaa" }),
			Runs: []upload.Run{{Forge: change.GitHub, RepoID: 7, Connection: 11, ID: 5, Attempt: 2, Head: "aaa", Fork: true}}}},
		"a run of a fork ended, and no rule reads reports": {
			event(change.RunFinished, func(ev *change.Event) { ev.Run, ev.Head.SHA, ev.Facts = 5, "aaa", []string{"reports"} }),
			[]string{"checks"},
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "no rule reads reports"}},
		"ended": {event(change.Ended, atPull, func(ev *change.Event) { ev.EndState = change.Merged }), nil,
			delivery.Admission{Seen: seen, Ended: []change.Ref{pull}, EndState: change.Merged}},
		"a push of code to the default branch": {event(change.BasePushed, pushed("main", "main.go", "docs/guide.md")), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "the push changes no file that rules a change"}},
		"commits that land on the default branch are kept": {
			event(change.BasePushed, pushed("main", "main.go"), func(ev *change.Event) { ev.Before, ev.Commits = "000a", commits }), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "the push changes no file that rules a change",
				Landed: []change.Pushed{{ID: "one", Parent: "000a", Paths: []string{"main.go"}}, {ID: "two", Parent: "one"}}}},
		"commits of another branch are not": {
			event(change.BasePushed, pushed("stable", "main.go"), func(ev *change.Event) { ev.Before, ev.Commits = "000a", commits }), nil,
			delivery.Admission{
				Seen:     seen,
				Requests: with(func(t *delivery.ReviewRequest) { t.Branch, t.Lane = "stable", delivery.Backfill }),
			}},
		"a push of controls to the default branch": {event(change.BasePushed, pushed("main", "main.go", ".github/lintel.yml")), nil,
			delivery.Admission{
				Seen:     seen,
				Requests: with(func(t *delivery.ReviewRequest) { t.Repo, t.Lane = true, delivery.Backfill }),
				Scans:    []delivery.Scan{afterPush},
			}},
		"a push of nobody knows what to the default branch": {event(change.BasePushed, pushed("main")), nil,
			delivery.Admission{
				Seen:     seen,
				Requests: with(func(t *delivery.ReviewRequest) { t.Repo, t.Lane = true, delivery.Backfill }),
				Scans:    []delivery.Scan{afterPush},
			}},
		"a push to another branch": {event(change.BasePushed, pushed("stable", "main.go")), nil,
			delivery.Admission{
				Seen:     seen,
				Requests: with(func(t *delivery.ReviewRequest) { t.Branch, t.Lane = "stable", delivery.Backfill }),
			}},
		"re-check": {asked(), nil, delivery.Admission{Seen: seen, Requests: again, Otherwise: rescue}},
		"re-check of a suite": {asked(func(ev *change.Event) { ev.App = 0 }), nil,
			delivery.Admission{Seen: seen, Requests: again, Otherwise: rescue}},
		"re-check by our button": {asked(func(ev *change.Event) { ev.Requested = RecheckButton }), nil,
			delivery.Admission{Seen: seen, Requests: again, Otherwise: rescue}},
		"re-check by a button not ours": {asked(func(ev *change.Event) { ev.Requested = "deploy" }), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "the button is not one of ours"}},
		"re-check of another App's run": {asked(func(ev *change.Event) { ev.App = 43 }), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "the check belongs to another App"}},
		"installed for all repositories": {event(change.Installed, nowhere), nil,
			delivery.Admission{Scans: []delivery.Scan{{Forge: change.GitHub, Connection: 11, Why: "name.action"}}}},
		"installed for some": {
			event(change.Installed, nowhere, func(ev *change.Event) { ev.Repositories = []change.Repository{shop, other} }), nil,
			delivery.Admission{Seen: append(slices.Clone(seen), delivery.Seen{Forge: change.GitHub, Connection: 11, Repository: other}),
				Scans: []delivery.Scan{scan, {Forge: change.GitHub, Connection: 11, RepoID: 8, Why: "name.action"}}}},
		"uninstalled": {event(change.Uninstalled, nowhere), nil, delivery.Admission{Uninstalled: true}},
		"uninstalled for some": {
			event(change.Uninstalled, nowhere, func(ev *change.Event) { ev.Repositories = []change.Repository{other} }), nil,
			delivery.Admission{Seen: []delivery.Seen{{Forge: change.GitHub, Connection: 11, Repository: other, Gone: true}}}},
		"a team changed": {event(change.AccessChanged, nowhere, func(ev *change.Event) { ev.Subject = "Acme/Back-End" }), []string{"teams"},
			delivery.Admission{
				Requests: with(func(t *delivery.ReviewRequest) { t.RepoID, t.Team, t.Lane = 0, "acme/back-end", delivery.Busy })}},
		"a collaborator changed": {event(change.AccessChanged, func(ev *change.Event) { ev.Subject = "mona" }), []string{"teams"},
			delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) { t.Repo, t.Lane = true, delivery.Busy })}},
		"an organisation's member changed": {event(change.AccessChanged, nowhere, func(ev *change.Event) { ev.Subject = "mona" }),
			[]string{"teams"},
			delivery.Admission{Requests: with(func(t *delivery.ReviewRequest) { t.RepoID, t.All, t.Lane = 0, true, delivery.Busy })}},
		"a team that no rule reads": {event(change.AccessChanged, nowhere, func(ev *change.Event) { ev.Subject = "acme/web" }), nil,
			delivery.Admission{Outcome: delivery.Ignored, Reason: "no rule reads teams"}},
		"merge settings, read": {event(change.RepositoryChanged), []string{"merge_settings"},
			delivery.Admission{Seen: seen, Requests: with(func(t *delivery.ReviewRequest) { t.Repo, t.Lane = true, delivery.Busy })}},
		"merge settings, not read": {event(change.RepositoryChanged), nil, delivery.Admission{Seen: seen}},
		"ignored": {event(change.Ignored, func(ev *change.Event) { ev.Reason = "why" }), nil,
			delivery.Admission{Seen: seen, Outcome: delivery.Ignored, Reason: "why"}},
		"a kind that nobody thought of": {event("new"), nil, delivery.Admission{Seen: seen, Outcome: delivery.Ignored}},
	} {
		c.want.Delivery = delivery.Delivery{
			ID:         "d1",
			Forge:      change.GitHub,
			Name:       "name",
			Action:     "action",
			Connection: 11,
			RepoID:     c.ev.Repository.ID,
			Sender:     "mona",
			ReceivedAt: noon,
		}
		if c.ev.Kind == change.AccessChanged {
			c.want.Stale = &delivery.Stale{Forge: change.GitHub, Connection: 11, Subject: c.ev.Subject}
		}
		if c.want.Outcome == "" {
			c.want.Outcome = delivery.Accepted
		}
		got := newIntake(nil, c.reads...).Decide(c.ev)
		// Pace and After of a fan-out are a matter of taste; that there is some is checked below.
		if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty(),
			cmpopts.IgnoreFields(delivery.ReviewRequest{}, "After", "Pace")); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		for _, t2 := range got.Requests {
			if (t2.Repo || t2.All) && t2.Lane == delivery.Interactive {
				t.Errorf("%s: a fan-out in the lane of people", name)
			}
		}
	}
}

// TestAsksPerMinute tries what an attacker would.
//
// Attack by somebody who may press Re-check: Press it without end: 30 a minute for each sender.
func TestAsksPerMinute(t *testing.T) {
	now := noon
	in := newIntake(nil)
	in.o.Now = func() time.Time { return now }
	ask := func(sender string) delivery.Outcome {
		return in.Decide(event(change.Rerequested, func(ev *change.Event) { ev.Sender, ev.App = sender, 42 })).Outcome
	}
	for i, step := range []struct {
		after  time.Duration
		sender string
		want   delivery.Outcome
	}{
		{0, "mona", delivery.Accepted}, {30 * time.Second, "mona", delivery.Accepted}, {0, "mona", delivery.Ignored},
		{0, "hubot", delivery.Accepted},
		// A refused request does not lengthen the wait.
		{29 * time.Second, "mona", delivery.Ignored}, {time.Second, "mona", delivery.Accepted}, {0, "mona", delivery.Ignored},
		{time.Minute, "mona", delivery.Accepted},
	} {
		now = now.Add(step.after)
		if got := ask(step.sender); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
	// Many senders do not fill the memory for ever.
	for i := range 10_002 {
		ask(fmt.Sprintf("sender-%d", i))
	}
	now = now.Add(2 * time.Minute)
	ask("last")
	if len(in.requests) != 1 {
		t.Errorf("%d senders are remembered", len(in.requests))
	}
}

// fakeStore admits what admit says.
type fakeStore struct {
	admit func(a delivery.Admission) (delivery.Receipt, error)
	all   []delivery.Admission
}

func (f *fakeStore) Admit(_ context.Context, a delivery.Admission) (delivery.Receipt, error) {
	f.all = append(f.all, a)
	return f.admit(a)
}

func TestAccept(t *testing.T) {
	key := pull.Key
	updated := event(change.Updated, func(ev *change.Event) { ev.Ref = pull })
	for name, c := range map[string]struct {
		ev      change.Event
		receipt delivery.Receipt
		want    Result
	}{
		"updated":  {updated, delivery.Receipt{Changes: []change.Key{key}}, Result{Outcome: delivery.Accepted, Changes: 1}},
		"repeated": {updated, delivery.Receipt{Repeat: true}, Result{Outcome: delivery.Accepted, Repeat: true}},
		"ignored": {event(change.Ignored, func(ev *change.Event) { ev.Reason = "why" }), delivery.Receipt{},
			Result{Outcome: delivery.Ignored, Reason: "why"}},
	} {
		st := &fakeStore{admit: func(a delivery.Admission) (delivery.Receipt, error) { return c.receipt, nil }}
		got, err := newIntake(st).Accept(context.Background(), c.ev)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" || len(st.all) != 1 {
			t.Errorf("%s: %d admissions, %v\n%s", name, len(st.all), err, diff)
		}
	}
}

func TestAcceptKeepsNothingOnErrors(t *testing.T) {
	broken := errors.New("disk is full")
	in := newIntake(&fakeStore{admit: func(delivery.Admission) (delivery.Receipt, error) { return delivery.Receipt{}, broken }})
	for range 3 { // more often than there are slots: an error gives its slot back
		if got, err := in.Accept(context.Background(), event(change.Updated)); !errors.Is(err, broken) || got != (Result{}) {
			t.Errorf("%+v %v", got, err)
		}
	}
}

// TestBusy fills every slot: the next delivery is refused at once, without a call to the store, and the one after a free slot is taken.
//
// Attack by anybody on the network: A flood of deliveries: 503, and nothing half stored; one log line a minute for
// each source and outcome. Also `internal/web/hooks_test.go` `TestNothingIsHalfKept`;
// `internal/web/inbound/loglimit_test.go` `TestLogIsLimited`.
func TestBusy(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	st := &blockingStore{entered, leave}
	in := newIntake(st)
	done := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := in.Accept(context.Background(), event(change.Updated))
			done <- err
		}()
		<-entered
	}
	if got, err := in.Accept(context.Background(), event(change.Updated)); !errors.Is(err, ErrBusy) || got != (Result{}) {
		t.Errorf("%+v %v", got, err)
	}
	close(leave)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	go func() { <-entered }()
	if _, err := in.Accept(context.Background(), event(change.Updated)); err != nil {
		t.Error(err)
	}
}

type blockingStore struct{ entered, leave chan struct{} }

func (b *blockingStore) Admit(context.Context, delivery.Admission) (delivery.Receipt, error) {
	b.entered <- struct{}{}
	<-b.leave
	return delivery.Receipt{}, nil
}
