package policy

import (
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

// Wants says which files a forge reads whole for the analyses of Judge: under the given settings, or, when they are nil,
// under those that the controls of the change give it. For rules that are in shadow by their own default alone it reads
// none: their families say so by abstaining.
func (e *Engine) Wants(given *settings.Settings) change.WantsFunc { return e.wants(given, e.unasked) }

// WantsOfAll is Wants with the files of all rules, for whoever gathers what rules in shadow would say.
func (e *Engine) WantsOfAll(given *settings.Settings) change.WantsFunc {
	return e.wants(given, func(settings.Settings) []string { return nil })
}

func (e *Engine) wants(given *settings.Settings, without func(settings.Settings) []string) change.WantsFunc {
	known := e.Configurable()
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) []change.Want {
		if given != nil {
			return facts.Wants(files, *given, without(*given)...)
		}
		set := settings.Resolve(controls, gaps, known).Settings
		return facts.Wants(files, set, without(set)...)
	}
}

// unasked are the families whose rules about whole files nobody asked for: each is off, in shadow by its own default, or
// waits for reports of CI that no setting expects.
func (e *Engine) unasked(set settings.Settings) []string {
	asked := map[string]bool{}
	for _, r := range e.rules {
		if !slices.Contains(r.Reads, "contents") {
			continue
		}
		mode := set.ModeOf(r.Family, r.ID, r.Mode)
		waits := slices.Contains(r.Reads, "reports") && len(set.Reports.Expect) == 0
		wanted := mode != finding.Off && !waits && (mode != finding.Shadow || set.Names(r.Family, r.ID))
		asked[r.Family] = asked[r.Family] || wanted
	}
	var out []string
	for name, is := range asked {
		if !is {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
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
