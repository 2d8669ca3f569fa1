package review

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// Wants says which files a forge reads whole for the analyses, under the settings that the controls give a change: the
// same settings by which it is judged.
func Wants(e *policy.Engine) func([]diff.File, change.Controls, []change.Gap) []change.Want {
	known := e.Configurable()
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) []change.Want {
		return facts.Wants(files, settings.Resolve(controls, gaps, known).Settings)
	}
}
