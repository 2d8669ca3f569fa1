package policy

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/settings"
)

// Wants says which files a forge reads whole for the analyses of Judge: under the given settings, or, when they are nil,
// under those that the controls of the change give it.
func (e *Engine) Wants(given *settings.Settings) change.WantsFunc {
	known := e.Configurable()
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) []change.Want {
		if given != nil {
			return facts.Wants(files, *given)
		}
		return facts.Wants(files, settings.Resolve(controls, gaps, known).Settings)
	}
}

// WantsReview says whether a forge that has one reads its review of dependencies, as Wants says which files.
func (e *Engine) WantsReview(given *settings.Settings) change.ReviewFunc {
	known := e.Configurable()
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) bool {
		if given != nil {
			return facts.WantsReview(files, *given)
		}
		return facts.WantsReview(files, settings.Resolve(controls, gaps, known).Settings)
	}
}
