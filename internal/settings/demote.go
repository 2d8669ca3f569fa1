package settings

import (
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
)

// What happens to a rule of which so much is unwanted that it should not block.
const (
	demoteOff  = "off"
	demoteAuto = "auto"
)

var demoteKeys = []key{
	{"demote", "What happens to a rule of which more than 10 % is unwanted here, even at the lower end of the interval, of 50 decided " +
		"findings or more in 28 days: `propose` says so in the preview of settings and on the operators' page, `auto` lets it warn " +
		"and no longer block, `off` does neither. [Scorecards](scorecards.md) explains it.", ""},
}

// demoted are the noisy rules that no longer block by these settings, sorted.
func (s Settings) demoted(noisy []change.NoisyRule) []string {
	if s.Demote != demoteAuto {
		return nil
	}
	var all []string
	for _, n := range noisy {
		if s.Rules[n.Rule].Demote != demoteOff {
			all = append(all, n.Rule)
		}
	}
	slices.Sort(all)
	return all
}

// demotion is the highest mode of a rule.
func (s Settings) demotion(rule string) finding.Mode {
	if slices.Contains(s.Demoted, rule) {
		return finding.Warn
	}
	return finding.Enforce
}

// Proposes reports whether the settings want to hear that a rule is noisy.
func (s Settings) Proposes(rule string) bool {
	return s.Demote != demoteOff && s.Rules[rule].Demote != demoteOff
}
