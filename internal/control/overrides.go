package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
)

// Grant carries out the commands on a change that change its verdict, and returns what holds for it as it was read. A
// merge group has what its change has.
func (c *Control) Grant(ctx context.Context, snap *change.Snapshot, set settings.Settings) (override.Granted, error) {
	key := snap.Ref.Key
	if snap.Group != nil {
		key = change.Key{Forge: key.Forge, RepoID: key.RepoID, Number: snap.Group.Number}
	} else if err := errors.Join(c.ignoreBots(ctx, key, set.Overrides.Bots), c.settle(ctx, snap, set.Overrides)); err != nil {
		return override.Granted{}, err
	}
	all, err := c.granted(ctx, key)
	now := c.now()
	all.Overrides = slices.DeleteFunc(all.Overrides, func(o override.Override) bool { return !o.Holds(snap.Head.SHA, snap.Base.SHA, now) })
	all.Mutes = slices.DeleteFunc(all.Mutes, func(m override.Mute) bool { return !m.Holds(now) })
	return all, err
}

// granted is all that was granted to a change and has not ended.
func (c *Control) granted(ctx context.Context, key change.Key) (all override.Granted, err error) {
	if all.Overrides, err = c.grants.Overrides(ctx, key); err != nil {
		return all, err
	}
	all.Mutes, err = c.grants.Mutes(ctx, key)
	return all, err
}

// ignoreBots forgets what programs wrote that the settings do not list.
func (c *Control) ignoreBots(ctx context.Context, key change.Key, heard []string) error {
	waiting, err := c.store.Waiting(ctx, key)
	if err != nil {
		return err
	}
	for _, command := range waiting {
		is := func(login string) bool { return strings.EqualFold(login, command.Actor) }
		if command.Bot && !slices.ContainsFunc(heard, is) {
			if err := c.store.Ignore(ctx, command); err != nil {
				return err
			}
		}
	}
	return nil
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
		d, err := c.decide(ctx, snap, set, command)
		if err != nil {
			return err
		}
		if err := c.store.SettleCommand(ctx, command, d.answer, d.Deed); err != nil {
			return err
		}
	}
	return nil
}

// changes reports whether a command changes the verdict, so that it is carried out before the look judges.
func changes(c delivery.Command) bool {
	return c.Problem == nil && slices.Contains([]string{"override", "cancel", "mute", "run-checks"}, c.Command.Name)
}

// deed is what a command comes to.
type deed struct {
	answer delivery.Answer
	override.Deed
}

func refuse(format string, args ...any) deed {
	return deed{answer: delivery.Answer{Words: fmt.Sprintf(format, args...)}}
}

// refused takes a refusal of the forge out of an error, in words.
func (c *Control) refused(f change.Forge, err error) (why string, other error) {
	if refused, ok := errors.AsType[*change.Refused](err); ok {
		return comment.Dialect(f).Text(refused.What), nil
	}
	return "", err
}

func (c *Control) decide(ctx context.Context, snap *change.Snapshot, set settings.Overrides, command delivery.Command) (deed, error) {
	switch command.Command.Name {
	case "mute":
		return c.mute(ctx, snap, command)
	case "run-checks":
		return c.runChecks(ctx, snap, command)
	case "cancel":
		return c.cancel(ctx, snap, set, command)
	}
	if d, ok := c.unfit(snap, command); !ok {
		return d, nil
	}
	found, err := c.covered(ctx, snap, command)
	if err != nil {
		return deed{}, err
	}
	why, err := c.mayNot(ctx, set.Allow, &asking{ref: snap.Ref, actor: command.Actor, found: found, snap: snap})
	if err != nil {
		return deed{}, err
	}
	if why != "" {
		return refuse("%s", why), nil
	}
	proposed, err := c.grants.Overrides(ctx, snap.Ref.Key)
	if err != nil {
		return deed{}, err
	}
	return c.override(snap, set, command, proposed), nil
}

// seen is the decision that people saw on the head of a change.
func (c *Control) seen(ctx context.Context, snap *change.Snapshot) (d policy.Decision, known bool, err error) {
	raw, err := c.verdicts.Decided(ctx, snap.Ref.Key, snap.Head.SHA)
	if err != nil || raw == nil {
		return d, false, err
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, false, fmt.Errorf("read decision on %s: %w", snap.Ref, err)
	}
	return d, true, nil
}

// covered are the findings that an override would let pass, by the decision that people saw.
func (c *Control) covered(ctx context.Context, snap *change.Snapshot, command delivery.Command) ([]finding.Finding, error) {
	d, _, err := c.seen(ctx, snap)
	o := override.Override{Rule: command.Command.Rule, Finding: command.Command.Finding, In: command.Command.In}
	return slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return !o.Covers(f) }), err
}

// unfit refuses an override of a rule that is none or that nobody may override, and one that was written on another head.
func (c *Control) unfit(snap *change.Snapshot, command delivery.Command) (deed, bool) {
	rule, known := c.rule(command.Command.Rule)
	md := comment.Dialect(snap.Ref.Forge)
	switch {
	case !known:
		return refuse("%s", comment.NoRule(snap.Ref.Forge, c.rules, command.Command.Rule)), false
	case !rule.Overridable():
		return refuse("The rule %s cannot be overridden.", md.Code(rule.ID)), false
	}
	return c.moved(snap, command)
}

