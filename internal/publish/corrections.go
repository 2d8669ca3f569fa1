package publish

import (
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/thread"
)

// maxCorrections bounds the inline comments with corrections of tools; the check has the others.
const maxCorrections = 30

// corrections posts what formatters and linters would write as suggestions that the author commits with a click, where the
// settings want that. One that is not found any more says so.
func corrections(in Input) []effect.Effect {
	if in.Snapshot.Group != nil || in.Snapshot.Draft {
		return nil
	}
	inline := Inline{Record: in.Record, Standing: in.Standing, Head: in.Snapshot.Head.SHA}
	for _, p := range in.Standing.Findings {
		if p.About.Origin == effect.FromRule && p.State == thread.Addressed && p.Posted != nil &&
			p.Posted.Effect.Inline.AddressedIn == "" {
			inline.Gone = append(inline.Gone, p.Fingerprint)
		}
	}
	if in.Report.Suggestions == "inline" {
		for _, f := range in.Decision.Visible() {
			if f.Suggestion != nil && f.Source != nil && f.Path != "" && len(inline.Want) < maxCorrections {
				inline.Want = append(inline.Want, correction(in, f))
			}
		}
	}
	effects, _ := inline.Plan()
	return effects
}

// correction is the inline comment of a finding that has a correction.
func correction(in Input, f finding.Finding) effect.InlineComment {
	return effect.InlineComment{
		Fingerprint: string(f.Fingerprint),
		About:       about(f),
		SHA:         in.Snapshot.Head.SHA,
		Path:        f.Path,
		Side:        effect.Right,
		StartLine:   f.Suggestion.Line,
		Line:        max(f.Suggestion.EndLine, f.Suggestion.Line),
		Body:        comment.Correction(in.Record.Forge, f),
		Suggestion:  &f.Suggestion.Text,
	}
}
