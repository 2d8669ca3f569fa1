// Package publish decides what is published of a decision and of advice: checks, the one comment and inline comments, as effects with keys.
// What stands already is not published again.
//
// Callers may rely on this: it is pure, and equal inputs give equal effects; advice never makes a check, by the type
// that it is composed in; a finding gets one inline comment for good, and what people dismissed stays dismissed.
package publish

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/traits"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Waiting is what a check in progress says of the reports that it waits for.
type Waiting = comment.Waiting

// Input is all that a plan depends on.
type Input struct {
	Record   change.Record
	Snapshot *change.Snapshot
	Decision policy.Decision
	// Facts are those of the decision, for tables; nil shows none.
	Facts    *facts.Facts
	Report   settings.Presentation
	Standing plan.Standing
	// Rules are those of the engine, for titles of families and links.
	Rules []policy.Rule
	// Page is the address of the page that explains the verdict; empty for none.
	Page string
	Gate finding.Mode
	Now  time.Time
	// Waiting is set while reports of CI are waited for.
	Waiting *Waiting
	// Replies are the answers to commands, which the one comment shows; empty for none.
	Replies string
}

// Compose says what shall be done outside about a decision. It is pure: equal inputs give equal effects.
// What stands already with the same digest is not done again, unless somebody asked for it.
func Compose(in Input) []effect.Effect {
	var effects []effect.Effect
	// The address of the page is not part of what a check says: a new one alone publishes nothing again.
	// Nor is what is missing of the reports that it waits for: the page says that, and the check once more at half of the time.
	bare := in
	bare.Page, bare.Waiting = "", in.Waiting.Bare()
	digested := checks(bare)
	for i, c := range checks(in) {
		c.Digest = checkDigest(digested[i])
		if e, ok := publish(in.Record, in.Standing, c); ok {
			effects = append(effects, e)
		}
	}
	if e, ok := gateComment(in); ok {
		effects = append(effects, e)
	}
	return append(effects, corrections(in)...)
}

// words is what the texts about the decision depend on.
func (in Input) words() comment.Verdict {
	pending, refused := peers(in)
	return comment.Verdict{
		Snapshot: in.Snapshot,
		Decision: in.Decision,
		Facts:    in.Facts,
		Rules:    in.Rules,
		Pending:  pending,
		Refused:  refused,
		Drafts:   waitingDrafts(in.Standing),
		Page:     in.Page,
		Gate:     in.Gate,
		Waiting:  in.Waiting,
	}
}

// peers sorts the other open changes with this commit into those without a verdict and those that are refused.
// A verdict from before something changed is none, unless it is a refusal: nothing turns green on what nobody has looked at again.
// Where a check belongs to one change alone, no other counts.
func peers(in Input) (pending, refused []int) {
	if traits.Of(in.Record.Forge).Target == traits.Head {
		return nil, nil
	}
	known := map[int]bool{}
	for _, p := range in.Standing.Peers {
		known[p.Record.Number] = true
		switch {
		case p.Verdict != nil && p.Verdict.Conclusion == verdict.Pending:
			pending = append(pending, p.Record.Number)
		case p.Verdict != nil && p.Verdict.Conclusion != string(effect.Success):
			refused = append(refused, p.Record.Number)
		case p.Verdict == nil || p.Verdict.Generation < p.Record.Generation:
			pending = append(pending, p.Record.Number)
		}
	}
	for _, s := range in.Snapshot.Siblings {
		if !known[s.Number] {
			pending = append(pending, s.Number)
		}
	}
	return pending, refused
}

// unexplained reports whether nothing but the comment can say why a change is refused whose repository has no settings,
// and so did not choose to have none: on GitLab a status has no text, and an organisation's floor may refuse there.
func (in Input) unexplained() bool {
	return traits.Of(in.Record.Forge).CheckText == 0 && len(in.Decision.Blocking()) > 0 &&
		in.Facts != nil && in.Facts.Controls.Source == settings.Absent
}

// gateComment keeps the gate's part of the one comment: made when something blocks that the author can fix, edited in
// place, cleared when nothing does.
func gateComment(in Input) (effect.Effect, bool) {
	parts := in.Standing.CommentParts()
	gate := ""
	if !in.Snapshot.Draft && in.Snapshot.Group == nil && (in.Report.Comment != "off" || in.unexplained()) {
		gate = in.words().GatePart()
		if traits.Of(in.Record.Forge).CheckText == 0 {
			gate = in.words().WholePart()
		}
	}
	switch {
	case gate == "" && in.Decision.Conclusion == policy.Pending:
		// Nobody knows yet whether the problems of the last head are solved.
		gate = parts.Gate
	case gate == "" && parts.Gate != "":
		gate = in.words().ClosingPart()
	}
	parts.Gate = gate
	if in.Snapshot.Group == nil {
		parts.Chat = in.Replies
	}
	return in.Standing.Rewrite(in.Record.Ref, parts)
}
