// Package comment writes everything that a forge shows as Markdown: the texts of checks, the one comment, inline
// comments, what a language model advises, and the summary on the page of a CI job. Package publish decides what is
// published; this package only words it.
//
// Callers may rely on this:
//   - it is pure: equal inputs give equal texts;
//   - every text of others, and every word of a model, is escaped by one dialect of the forge: it mentions nobody,
//     closes nothing, links nowhere;
//   - check, comment and page count the same problems of the same decision;
//   - each text is within the forge's limit.
package comment

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
)

// Verdict is all that the texts about one verdict depend on.
type Verdict struct {
	Snapshot *change.Snapshot
	Decision policy.Decision
	// Facts are those of the decision, for tables; nil shows none.
	Facts *facts.Facts
	// Rules are those of the engine: what a rule reads says whether its findings wait for reviewers.
	Rules []policy.Rule
	// Pending and Refused are the numbers of other open changes with this commit: those without a verdict, and
	// those that do not pass.
	Pending, Refused []int
	// Drafts are inline comments that wait until somebody releases them.
	Drafts []effect.InlineComment
	// Page is the address of the page that explains the verdict; empty for none.
	Page string
	// Gate is the operator's switch.
	Gate finding.Mode
	// Waiting is set while reports of CI are missing.
	Waiting *Waiting
}

// ReleaseLabel is the label of the button that posts drafts.
const ReleaseLabel = "Release comments"

// listed bounds how many findings, gaps or drafts a list spells out.
const listed = 50

// Longest texts of one finding, in characters: one that talks without end must not push the others out.
const (
	maxTitle   = 250
	maxMessage = 1500
	maxReason  = 300
)

// dialects are those of the forges that read other Markdown than GitHub does.
var dialects = map[change.Forge]markdown.Dialect{change.GitHub: markdown.GitHub, change.GitLab: markdown.GitLab}

// Dialect is the one door through which what a forge shows is escaped. What belongs to no forge is written as GitHub
// reads it.
func Dialect(f change.Forge) markdown.Dialect {
	if d, ok := dialects[f]; ok {
		return d
	}
	return markdown.GitHub
}

// noun is what the forge calls a change.
func (v Verdict) noun() string { return v.Snapshot.Ref.Forge.Words().Change }

func (v Verdict) dialect() markdown.Dialect { return Dialect(v.Snapshot.Ref.Forge) }
