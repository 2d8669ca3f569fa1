// Package forge picks who reads and writes a change by the forge that it is on. Its children are the forges. Consumers
// keep the small interfaces that they need; a Set has the methods of all of them.
//
// Callers may rely on: a change of a forge that is not connected, and what a forge has nothing for, is a *change.Refused
// and never a fault that is tried again.
package forge

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/upload"
)

// Adapter is what every forge has: it reads a change and carries out effects.
type Adapter interface {
	Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error)
	Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error)
	Apply(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error)
}

// contents reads files of a change, trees what a commit consists of, ancestors where it comes from: each is a port of its
// own, so that a forge which lacks one has the others.
type contents interface {
	Contents(ctx context.Context, ref change.Ref, files []diff.File, limit int64) (map[string]string, error)
}

type trees interface {
	Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error)
}

type ancestors interface {
	Ancestors(ctx context.Context, ref change.Ref, sha string, limit int) ([]string, error)
}

// people knows what somebody may do, and answers them.
type people interface {
	Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error)
	Role(ctx context.Context, ref change.Ref, login string) (string, error)
	InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error)
	React(ctx context.Context, ref change.Ref, place chat.Place, id int64, reaction string) error
	RequestReviews(ctx context.Context, ref change.Ref, logins []string) error
}

// measured compares a head with the commit that CI measured.
type measured interface {
	Drift(ctx context.Context, ref change.Ref, head, measured string) (upload.Drift, error)
}

// pipelines knows what a run of CI ran for, where a job's token does not say it.
type pipelines interface {
	PipelineOf(ctx context.Context, ref change.Ref, run string) (number int, sha string, err error)
}

// artifacts gives what runs of CI left behind.
type artifacts interface {
	Artifacts(ctx context.Context, ref change.Ref, run int64) ([]upload.Artifact, error)
	Artifact(ctx context.Context, ref change.Ref, id, limit int64) ([]byte, error)
}

// forgetful drops what is kept about people of a connection; all of it for an empty subject.
type forgetful interface {
	Forget(connection int64, subject string)
}

// Whole is a forge that has everything.
type Whole interface {
	Adapter
	contents
	trees
	ancestors
	people
	measured
	artifacts
	forgetful
}

// Set is the connected forges by name. It is read only, so it is safe for concurrent use.
type Set map[change.Forge]Adapter

// part gives what a forge has for a purpose.
func part[P any](s Set, f change.Forge, purpose string) (p P, err error) {
	a, ok := s[f]
	if !ok {
		return p, &change.Refused{
			Kind:   refusal.NotAvailable,
			What:   fmt.Sprintf("cannot %s: no forge %q is connected", purpose, f),
			Remedy: "connect it in the server's file",
		}
	}
	if p, ok = a.(P); !ok {
		return p, &change.Refused{Kind: refusal.NotAvailable, What: fmt.Sprintf("cannot %s on %s", purpose, f)}
	}
	return p, nil
}

// Snapshot reads a change whole.
func (s Set) Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error) {
	p, err := part[Adapter](s, r.Forge, "read "+r.String())
	if err != nil {
		return change.Snapshot{}, err
	}
	return p.Snapshot(ctx, r)
}

// Head reads a change's head and state.
func (s Set) Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error) {
	p, err := part[Adapter](s, ref.Forge, "read the head of "+ref.String())
	if err != nil {
		return change.Rev{}, "", err
	}
	return p.Head(ctx, ref)
}

// Apply carries out an effect once; tried says that a call for it may have reached the forge before.
func (s Set) Apply(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	p, err := part[Adapter](s, e.Ref.Forge, "publish on "+e.Ref.String())
	if err != nil {
		return effect.Receipt{}, err
	}
	return p.Apply(ctx, e, tried)
}

// Contents reads files at the head by path, text alone.
func (s Set) Contents(ctx context.Context, ref change.Ref, list []diff.File, limit int64) (map[string]string, error) {
	p, err := part[contents](s, ref.Forge, "read files")
	if err != nil {
		return nil, err
	}
	return p.Contents(ctx, ref, list, limit)
}

// Tree lists the files of a commit.
func (s Set) Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error) {
	p, err := part[trees](s, ref.Forge, "list files")
	if err != nil {
		return change.Tree{}, err
	}
	return p.Tree(ctx, ref, sha)
}

// Ancestors returns a commit and its ancestors by first parents, nearest first, at most so many.
func (s Set) Ancestors(ctx context.Context, ref change.Ref, sha string, limit int) ([]string, error) {
	p, err := part[ancestors](s, ref.Forge, "list commits")
	if err != nil {
		return nil, err
	}
	return p.Ancestors(ctx, ref, sha, limit)
}
