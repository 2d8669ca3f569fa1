package publish

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/traits"
)

// Inline is what the inline comments of a change shall become at one head.
type Inline struct {
	Record   change.Record
	Standing plan.Standing
	// Want are the comments for what a look has found, in order of weight, all at lines of Head. Those that stand
	// already are not posted again.
	Want []effect.InlineComment
	// Gone are the findings whose code is known to be gone at Head. One that was merely not found again is not among them.
	Gone []string
	Head string
	// Draft keeps new comments back until a person releases them.
	Draft bool
}

// Plan says what shall be published, and which of the wanted comments are not made because another stands on their
// lines. A finding gets one comment for good: a second push, a rebase, a rename or a moved line posts nothing again,
// and what people dismissed stays dismissed. It is pure.
func (in Inline) Plan() (effects []effect.Effect, crowded []effect.InlineComment) {
	if !traits.Of(in.Record.Forge).Threads {
		return nil, nil
	}
	known := map[string]thread.Finding{}
	var taken []effect.InlineComment
	for _, p := range in.Standing.Findings {
		known[p.Fingerprint] = p
		if p.Posted != nil && (p.State == thread.Open || p.State == thread.Waiting) && p.Posted.Effect.Inline.SHA == in.Head {
			taken = append(taken, *p.Posted.Effect.Inline)
		}
	}
	add := func(m effect.InlineComment) {
		effects = append(effects,
			effect.Effect{
				Key:    fmt.Sprintf("remark/%s/%s/%d", in.Record.Key, m.Fingerprint, in.Standing.Sequence),
				Ref:    in.Record.Ref,
				Inline: &m,
			})
	}
	gone := map[string]bool{}
	for _, name := range in.Gone {
		p, ok := known[name]
		if gone[name] = true; !ok || p.Posted == nil || !p.Stands() {
			continue
		}
		m := *p.Posted.Effect.Inline
		m.Edits, m.Thread = p.CommentID()
		m.Body, m.AddressedIn, m.Suggestion = comment.Addressed(m.Body, in.Record.Forge, in.Head), in.Head, nil
		add(m)
	}
	for _, m := range in.Want {
		p, ok := known[m.Fingerprint]
		m.Draft, m.Edits, m.Thread, m.AddressedIn = in.Draft, "", "", ""
		switch {
		case gone[m.Fingerprint]:
			continue
		case !ok, p.Uncommented():
			// A finding of a rule is followed before it has an inline comment.
		case p.Reopened():
			m.Edits, m.Thread = p.CommentID()
		case p.State == thread.Addressed && p.Posted != nil:
			// It came back: the comment that was made says it again, where it stands; a draft that waited and was withdrawn waits again.
			m.Edits, m.Thread = p.CommentID()
			m.Draft = m.Edits == "" && in.Draft
		case p.State == thread.Rejected && p.SHA != m.SHA:
		default:
			continue
		}
		if overlaps(m, taken) {
			crowded = append(crowded, m)
			continue
		}
		known[m.Fingerprint] = thread.Finding{Fingerprint: m.Fingerprint, State: thread.Open}
		taken = append(taken, m)
		add(m)
	}
	return effects, crowded
}

// overlaps reports whether a line of m has an inline comment already.
func overlaps(m effect.InlineComment, taken []effect.InlineComment) bool {
	for _, t := range taken {
		if t.Fingerprint != m.Fingerprint && t.Path == m.Path && t.Side == m.Side && t.StartLine <= m.Line && m.StartLine <= t.Line {
			return true
		}
	}
	return false
}

// Unposted reports whether an inline comment of the change waits for the forge.
func Unposted(st plan.Standing) bool {
	for _, p := range st.Findings {
		if p.Posted != nil && p.Posted.Receipt == nil && !p.Posted.Effect.Inline.Draft &&
			(p.State == thread.Open || p.State == thread.Addressed) {
			return true
		}
	}
	return false
}
