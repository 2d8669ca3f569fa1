package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/render/comment"
)

// ranks are the permissions of a repository, the least first.
var ranks = []string{"none", "read", "triage", "write", "maintain", "admin"}

// atLeast reports whether a role is a permission or a higher one.
func atLeast(role, permission string) bool {
	return slices.Contains(ranks, permission) && slices.Index(ranks, role) >= slices.Index(ranks, permission)
}

// notWriter is why somebody may not do what takes write permission; empty when they may. The forge is asked now.
func (c *Control) notWriter(ctx context.Context, ref change.Ref, actor string) (string, error) {
	role, err := c.forge.Role(ctx, ref, actor)
	if refused, ok := errors.AsType[*change.Refused](err); ok {
		return unreadable(ref.Forge, refused), nil
	}
	if err != nil {
		return "", fmt.Errorf("read what %s may do: %w", actor, err)
	}
	if !atLeast(role, "write") {
		return "This takes write permission.", nil
	}
	return "", nil
}

func unreadable(f change.Forge, refused *change.Refused) string {
	return "What you may do here could not be read: " + comment.Dialect(f).Text(refused.What) + "."
}

// asking is one question whether somebody may override.
type asking struct {
	ref   change.Ref
	actor string
	role  string // read once
	// found are the findings that the override would let pass; nil when nobody knows.
	found []finding.Finding
	snap  *change.Snapshot
}

// mayNot is why somebody may not override; empty when one of the settings' entries lets them. The forge is asked now.
func (c *Control) mayNot(ctx context.Context, allow []string, a *asking) (string, error) {
	if len(allow) == 0 {
		return "The settings let nobody override.", nil
	}
	for _, entry := range allow {
		may, err := c.allows(ctx, entry, a)
		if refused, ok := errors.AsType[*change.Refused](err); ok {
			return unreadable(a.ref.Forge, refused), nil
		}
		if err != nil {
			return "", fmt.Errorf("read whether %s may override: %w", a.actor, err)
		}
		if may {
			return "", nil
		}
	}
	return "The settings let only " + comment.Dialect(a.ref.Forge).Text(strings.Join(allow, ", ")) + " do this.", nil
}

// allows reports whether one entry of the settings lets somebody override.
func (c *Control) allows(ctx context.Context, entry string, a *asking) (may bool, err error) {
	kind, name, _ := strings.Cut(entry, ":")
	switch kind {
	case "permission":
		if a.role == "" {
			a.role, err = c.forge.Role(ctx, a.ref, a.actor)
		}
		return err == nil && atLeast(a.role, name), err
	case "team":
		return c.forge.InTeam(ctx, a.ref, name, a.actor)
	case "owner":
		return c.ownsAll(ctx, a)
	}
	return false, nil
}

// ownsAll reports whether somebody owns, by CODEOWNERS at the base, every path that the override would let pass. A
// finding of no path has no owner.
func (c *Control) ownsAll(ctx context.Context, a *asking) (bool, error) {
	asked := map[string]bool{}
	var paths []string
	for _, f := range a.found {
		paths = append(paths, f.Path)
	}
	owners := c.owners(a.snap, paths)
	for _, f := range a.found {
		if f.Path == "" {
			return false, nil
		}
		owns := false
		for _, owner := range owners[f.Path] {
			if owns {
				break
			}
			is, known := asked[owner]
			if !known {
				var err error
				if is, err = c.isOwner(ctx, a, owner); err != nil {
					return false, err
				}
				asked[owner] = is
			}
			owns = is
		}
		if !owns {
			return false, nil
		}
	}
	return len(a.found) > 0, nil
}

// isOwner reports whether somebody is the person, or in the team, of a line of CODEOWNERS.
func (c *Control) isOwner(ctx context.Context, a *asking, owner string) (bool, error) {
	name, at := strings.CutPrefix(owner, "@")
	if !at {
		return false, nil // an e-mail address: whose it is, the forge does not say
	}
	org, team, isTeam := strings.Cut(name, "/")
	if !isTeam {
		return strings.EqualFold(name, a.actor), nil
	}
	if !strings.EqualFold(org, a.ref.Owner) {
		return false, nil
	}
	return c.forge.InTeam(ctx, a.ref, team, a.actor)
}
