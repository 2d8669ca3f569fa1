package forge

import (
	"context"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/upload"
)

// Permission reports whether somebody may write in the repository now.
func (s Set) Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error) {
	p, err := part[people](s, ref.Forge, "read permissions")
	if err != nil {
		return false, err
	}
	return p.Permission(ctx, ref, login)
}

// Role is what somebody may do in the repository now: "admin", "maintain", "write", "triage", "read" or "none".
func (s Set) Role(ctx context.Context, ref change.Ref, login string) (string, error) {
	p, err := part[people](s, ref.Forge, "read permissions")
	if err != nil {
		return "", err
	}
	return p.Role(ctx, ref, login)
}

// InTeam reports whether somebody is a member of a team now.
func (s Set) InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error) {
	p, err := part[people](s, ref.Forge, "read teams")
	if err != nil {
		return false, err
	}
	return p.InTeam(ctx, ref, team, login)
}

// React puts a reaction on a comment; the same one twice is one.
func (s Set) React(ctx context.Context, ref change.Ref, place chat.Place, id int64, reaction string) error {
	p, err := part[people](s, ref.Forge, "react to a comment")
	if err != nil {
		return err
	}
	return p.React(ctx, ref, place, id, reaction)
}

// RequestReviews requests reviews; one that stands is not requested again.
func (s Set) RequestReviews(ctx context.Context, ref change.Ref, logins []string) error {
	p, err := part[people](s, ref.Forge, "request reviews")
	if err != nil {
		return err
	}
	return p.RequestReviews(ctx, ref, logins)
}

// Drift compares a head with the commit that CI measured.
func (s Set) Drift(ctx context.Context, ref change.Ref, head, sha string) (upload.Drift, error) {
	p, err := part[measured](s, ref.Forge, "compare commits")
	if err != nil {
		return upload.Drift{}, err
	}
	return p.Drift(ctx, ref, head, sha)
}

// PipelineOf is the change that a run of CI ran for, 0 when it ran for a branch, and the commit that it ran on.
func (s Set) PipelineOf(ctx context.Context, ref change.Ref, run string) (number int, sha string, err error) {
	p, err := part[pipelines](s, ref.Forge, "ask what a run ran for")
	if err != nil {
		return 0, "", err
	}
	return p.PipelineOf(ctx, ref, run)
}

// Artifacts lists what a run of CI left behind.
func (s Set) Artifacts(ctx context.Context, ref change.Ref, run int64) ([]upload.Artifact, error) {
	p, err := part[artifacts](s, ref.Forge, "list artifacts")
	if err != nil {
		return nil, err
	}
	return p.Artifacts(ctx, ref, run)
}

// Artifact downloads a zip; nil when it is larger than limit.
func (s Set) Artifact(ctx context.Context, ref change.Ref, id, limit int64) ([]byte, error) {
	p, err := part[artifacts](s, ref.Forge, "download an artifact")
	if err != nil {
		return nil, err
	}
	return p.Artifact(ctx, ref, id, limit)
}

// Forget drops what is kept about somebody of a connection; a forge that keeps nothing has nothing to drop.
func (s Set) Forget(f change.Forge, connection int64, subject string) {
	if p, err := part[forgetful](s, f, "forget"); err == nil {
		p.Forget(connection, subject)
	}
}
