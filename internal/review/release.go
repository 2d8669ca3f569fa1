package review

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// Drafts keeps requests to release drafts of remarks, and releases.
type Drafts interface {
	Asked(ctx context.Context, key change.Key) ([]delivery.ReleaseRequest, error)
	Refuse(ctx context.Context, a delivery.ReleaseRequest, why string) error
	Release(ctx context.Context, a delivery.ReleaseRequest) (int, error)
}

// People says what somebody may do, read from the forge now.
type People interface {
	Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error)
}

// release answers those who asked for drafts to be posted. Whoever presses the button is asked about at the forge, at this moment: the
// forge shows the button to readers, too. An operator's command needs no such question; who can write the database can do anything.
func (v *Reviewer) release(ctx context.Context, r change.Record) error {
	if v.Drafts == nil || r.Group != nil {
		return nil
	}
	asks, err := v.Drafts.Asked(ctx, r.Key)
	if err != nil {
		return err
	}
	for _, a := range asks {
		why, err := v.mayRelease(ctx, r.Ref, a)
		if err != nil {
			return err
		}
		if why != "" {
			err = v.Drafts.Refuse(ctx, a, why)
		} else {
			_, err = v.Drafts.Release(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayRelease says why a request is refused; empty when it is not.
func (v *Reviewer) mayRelease(ctx context.Context, ref change.Ref, a delivery.ReleaseRequest) (string, error) {
	if a.Via == "command" {
		return "", nil
	}
	if a.Actor == "" || strings.HasSuffix(a.Actor, "[bot]") {
		return "a program cannot release comments", nil
	}
	write, err := v.People.Permission(ctx, ref, a.Actor)
	var refused *change.Refused
	if errors.As(err, &refused) {
		return "the permission of " + a.Actor + " could not be read: " + refused.What, nil
	}
	if err != nil {
		return "", fmt.Errorf("read whether %s may release comments: %w", a.Actor, err)
	}
	if !write {
		return a.Actor + " has no write permission", nil
	}
	return "", nil
}
