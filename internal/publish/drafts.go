package publish

import (
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/thread"
)

// releaseButton is on a check while drafts wait. Its texts are within the forge's 20, 40 and 20 characters.
var releaseButton = effect.Button{Label: comment.ReleaseLabel, Description: "Post the comments that wait as drafts", ID: "release"}

// waitingDrafts are the drafts that nobody has released.
func waitingDrafts(st plan.Standing) []effect.InlineComment {
	var all []effect.InlineComment
	for _, p := range st.Findings {
		if p.State == thread.Waiting && p.Posted != nil {
			all = append(all, *p.Posted.Effect.Inline)
		}
	}
	return all
}
