// Package control carries out what people ask for in comments: answers, and overrides of rules.
//
// Callers may rely on: a command is carried out by the look that follows it, once, and its first answer stands; what
// somebody may do is asked of the forge at that moment and never read from a comment's author_association.
package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
)

// Store keeps commands and their answers.
type Store interface {
	Waiting(ctx context.Context, key change.Key) ([]delivery.Command, error)
	// Ignore forgets a command without an answer.
	Ignore(ctx context.Context, c delivery.Command) error
	// SettleCommand keeps what a command came to, with its audit records, all or nothing.
	SettleCommand(ctx context.Context, c delivery.Command, a delivery.Answer, d override.Deed) error
	Replies(ctx context.Context, key change.Key) ([]delivery.Answered, error)
}

// Grants keeps what was granted to changes: each method returns what has not ended.
type Grants interface {
	Overrides(ctx context.Context, key change.Key) ([]override.Override, error)
	Mutes(ctx context.Context, key change.Key) ([]override.Mute, error)
	FalseAlarms(ctx context.Context, key change.Key) ([]override.FalseAlarm, error)
}

// Verdicts has what people saw when they wrote.
type Verdicts interface {
	// Decided returns the decision of a change's newest verdict on a commit; nil when there is none.
	Decided(ctx context.Context, key change.Key, target string) ([]byte, error)
}

// Reactions keeps which comments wait for their reaction.
type Reactions interface {
	Unreacted(ctx context.Context, key change.Key) ([]delivery.Reaction, error)
	Reacted(ctx context.Context, key change.Key, r delivery.Reaction) error
}

// Threads are the inline comments on changes.
type Threads interface {
	// Answered is the comment of ours that a thread began with; nil when it is not ours.
	Answered(ctx context.Context, key change.Key, thread string) (*delivery.Answerable, error)
}

// Forge is what commands need of the forge.
type Forge interface {
	// React puts a reaction on a comment; the same one twice is one.
	React(ctx context.Context, ref change.Ref, place chat.Place, id int64, reaction string) error
	// Role is what somebody may do in the repository now: "admin", "maintain", "write", "triage", "read" or "none".
	Role(ctx context.Context, ref change.Ref, login string) (string, error)
	// InTeam reports whether somebody is a member of a team of the organisation that owns the repository now.
	InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error)
	// RequestReviews requests reviews; one that stands is not requested again.
	RequestReviews(ctx context.Context, ref change.Ref, logins []string) error
}

// Options are what a Control needs; every field is required but Advised.
type Options struct {
	Store     Store
	Grants    Grants
	Verdicts  Verdicts
	Reactions Reactions
	Threads   Threads
	Forge     Forge
	Rules     []policy.Rule
	// Owners are the owners of paths by CODEOWNERS at the base of a change, as they are written there.
	Owners func(snap *change.Snapshot, paths []string) map[string][]string
	Now    func() time.Time
	// Advised is true when the server has a language model.
	Advised bool
}

// Control is safe for concurrent use.
type Control struct {
	store     Store
	grants    Grants
	verdicts  Verdicts
	reactions Reactions
	threads   Threads
	forge     Forge
	rules     []policy.Rule
	owners    func(snap *change.Snapshot, paths []string) map[string][]string
	now       func() time.Time
	advised   bool
}

// New checks that nothing is missing.
func New(o Options) (*Control, error) {
	switch {
	case o.Store == nil || o.Grants == nil || o.Verdicts == nil || o.Reactions == nil || o.Threads == nil:
		return nil, errors.New("make control: what keeps commands, grants, verdicts, reactions and threads is needed")
	case o.Forge == nil || o.Rules == nil || o.Owners == nil || o.Now == nil:
		return nil, errors.New("make control: the forge, the rules, the owners and the clock are needed")
	}
	return &Control{store: o.Store, grants: o.Grants, verdicts: o.Verdicts, reactions: o.Reactions,
		threads: o.Threads, forge: o.Forge, rules: o.Rules,
		owners: o.Owners, now: o.Now, advised: o.Advised}, nil
}

// Answer answers the commands that wait on a change by its verdict, and returns what the one comment shows of the
// newest ones.
func (c *Control) Answer(ctx context.Context, key change.Key, v comment.Verdict, set settings.Settings) (string, error) {
	waiting, err := c.store.Waiting(ctx, key)
	if err != nil {
		return "", err
	}
	for _, command := range waiting {
		if changes(command) {
			continue // it came after this look had carried out what waited; the look that it asked for does it
		}
		d, err := c.answer(ctx, command, v, set)
		if err != nil {
			return "", err
		}
		if err := c.store.SettleCommand(ctx, command, d.answer, d.Deed); err != nil {
			return "", err
		}
	}
	replies, err := c.store.Replies(ctx, key)
	if err != nil {
		return "", err
	}
	return comment.Replies(key.Forge, replies), nil
}

// The reactions to a comment.
const (
	taken  = "eyes"
	done   = "+1"
	failed = "confused"
)

// Accept shows on each comment with commands that they were read. It is safe to repeat, and a failure is worth a line of
// the log alone.
func (c *Control) Accept(ctx context.Context, ref change.Ref) error {
	waiting, err := c.store.Waiting(ctx, ref.Key)
	if err != nil {
		return err
	}
	var errs []error
	for i, w := range waiting {
		first := slices.IndexFunc(waiting, func(o delivery.Command) bool { return o.Place == w.Place && o.Comment == w.Comment }) == i
		if first && !w.Bot {
			errs = append(errs, c.forge.React(ctx, ref, w.Place, w.Comment, taken))
		}
	}
	return errors.Join(errs...)
}

// React puts the reaction on each comment whose commands have answers. It is safe to repeat.
func (c *Control) React(ctx context.Context, ref change.Ref) error {
	all, err := c.reactions.Unreacted(ctx, ref.Key)
	if err != nil {
		return err
	}
	for _, r := range all {
		reaction := failed
		if r.Good {
			reaction = done
		}
		err := c.forge.React(ctx, ref, r.Place, r.Comment, reaction)
		// A locked conversation takes no reaction. The deed is done all the same.
		if _, refused := errors.AsType[*change.Refused](err); err != nil && !refused {
			return fmt.Errorf("react to a comment on %s: %w", ref, err)
		}
		if err := c.reactions.Reacted(ctx, ref.Key, r); err != nil {
			return err
		}
	}
	return nil
}