// moved refuses a command that was written on another head than that of now.
func (c *Control) moved(snap *change.Snapshot, command delivery.Command) (deed, bool) {
	md := comment.Dialect(snap.Ref.Forge)
	switch {
	case command.Head == "":
		return refuse("Lintel does not know on which commit this was written, because the %s was pushed to at about that time. "+
			"Its head is %s: read it, and write the command again.",
			snap.Ref.Forge.Words().Change, md.Code(change.Short(snap.Head.SHA))), false
	case command.Head != snap.Head.SHA:
		return refuse("This was written on %s, and the head is %s now: read what was pushed, and write the command again.",
			md.Code(change.Short(command.Head)), md.Code(change.Short(snap.Head.SHA))), false
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
	o := override.Override{Rule: wanted.Rule, State: override.Active, Finding: wanted.Finding, In: wanted.In, Actor: command.Actor,
		Category: wanted.Category, Reason: wanted.Reason, Head: command.Head, Lasting: lasting}
	if rule.Override != policy.TwoOverride && (!set.FourEyes || !strings.EqualFold(command.Actor, snap.Author.Login)) {
		return deed{answer: delivery.Answer{Good: true}, Deed: override.Deed{Made: &o}}
	}
	for _, p := range standing {
		if p.State == override.Proposed && p.Rule == o.Rule && p.Finding == o.Finding && p.In == o.In && p.Head == o.Head &&
			!strings.EqualFold(p.Actor, o.Actor) {
			p.State, p.Second = override.Active, command.Actor
			return deed{answer: delivery.Answer{Good: true}, Deed: override.Deed{Made: &p}}
		}
	}
	o.State = override.Proposed
	words := "This waits for a second person who may override: the same command, with a reason of their own."
	return deed{answer: delivery.Answer{Good: true, Words: words}, Deed: override.Deed{Made: &o}}
}

// cancel takes back what was granted for a rule, or all. Everybody may take back what they asked for themselves.
func (c *Control) cancel(ctx context.Context, snap *change.Snapshot, set settings.Overrides, command delivery.Command) (deed, error) {
	why, err := c.mayNot(ctx, set.Allow, &asking{ref: snap.Ref, actor: command.Actor, snap: snap})
	if err != nil {
		return deed{}, err
	}
	all, err := c.granted(ctx, snap.Ref.Key)
	if err != nil {
		return deed{}, err
	}
	alarms, err := c.grants.FalseAlarms(ctx, snap.Ref.Key)
	if err != nil {
		return deed{}, err
	}
	d := good("")
	takes := func(rule, actor string) bool {
		return (command.Command.Rule == "" || rule == command.Command.Rule) && (why == "" || strings.EqualFold(actor, command.Actor))
	}
	for _, o := range all.Overrides {
		if takes(o.Rule, o.Actor) {
			d.Revoked = append(d.Revoked, o)
		}
	}
	for _, m := range all.Mutes {
		if takes(m.Rule, m.Actor) {
			d.Unmuted = append(d.Unmuted, m)
		}
	}
	for _, f := range alarms {
		if takes(f.Rule, f.Actor) {
			d.Taken = append(d.Taken, f)
		}
	}
	switch {
	case len(d.Revoked)+len(d.Unmuted)+len(d.Taken) > 0:
		return d, nil
	case why != "":
		return refuse("%s", why), nil
	}
	return refuse("There is no such override to cancel here."), nil
}

// runChecks lets checks run on a head of a fork: on that one alone, since the next push may bring anything.
func (c *Control) runChecks(ctx context.Context, snap *change.Snapshot, command delivery.Command) (deed, error) {
	if !snap.Fork {
		return refuse("This is no change of a fork, so checks run on it anyway."), nil
	}
	if d, ok := c.moved(snap, command); !ok {
		return d, nil
	}
	if why, err := c.notWriter(ctx, snap.Ref, command.Actor); err != nil || why != "" {
		return refuse("%s", why), err
	}
	return deed{
		answer: delivery.Answer{Good: true, Words: "Checks that wait for this run on this head, and wait again after the next push."},
		Deed: override.Deed{Made: &override.Override{Rule: override.ForkChecks, State: override.Active, Actor: command.Actor,
			Category: "other", Reason: "checks may run on this head of a fork", Head: command.Head}},
	}, nil
}

// longestMute is the longest that a rule may be muted on a change.
const longestMute = 90 * 24 * time.Hour

// day is the beginning of a day in UTC; the zero time, which is over, when the text is none. The grammar has held it to
// the form already.
func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// mute hides what a rule remarks. What blocks is never hidden: that takes an override.
func (c *Control) mute(ctx context.Context, snap *change.Snapshot, command delivery.Command) (deed, error) {
	id := command.Command.Rule
	if _, known := c.rule(id); !known {
		return refuse("%s", comment.NoRule(snap.Ref.Forge, c.rules, id)), nil
	}
	until, now := day(command.Command.Until), c.now()
	switch {
	case !until.After(now):
		return refuse("That day is over already."), nil
	case until.After(now.Add(longestMute)):
		return refuse("A rule is muted for 90 days at the most. The settings of the repository switch it off for good."), nil
	}
	if why, err := c.notWriter(ctx, snap.Ref, command.Actor); err != nil || why != "" {
		return refuse("%s", why), err
	}
	seen, _, err := c.seen(ctx, snap)
	if err != nil {
		return deed{}, err
	}
	if slices.ContainsFunc(seen.Findings, func(f finding.Finding) bool { return f.Rule == id && f.Blocking }) {
		md := comment.Dialect(snap.Ref.Forge)
		return refuse("The rule %s blocks here, and what blocks is not hidden. %s lets it pass.", md.Code(id),
			md.Code("/lintel override "+id+" -- reason")), nil
	}
	d := good("")
	d.Muted = &override.Mute{Rule: id, Actor: command.Actor, Until: until}
	return d, nil
}
