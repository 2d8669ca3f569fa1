// Package review looks at a change once: snapshot, facts, decision, plan, and the plan's effects. It reads first,
// decides without I/O, saves what it intends, and acts last.
package review

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
)

// Source reads changes from a forge.
type Source interface {
	Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error)
}

// Store records the outcome of a look.
type Store interface {
	// SavePlan stores a look and the effects that compose makes of what stands on the commit, in one transaction.
	SavePlan(ctx context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect, error)
	// Admit asks for further looks.
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
	// Decided returns the decision of a change's newest verdict on a commit; nil when there is none.
	Decided(ctx context.Context, key change.Key, target string) ([]byte, error)
}

// Outbox executes saved effects.
type Outbox interface {
	Run(ctx context.Context, key change.Key, commit string) error
	// PostInlineComments posts the inline comments of a change, apart from the verdict.
	PostInlineComments(ctx context.Context, key change.Key) error
}

// Reports adds what CI uploaded.
type Reports interface {
	// Join adds to a snapshot the reports of its head, those to compare them with, and when they arrived.
	Join(ctx context.Context, snap *change.Snapshot) error
}

// Checks are the checks that Lintel runs itself.
type Checks interface {
	// Add adds their results to a snapshot, and says which are to be run on its head.
	// Let says that somebody let them run on this head of a fork.
	Add(ctx context.Context, r change.Record, snap *change.Snapshot, set settings.Settings, let bool) ([]checkrun.Want, error)
}

// AdviceRequester is called after each verdict on an open change was published, and may request advice in a job of its own.
type AdviceRequester interface {
	Request(ctx context.Context, r change.Record, snap *change.Snapshot, findings []finding.Finding, set settings.Advise) error
}

// Control answers what people ask for in comments.
type Control interface {
	// Answer answers the commands that wait on a change by its verdict, and returns what the one comment shows of them.
	Answer(ctx context.Context, key change.Key, v comment.Verdict, set settings.Settings) (string, error)
	// Grant carries out the commands that change a verdict, and returns what holds for a snapshot.
	Grant(ctx context.Context, snap *change.Snapshot, set settings.Settings) (override.Granted, error)
	// Accept shows on comments with commands that they were read.
	Accept(ctx context.Context, ref change.Ref) error
	// React puts the reactions on comments whose commands are answered.
	React(ctx context.Context, ref change.Ref) error
}

// Switches keeps the uses of the operator's switch.
type Switches interface {
	// GateSwitches returns those that stand.
	GateSwitches(ctx context.Context) ([]gateswitch.Switch, error)
}

// Options are what a Reviewer needs. Only the last group may be left out.
type Options struct {
	Source Source
	Store  Store
	Outbox Outbox
	Engine *policy.Engine
	// Checks adds the results of the checks that Lintel runs itself, and says which are to be run (nil: there are none).
	Checks Checks
	// Waits remembers since when heads wait for reports.
	Waits Waits
	// Drafts and People let people release drafts of inline comments.
	Drafts Drafts
	People People
	// Control answers commands in comments.
	Control Control
	// Switches are the uses of the operator's switch.
	Switches Switches
	// Reports adds what CI uploaded.
	Reports Reports
	// Preview adds to a snapshot what a change of an organisation's file would do (nil: nothing is added).
	Preview func(ctx context.Context, s *change.Snapshot) error
	// Advisories adds the database of known vulnerabilities to a snapshot (nil: there is none).
	Advisories func(s *change.Snapshot)
	Log        *slog.Logger
	Now        func() time.Time
	// Page returns the address of the page that explains the verdict on a change; empty without a public address.
	Page func(r change.Ref) string
	// Slow is how long a first verdict may take before the check is shown in progress.
	Slow time.Duration
	// ExplainFrom is the attempt from which a failing check explains why a look fails; earlier attempts are silent.
	// UnreadFrom is the same for a forge that does not show one thing: its copies agree again in a second or two, or
	// not soon. Earlier attempts, and those with gaps that may be filled, are retried.
	ExplainFrom, UnreadFrom int
	// GroupDeadline is how long after its last event a merge group may stay without a verdict: then its check fails
	// with the reason, whatever the attempt. It must be shorter than the merge queue's own timeout, which gives no reason.
	GroupDeadline time.Duration

	// Gate is the operator's switch for bad days: warn lets everything pass, visibly; empty changes nothing.
	Gate finding.Mode
	// Advice requests advice on each published verdict (nil: there is none). Its failures are logged and change nothing here.
	Advice AdviceRequester
	// Evidence says what rules would have blocked, for changes that propose other settings (nil: nobody says).
	Evidence policy.EvidenceOf
	// Churn adds what the history before the merge base tells of the changed files (nil: it is not known).
	Churn func(ctx context.Context, s *change.Snapshot) error
	// Noisy are the rules that people do not want in a repository, which the settings may demote (nil: there are none).
	Noisy func(ctx context.Context, forge change.Forge, repo int64) ([]change.NoisyRule, error)
	// Observe receives every verdict (nil: nobody does).
	Observe func(r change.Ref, d policy.Decision)
}

// check names what is missing.
func (o Options) check() error {
	needs := []struct {
		name string
		ok   bool
	}{
		{"Source", o.Source != nil},
		{"Store", o.Store != nil},
		{"Outbox", o.Outbox != nil},
		{"Engine", o.Engine != nil},
		{"Waits", o.Waits != nil},
		{"Drafts", o.Drafts != nil},
		{"People", o.People != nil},
		{"Control", o.Control != nil},
		{"Switches", o.Switches != nil},
		{"Reports", o.Reports != nil},
		{"Log", o.Log != nil},
		{"Now", o.Now != nil},
		{"Page", o.Page != nil},
		{"Slow", o.Slow > 0},
		{"ExplainFrom", o.ExplainFrom > 0},
		{"UnreadFrom", o.UnreadFrom > 0},
		{"GroupDeadline", o.GroupDeadline > 0},
	}
	var missing []string
	for _, need := range needs {
		if !need.ok {
			missing = append(missing, need.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("make reviewer: missing %s", strings.Join(missing, ", "))
	}
	return nil
}

// Reviewer looks at changes. It is safe for concurrent use.
type Reviewer struct{ options Options }

// New makes a Reviewer. Its error names what is missing.
func New(o Options) (*Reviewer, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Reviewer{o}, nil
}

// ValidSettings reports whether a settings file can be used with an engine's rules.
func ValidSettings(e *policy.Engine) func([]byte) bool {
	known := e.Configurable()
	// Nearly every look reads the file that the one before it read, and parsing is most of what controls cost.
	var last atomic.Pointer[string]
	return func(b []byte) bool {
		if valid := last.Load(); valid != nil && *valid == string(b) {
			return true
		}
		_, problems := settings.Parse(settings.Path, b, known)
		if len(problems) > 0 {
			return false
		}
		last.Store(new(string(b)))
		return true
	}
}
