package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
)

// Overrides carries out the commands on a change that override and cancel, and returns the overrides that hold for it as
// it was read. A merge group has those of its pull request.
func (c *Control) Overrides(ctx context.Context, snap *change.Snapshot, set settings.Overrides) ([]override.Override, error) {
	key := snap.Ref.Key
	if snap.Group != nil {
		key = change.Key{Forge: key.Forge, RepoID: key.RepoID, Number: snap.Group.Number}
	} else if err := c.settle(ctx, snap, set); err != nil {
		return nil, err
	}
	all, err := c.overrides.Overrides(ctx, key)
	if err != nil {
		return nil, err
	}
	now := c.now()
	return slices.DeleteFunc(all, func(o override.Override) bool { return !o.Holds(snap.Head.SHA, snap.Base.SHA, now) }), nil
}

// settle carries out the commands in their order.
func (c *Control) settle(ctx context.Context, snap *change.Snapshot, set settings.Overrides) error {
	waiting, err := c.store.Waiting(ctx, snap.Ref.Key)
	if err != nil {
		return err
	}
	for _, command := range waiting {
		if !changes(command) {
			continue
		}
		standing, err := c.overrides.Overrides(ctx, snap.Ref.Key)
		if err != nil {
			return err
		}
		d, err := c.decide(ctx, snap, set, command, standing)
		if err != nil {
			return err
		}
		if err := c.overrides.SettleCommand(ctx, command, d.answer, d.made, d.revoked); err != nil {
			return err
		}
	}
	return nil
}

// changes reports whether a command changes what blocks, so that it is carried out before the look judges.
func changes(c delivery.Command) bool {
	return c.Problem == nil && (c.Command.Name == "override" || c.Command.Name == "cancel")
}

// deed is what a command comes to.
type deed struct {
	answer  delivery.Answer
	made    *override.Override
	revoked []override.Override
}

func refuse(format string, args ...any) deed {
	return deed{answer: delivery.Answer{Words: fmt.Sprintf(format, args...)}}
}

func (c *Control) decide(ctx context.Context, snap *change.Snapshot, set settings.Overrides, command delivery.Command,
	standing []override.Override) (deed, error) {
	if command.Command.Name == "override" {
		if d, ok := c.unfit(snap, command); !ok {
			return d, nil
		}
	}
	why, err := c.mayNot(ctx, snap.Ref, set, command.Actor)
	if err != nil {
		return deed{}, err
	}
	if why != "" {
		return refuse("%s", why), nil
	}
	if command.Command.Name == "cancel" {
		return cancel(command, standing), nil
	}
	return c.override(snap, set, command, standing), nil
}

// unfit refuses an override of a rule that is none or that nobody may override, and one that was written on another head.
func (c *Control) unfit(snap *change.Snapshot, command delivery.Command) (deed, bool) {
	rule, known := c.rule(command.Command.Rule)
	switch {
	case !known:
		return refuse("%s", comment.NoRule(c.rules, command.Command.Rule)), false
	case !rule.Overridable():
		return refuse("The rule %s cannot be overridden.", markdown.GitHub.Code(rule.ID)), false
	case command.Head == "":
		return refuse("Lintel does not know on which commit this was written, because the pull request was pushed to at about that time. "+
			"Its head is %s: read it, and write the command again.", markdown.GitHub.Code(change.Short(snap.Head.SHA))), false
	case command.Head != snap.Head.SHA:
		return refuse("This was written on %s, and the head is %s now: read what was pushed, and write the command again.",
			markdown.GitHub.Code(change.Short(command.Head)), markdown.GitHub.Code(change.Short(snap.Head.SHA))), false
	}
	return deed{}, true
}

func (c *Control) rule(id string) (policy.Rule, bool) {
	i := slices.IndexFunc(c.rules, func(r policy.Rule) bool { return r.ID == id })
	if i < 0 {
		return policy.Rule{}, false
	}
	return c.rules[i], true
}

// override makes an override, or completes the one that waits for a second person.
func (c *Control) override(snap *change.Snapshot, set settings.Overrides, command delivery.Command, standing []override.Override) deed {
	wanted := command.Command
	lasting, err := override.Last(wanted.For, set.Expires, snap.Base.SHA, c.now())
	if err != nil {
		return refuse("%s.", strings.ToUpper(err.Error()[:1])+err.Error()[1:])
	}
	rule, _ := c.rule(wanted.Rule)
	o := override.Override{Rule: wanted.Rule, State: override.Active, Finding: wanted.Finding, Actor: command.Actor,
		Category: wanted.Category, Reason: wanted.Reason, Head: command.Head, Lasting: lasting}
	if rule.Override != policy.TwoOverride && (!set.FourEyes || !strings.EqualFold(command.Actor, snap.Author.Login)) {
		return deed{answer: delivery.Answer{Good: true}, made: &o}
	}
	for _, p := range standing {
		if p.State == override.Proposed && p.Rule == o.Rule && p.Finding == o.Finding && p.Head == o.Head &&
			!strings.EqualFold(p.Actor, o.Actor) {
			p.State, p.Second = override.Active, command.Actor
			return deed{answer: delivery.Answer{Good: true}, made: &p}
		}
	}
	o.State = override.Proposed
	words := "This waits for a second person who may override: the same command, with a reason of their own."
	return deed{made: &o, answer: delivery.Answer{Good: true, Words: words}}
}

// cancel revokes the overrides of a rule, or all.
func cancel(command delivery.Command, standing []override.Override) deed {
	d := deed{answer: delivery.Answer{Good: true}}
	for _, o := range standing {
		if command.Command.Rule == "" || o.Rule == command.Command.Rule {
			d.revoked = append(d.revoked, o)
		}
	}
	if len(d.revoked) == 0 {
		return refuse("There is no such override to cancel here.")
	}
	return d
}

// ranks are the permissions of a repository, the least first.
var ranks = []string{"none", "read", "triage", "write", "maintain", "admin"}

// mayNot is why somebody may not override; empty when they may. The forge is asked now.
func (c *Control) mayNot(ctx context.Context, ref change.Ref, set settings.Overrides, actor string) (string, error) {
	if len(set.Allow) == 0 {
		return "The settings let nobody override.", nil
	}
	role := ""
	for _, allow := range set.Allow {
		kind, name, _ := strings.Cut(allow, ":")
		var may bool
		var err error
		switch kind {
		case "permission":
			if role == "" {
				role, err = c.forge.Role(ctx, ref, actor)
			}
			may = slices.Index(ranks, role) >= slices.Index(ranks, name) && slices.Contains(ranks, name)
		case "team":
			may, err = c.forge.InTeam(ctx, ref, name, actor)
		}
		if refused, ok := errors.AsType[*change.Refused](err); ok {
			return "What you may do here could not be read: " + markdown.GitHub.Text(refused.What) + ".", nil
		}
		if err != nil {
			return "", fmt.Errorf("read whether %s may override: %w", actor, err)
		}
		if may {
			return "", nil
		}
	}
	return "The settings let only " + markdown.GitHub.Text(strings.Join(set.Allow, ", ")) + " do this.", nil
}
