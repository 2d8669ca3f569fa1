package verdicts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/verdict"
)

// pastLooks is the most verdicts of one change that are read, the newest.
const pastLooks = 100

// PastPulls hands over the changes with the newest verdicts, newest first, of a repository or, when its id is 0, of
// all. It reads one at a time, so that only one is in memory.
func (s *Store) PastPulls(ctx context.Context, forge change.Forge, repository int64, limit int, use func(verdict.Past) error) error {
	records, err := s.changes.JudgedLast(ctx, forge, repository, 0, limit)
	if err != nil {
		return err
	}
	return s.hand(ctx, records, use)
}

// OwnedPulls is PastPulls for all repositories of an owner.
func (s *Store) OwnedPulls(ctx context.Context, forge change.Forge, owner int64, limit int, use func(verdict.Past) error) error {
	records, err := s.changes.JudgedLast(ctx, forge, 0, owner, limit)
	if err != nil {
		return err
	}
	return s.hand(ctx, records, use)
}

func (s *Store) hand(ctx context.Context, records []change.Record, use func(verdict.Past) error) error {
	for _, r := range records {
		p, err := s.past(ctx, r)
		if err != nil {
			return err
		}
		if err := use(p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) past(ctx context.Context, r change.Record) (verdict.Past, error) {
	p := verdict.Past{Record: r}
	all, err := s.Verdicts(ctx, r, pastLooks)
	if err != nil {
		return p, err
	}
	if p.EndedAt, err = s.changes.EndedAt(ctx, r.Key); err != nil {
		return p, err
	}
	if len(all) == 0 {
		return p, nil // deleted a moment ago
	}
	p.Title = all[0].Title
	if strings.Contains(strings.ToLower(p.Title), "revert") {
		if p.Body, err = s.bodyOf(ctx, all[0].Facts); err != nil {
			return p, err
		}
	}
	slices.Reverse(all)
	for i, v := range all {
		look := verdict.PastLook{Head: v.Head, At: v.TakenAt}
		if i > 0 && all[i-1].Decision == v.Decision {
			look.Decision = p.Looks[i-1].Decision
		} else if look.Decision, err = s.kept(ctx, v.Decision); err != nil {
			return p, err
		}
		p.Looks = append(p.Looks, look)
	}
	return p, nil
}

// kept is the document of a digest; nil when it is no longer there.
func (s *Store) kept(ctx context.Context, digest string) ([]byte, error) {
	body, err := s.Evidence(ctx, digest)
	if errors.Is(err, change.ErrNotFound) {
		return nil, nil
	}
	return body, err
}

// bodyOf is the description of a change in the facts about it; empty when these are no longer kept.
func (s *Store) bodyOf(ctx context.Context, digest string) (string, error) {
	raw, err := s.kept(ctx, digest)
	if err != nil || raw == nil {
		return "", err
	}
	var facts struct {
		Change struct {
			Body string `json:"body"`
		} `json:"change"`
	}
	if err := json.Unmarshal(raw, &facts); err != nil {
		return "", fmt.Errorf("read facts %s: %w", digest, err)
	}
	return facts.Change.Body, nil
}
