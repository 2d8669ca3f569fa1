// Package control carries out what people ask for in comments: answers, and overrides of rules.
//
// Callers may rely on: a command is carried out by the look that follows it, once, and its first answer stands; what
// somebody may do is asked of the forge at that moment and never read from a comment's author_association.
package control

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
)

// Store keeps commands and their answers.
type Store interface {
	Waiting(ctx context.Context, key change.Key) ([]delivery.Command, error)
	Answer(ctx context.Context, c delivery.Command, a delivery.Answer) error
	Replies(ctx context.Context, key change.Key) ([]delivery.Answered, error)
}

// Overrides keeps overrides.
type Overrides interface {
	// Overrides returns those of a change that have not ended.
	Overrides(ctx context.Context, key change.Key) ([]override.Override, error)
	// SettleCommand keeps what a command came to, with its audit records, all or nothing.
	SettleCommand(ctx context.Context, c delivery.Command, a delivery.Answer, made *override.Override, revoked []override.Override) error
}

// Reactions keeps which comments wait for their reaction.
type Reactions interface {
	Unreacted(ctx context.Context, key change.Key) ([]delivery.Reaction, error)
	Reacted(ctx context.Context, key change.Key, r delivery.Reaction) error
}

// Forge is what commands need of the forge.
type Forge interface {
	// React puts a reaction on a comment; the same one twice is one.
	React(ctx context.Context, ref change.Ref, place chat.Place, id int64, reaction string) error
	// Role is what somebody may do in the repository now: "admin", "maintain", "write", "triage", "read" or "none".
	Role(ctx context.Context, ref change.Ref, login string) (string, error)
	// InTeam reports whether somebody is a member of a team of the organisation that owns the repository now.
	InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error)
}

// Options are what a Control needs; every field is required.
type Options struct {
	Store     Store
	Overrides Overrides
	Reactions Reactions
	Forge     Forge
	Rules     []policy.Rule
	Now       func() time.Time
}

// Control is safe for concurrent use.
type Control struct {
	store     Store
	overrides Overrides
	reactions Reactions
	forge     Forge
	rules     []policy.Rule
	now       func() time.Time
}

// New checks that nothing is missing.
func New(o Options) (*Control, error) {
	if o.Store == nil || o.Overrides == nil || o.Reactions == nil || o.Forge == nil || o.Rules == nil || o.Now == nil {
		return nil, errors.New("make control: the store, the overrides, the reactions, the forge, the rules and the clock are needed")
	}
	return &Control{o.Store, o.Overrides, o.Reactions, o.Forge, o.Rules, o.Now}, nil
}

// Answer answers the commands that wait on a change by its verdict, and returns what the one comment shows of the
// newest ones.
func (c *Control) Answer(ctx context.Context, key change.Key, v comment.Verdict) (string, error) {
	waiting, err := c.store.Waiting(ctx, key)
	if err != nil {
		return "", err
	}
	for _, command := range waiting {
		if changes(command) {
			continue // it came after this look had carried out what waited; the look that it asked for does it
		}
		if err := c.store.Answer(ctx, command, answer(command, v)); err != nil {
			return "", err
		}
	}
	replies, err := c.store.Replies(ctx, key)
	if err != nil {
		return "", err
	}
	return comment.Replies(replies), nil
}

// answer is the answer to a command that changes nothing.
func answer(c delivery.Command, v comment.Verdict) delivery.Answer {
	if c.Problem != nil {
		return delivery.Answer{Words: comment.Unread(*c.Problem)}
	}
	switch c.Command.Name {
	case "help":
		return delivery.Answer{Good: true, Words: "\n\n" + chat.Help()}
	case "why":
		words, good := v.Why(c.Command.Rule)
		return delivery.Answer{Good: good, Words: words}
	case "recheck":
		return delivery.Answer{Good: true} // this look is it
	}
	return delivery.Answer{Words: fmt.Sprintf("This version of Lintel does not know %s.", c.Command.Name)}
}

// The reactions to a comment.
const (
	done   = "+1"
	failed = "confused"
)

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
