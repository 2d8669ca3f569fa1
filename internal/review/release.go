package review

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// Drafts stores requests to release drafts of inline comments, releases drafts, and keeps votes on what was posted.
type Drafts interface {
	Asked(ctx context.Context, key change.Key) ([]delivery.ReleaseRequest, error)
	Refuse(ctx context.Context, a delivery.ReleaseRequest, why string) error
	Release(ctx context.Context, a delivery.ReleaseRequest) (int, error)
	// Unweighed returns votes against findings that stand, of which a delivery told and not what the voter may do.
	Unweighed(ctx context.Context, key change.Key) ([]change.Feedback, error)
}

// People reads from the forge what somebody may do.
type People interface {
	Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error)
}

// releaseDrafts handles requests to post drafts. The forge shows the button to readers, too, so the permission of whoever
// pressed it is read now. An operator's command needs no check: whoever can write the database can do anything.
func (v *Reviewer) releaseDrafts(ctx context.Context, r change.Record) error {
	if r.Group != nil || r.Unasked {
		return nil
	}
	requests, err := v.options.Drafts.Asked(ctx, r.Key)
	if err != nil {
		return err
	}
	for _, request := range requests {
		why, err := v.whyRefused(ctx, r.Ref, request)
		if err != nil {
			return err
		}
		if why != "" {
			err = v.options.Drafts.Refuse(ctx, request, why)
		} else {
			_, err = v.options.Drafts.Release(ctx, request)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// whyRefused is the reason to refuse a request; empty when it is granted.
func (v *Reviewer) whyRefused(ctx context.Context, ref change.Ref, request delivery.ReleaseRequest) (string, error) {
	if request.Via == "command" {
		return "", nil
	}
	if request.Actor == "" || strings.HasSuffix(request.Actor, "[bot]") {
		return "a program cannot release comments", nil
	}
	write, err := v.options.People.Permission(ctx, ref, request.Actor)
	var refused *change.Refused
	if errors.As(err, &refused) {
		return "the permission of " + request.Actor + " could not be read: " + refused.What, nil
	}
	if err != nil {
		return "", fmt.Errorf("read whether %s may release comments: %w", request.Actor, err)
	}
	if !write {
		return request.Actor + " has no write permission", nil
	}
	return "", nil
}
