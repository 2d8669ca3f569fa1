package policy

import (
	"maps"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

// Wants says which files a forge reads whole for the analyses of Judge: under the given settings, or, when they are nil,
// under those that the controls of the change give it. For rules that are in shadow by their own default alone it reads
// none: their families say so by abstaining.
func (e *Engine) Wants(given *settings.Settings) change.WantsFunc { return e.wants(given, e.less) }

// WantsOfAll is Wants with the files of all rules, or of those that are named, for whoever gathers what rules in shadow
// would say.
func (e *Engine) WantsOfAll(given *settings.Settings, rules ...string) change.WantsFunc {
	var less facts.Less
	if of := e.analysed(rules); len(of) > 0 {
		for _, f := range family.All() {
			if f.Name != family.Secrets && !slices.Contains(of, f.Name) {
				less.Without = append(less.Without, f.Name)
			}
		}
	}
	return e.wants(given, func(settings.Settings) facts.Less { return less })
}

// analysed are the families whose facts the policies of some rules can see, and size, which counts the lines of a change.
// None is all: no rules are named, one of them reads the risk, which is concluded from all facts, or it is not known what
// they see.
func (e *Engine) analysed(rules []string) []string {
	if len(rules) == 0 {
		return nil
	}
	seen := map[string]bool{family.Size: true}
	for _, id := range rules {
		for _, q := range e.queries {
			if q.family != "" && q.family != e.byID[id].Family {
				continue
			}
			sees := q.sees()
			if _, risk := sees["risk"]; risk || sees == nil {
				return nil
			}
			for _, f := range family.All() {
				if _, ok := sees[f.Name]; ok {
					seen[f.Name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (e *Engine) wants(given *settings.Settings, less func(settings.Settings) facts.Less) change.WantsFunc {
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) []change.Want {
		if given != nil {
			return facts.Wants(files, *given, less(*given))
		}
		set := e.inForce(controls, gaps)
		return facts.Wants(files, set, less(set))
	}
}

// less are the families for which fewer files are read. Nobody asked for a rule that is off, in shadow by its own
// default, or waits for reports of coverage that no setting expects. Where all rules that are asked for by their default alone
// read hinted files, no others are read.
func (e *Engine) less(set settings.Settings) facts.Less {
	const none, hinted, all = 1, 2, 3
	reads := map[string]int{}
	// Contents are read beside reports of the family coverage, whose name is their kind, not beside those of linters.
	measured := slices.ContainsFunc(set.Awaited().Expect, func(x settings.Expected) bool { return x.Kind == family.Coverage })
	for _, r := range e.rules {
		var needs int
		switch {
		case slices.Contains(r.Reads, "contents"):
			needs = all
		case slices.Contains(r.Reads, "hinted_contents"):
			needs = hinted
		default:
			continue
		}
		mode, named := set.ModeOf(r.Family, r.ID, r.Mode), set.Names(r.Family, r.ID)
		waits := slices.Contains(r.Reads, "reports") && !measured
		switch {
		case mode == finding.Off || waits || mode == finding.Shadow && !named:
			needs = none
		case set.Names(r.Family, r.Family):
			needs = all
		}
		reads[r.Family] = max(reads[r.Family], needs)
	}
	var less facts.Less
	for _, family := range slices.Sorted(maps.Keys(reads)) {
		switch reads[family] {
		case none:
			less.Without = append(less.Without, family)
		case hinted:
			less.Hinted = append(less.Hinted, family)
		}
	}
	return less
}

// WantsReview says whether a forge that has one reads its review of dependencies, as Wants says which files.
func (e *Engine) WantsReview(given *settings.Settings) change.ReviewFunc {
	return func(files []diff.File, controls change.Controls, gaps []change.Gap) bool {
		if given != nil {
			return facts.WantsReview(files, *given)
		}
		return facts.WantsReview(files, e.inForce(controls, gaps))
	}
}

// keptSettings is of how many files the settings are kept, and keptText the longest such file.
const (
	keptSettings = 256
	keptText     = 16 << 10
)

// inForce are the settings by which files are wanted. A look asks twice, and most files say what they said before: those
// of a file that depends on nothing else are kept by its text. Nobody may change what this returns.
func (e *Engine) inForce(controls change.Controls, gaps []change.Gap) settings.Settings {
	file := controls.Files[settings.Path]
	alone := controls.Organisation == nil && len(controls.Noisy) == 0 && len(file.Content) > 0 &&
		len(file.Content) <= keptText && file.Size == int64(len(file.Content))
	if alone {
		e.keptMu.Lock()
		set, ok := e.kept[string(file.Content)]
		e.keptMu.Unlock()
		if ok {
			return set
		}
	}
	r := settings.Resolve(controls, gaps, e.Configurable())
	if alone && r.Source == settings.FromFile {
		e.keptMu.Lock()
		defer e.keptMu.Unlock()
		if e.kept == nil || len(e.kept) >= keptSettings {
			e.kept = map[string]settings.Settings{}
		}
		e.kept[string(file.Content)] = r.Settings
	}
	return r.Settings
}
