//race:unwatched
package forge_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// GitHub has everything that is asked of a forge.
var _ forge.Whole = (*github.Forge)(nil)

// least has no more than a forge must have, and a name.
type least string

func (l least) Snapshot(context.Context, change.Record) (change.Snapshot, error) {
	title := string(l)
	return change.Snapshot{Title: &title}, nil
}

func (l least) Head(context.Context, change.Ref) (change.Rev, change.State, error) {
	return change.Rev{SHA: string(l)}, change.Open, nil
}

func (l least) Apply(context.Context, effect.Effect, bool) (effect.Receipt, error) {
	return effect.Receipt{Key: string(l)}, nil
}

func at(f change.Forge) change.Ref {
	return change.Ref{Key: change.Key{Forge: f, RepoID: 1, Number: 2}, Owner: "acme/web", Name: "shop"}
}

// TestSetPicksByForge asks two forges, and a third that is not connected.
func TestSetPicksByForge(t *testing.T) {
	s := forge.Set{change.GitHub: least("hub"), change.GitLab: least("lab")}
	for f, want := range map[change.Forge]string{change.GitHub: "hub", change.GitLab: "lab"} {
		snap, err := s.Snapshot(t.Context(), change.Record{Ref: at(f)})
		if err != nil || *snap.Title != want {
			t.Error(f, *snap.Title, err)
		}
		head, _, err := s.Head(t.Context(), at(f))
		if err != nil || head.SHA != want {
			t.Error(f, head, err)
		}
		receipt, err := s.Apply(t.Context(), effect.Effect{Ref: at(f)}, false)
		if err != nil || receipt.Key != want {
			t.Error(f, receipt, err)
		}
	}
	_, err := s.Snapshot(t.Context(), change.Record{Ref: at("gitea")})
	want := `cannot read acme/web/shop#2: no forge "gitea" is connected (connect it in the server's file)`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestSetRefusesWhatAForgeLacks asks for everything that a forge need not have: each answer is a refusal, so that
// nothing is tried again for good.
func TestSetRefusesWhatAForgeLacks(t *testing.T) {
	s, ref, ctx := forge.Set{change.GitLab: least("lab")}, at(change.GitLab), t.Context()
	for name, err := range map[string]error{
		"contents":  second(s.Contents(ctx, ref, nil, 1)),
		"tree":      second(s.Tree(ctx, ref, "a")),
		"ancestors": second(s.Ancestors(ctx, ref, "a", 1)),
		"write":     second(s.Permission(ctx, ref, "olga")),
		"role":      second(s.Role(ctx, ref, "olga")),
		"team":      second(s.InTeam(ctx, ref, "core", "olga")),
		"react":     s.React(ctx, ref, "", 1, "eyes"),
		"request":   s.RequestReviews(ctx, ref, nil),
		"drift":     second(s.Drift(ctx, ref, "a", "b")),
		"pipeline":  third(s.PipelineOf(ctx, ref, "1")),
		"artifacts": second(s.Artifacts(ctx, ref, 1)),
		"artifact":  second(s.Artifact(ctx, ref, 1, 1)),
	} {
		no, ok := errors.AsType[*change.Refused](err)
		if !ok || no.Kind != refusal.NotAvailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Forget(change.GitLab, 1, "")
	s.Forget(change.GitHub, 1, "")
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }
