// Package control carries out what people ask for in comments.
//
// Callers may rely on: a command is carried out by the look that follows it, once, and its first answer stands; what
// somebody may do is asked of the forge at that moment and never read from a comment's author_association.
package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/render/comment"
)

// Store keeps commands and their answers.
type Store interface {
	Waiting(ctx context.Context, key change.Key) ([]delivery.Command, error)
	Answer(ctx context.Context, c delivery.Command, a delivery.Answer) error
	Replies(ctx context.Context, key change.Key) ([]delivery.Answered, error)
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
}

// Control is safe for concurrent use.
type Control struct {
	store     Store
	reactions Reactions
	forge     Forge
}

// New checks that nothing is missing.
func New(store Store, reactions Reactions, forge Forge) (*Control, error) {
	if store == nil || reactions == nil || forge == nil {
		return nil, errors.New("make control: the store, the reactions and the forge are needed")
	}
	return &Control{store, reactions, forge}, nil
}

// Answer answers the commands that wait on a change by its verdict, and returns what the one comment shows of the
// newest ones.
func (c *Control) Answer(ctx context.Context, key change.Key, v comment.Verdict) (string, error) {
	waiting, err := c.store.Waiting(ctx, key)
	if err != nil {
		return "", err
	}
	for _, command := range waiting {
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
