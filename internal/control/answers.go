package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
)

// answer is what a command comes to that changes no verdict.
func (c *Control) answer(ctx context.Context, command delivery.Command, v comment.Verdict, set settings.Settings) (deed, error) {
	if command.Problem != nil {
		return deed{answer: delivery.Answer{Words: comment.Unread(v.Snapshot.Ref.Forge, *command.Problem)}}, nil
	}
	switch command.Command.Name {
	case "help":
		return good("\n\n" + v.Snapshot.Ref.Forge.Words().Say(chat.Help())), nil
	case "why":
		if command.Command.Rule == "" && command.Thread != "" {
			if ours, err := c.threads.Answered(ctx, command.Key, command.Thread); ours != nil || err != nil {
				return explained(ours), err
			}
		}
		words, known := v.Why(command.Command.Rule)
		return deed{answer: delivery.Answer{Good: known, Words: words}}, nil
	case "recheck":
		return good(""), nil // this look is it
	case "status":
		granted, err := c.granted(ctx, command.Key)
		return good(v.Status(granted, c.now())), err
	case "owners":
		words, _ := v.Unblockers()
		return good(words), nil
	case "assign":
		return c.assign(ctx, command, v)
	case "advise":
		return c.advise(set), nil
	case "wrong":
		return c.wrong(ctx, command, v)
	}
	return refuse("This version of Lintel does not know %s.", command.Command.Name), nil
}

// explained answers "/lintel why" below an inline comment of ours.
func explained(ours *delivery.Answerable) deed {
	if ours == nil {
		return deed{}
	}
	return good(ours.Why)
}

// dismiss takes an answer to an inline comment as a no to its finding. It counts from the author, and from whom the forge
// lets write now: the same people whose resolving of a thread counts.
func (c *Control) dismiss(ctx context.Context, command delivery.Command, v comment.Verdict) (deed, error) {
	ours, err := c.threads.Answered(ctx, command.Key, command.Thread)
	if err != nil {
		return deed{}, err
	}
	if ours == nil {
		return refuse("It must name a finding, or answer a comment of Lintel's on a line."), nil
	}
	role := change.RoleAuthor
	if v.Snapshot.Author == nil || !strings.EqualFold(v.Snapshot.Author.Login, command.Actor) {
		if why, err := c.notWriter(ctx, v.Snapshot.Ref, command.Actor); err != nil || why != "" {
			return refuse("%s", why), err
		}
		role = change.RoleWriter
	}
	d := good("")
	d.Dismissed = &override.Dismissal{Fingerprint: ours.Fingerprint, Rule: ours.Rule, Role: role}
	return d, nil
}

func good(words string) deed { return deed{answer: delivery.Answer{Good: true, Words: words}} }

// advise says whether the look that the command asked for also asks a model.
func (c *Control) advise(set settings.Settings) deed {
	switch {
	case !c.advised:
		return refuse("Whoever runs Lintel named no language model.")
	case !set.Advise.Enabled:
		return refuse("The settings of this repository ask for no advice: `advise.enabled` is false.")
	}
	return good("")
}

// assign requests the reviews of the fewest people who can unblock a change.
func (c *Control) assign(ctx context.Context, command delivery.Command, v comment.Verdict) (deed, error) {
	if !strings.EqualFold(command.Actor, v.Snapshot.Author.Login) {
		if why, err := c.notWriter(ctx, v.Snapshot.Ref, command.Actor); err != nil || why != "" {
			return refuse("%s", why), err
		}
	}
	words, people := v.Unblockers()
	if len(people) == 0 {
		return refuse("%s", words), nil
	}
	// The forge takes a request that stands as one: a look that is tried again requests nothing twice.
	if why, err := c.refused(v.Snapshot.Ref.Forge, c.forge.RequestReviews(ctx, v.Snapshot.Ref, people)); why != "" || err != nil {
		return refuse("The reviews could not be requested: %s.", why), err
	}
	d := good(words)
	d.Assigned = people
	return d, nil
}

// wrong calls a finding a false alarm.
func (c *Control) wrong(ctx context.Context, command delivery.Command, v comment.Verdict) (deed, error) {
	asked := command.Command
	if asked.Number == 0 && asked.Finding == "" {
		return c.dismiss(ctx, command, v)
	}
	found := v.Numbered()
	if asked.Number > 0 {
		// A number is that of the check which the person saw, on the head that the command was written on.
		if d, ok := c.moved(v.Snapshot, command); !ok {
			return d, nil
		}
		seen, known, err := c.seen(ctx, v.Snapshot)
		if err != nil {
			return deed{}, err
		}
		if known {
			found = comment.Verdict{Snapshot: v.Snapshot, Decision: seen, Rules: v.Rules}.Numbered()
		}
		if asked.Number > len(found) {
			return refuse("The check has no number %d.", asked.Number), nil
		}
		found = found[asked.Number-1 : asked.Number]
	} else {
		found = slices.DeleteFunc(found, func(f finding.Finding) bool {
			_, digits, _ := strings.Cut(string(f.Fingerprint), ":")
			return !strings.HasPrefix(digits, asked.Finding)
		})
		if len(found) != 1 {
			return refuse("%d findings here have a fingerprint that begins like that.", len(found)), nil
		}
	}
	if why, err := c.notWriter(ctx, v.Snapshot.Ref, command.Actor); err != nil || why != "" {
		return refuse("%s", why), err
	}
	f := found[0]
	d := good(fmt.Sprintf("Noted: what %s says about %s is a false alarm. It lets nothing pass.",
		comment.Dialect(v.Snapshot.Ref.Forge).Code(f.Rule), whereOf(v.Snapshot.Ref.Forge, f)))
	d.Wrong = &override.FalseAlarm{Fingerprint: string(f.Fingerprint), Rule: f.Rule, Actor: command.Actor, Category: asked.Category,
		Reason: asked.Reason, Head: v.Snapshot.Head.SHA}
	return d, nil
}

func whereOf(forge change.Forge, f finding.Finding) string {
	if f.Path == "" {
		return "this " + forge.Words().Change
	}
	return comment.Dialect(forge).Code(markdown.Plain(f.Path, 200))
}
