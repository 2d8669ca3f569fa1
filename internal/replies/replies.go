// Package replies says which inline comment of ours an answer of people is about, and what that comment rests on.
//
// Callers may rely on: it reads what is stored and asks no model and no forge.
package replies

import (
	"context"
	"slices"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/render/advicetext"
	"github.com/lintel-review/lintel/internal/thread"
)

// Store has the inline comments on changes.
type Store interface {
	// Findings returns those that were posted or wait to be, each with its newest comment.
	Findings(ctx context.Context, key change.Key) ([]thread.Finding, error)
	// Past returns the newest advice that was posted; nil when there is none.
	Past(ctx context.Context, key change.Key) (result []byte, found []thread.Finding, err error)
}

// Reader reads from a Store.
type Reader struct{ Store Store }

// Answered is the inline comment that a thread of a change began with, by the forge's id of either; nil when it is not
// ours.
func (r Reader) Answered(ctx context.Context, key change.Key, id string) (*delivery.Answerable, error) {
	all, err := r.Store.Findings(ctx, key)
	if err != nil || id == "" {
		return nil, err
	}
	i := slices.IndexFunc(all, func(f thread.Finding) bool {
		comment, begun := f.CommentID()
		return comment == effect.ID(id) || begun == effect.ID(id)
	})
	if i < 0 {
		return nil, nil //nolint:nilnil // no comment of ours is no error
	}
	var past advice.Result
	body, _, err := r.Store.Past(ctx, key)
	if err == nil && body != nil {
		past, err = advice.ReadResult(body)
	}
	if err != nil {
		return nil, err
	}
	f := all[i]
	return &delivery.Answerable{Fingerprint: f.Fingerprint, Rule: f.About.Rule, Why: advicetext.Why(key.Forge, f, past)}, nil
}
