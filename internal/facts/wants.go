package facts

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Wants are the files whose content the analyses need, as far as the list of changed files and the settings in force
// say it. A family that is off wants nothing. Each file and side stands there once, with the largest Max of the
// families that want it. Families that want few files come first, because a forge reads in this order until its budget
// is spent. Less asks for less. Equal inputs give equal wants.
func Wants(files []diff.File, set settings.Settings, less ...Less) []change.Want {
	all := analyses()
	for _, l := range less {
		all = slices.DeleteFunc(all, func(a analysis) bool { return slices.Contains(l.Without, a.name) })
		for i, a := range all {
			if a.hinted != nil && slices.Contains(l.Hinted, a.name) {
				all[i].wants = a.hinted
			}
		}
	}
	return wantsOf(files, set, all)
}

// Less are families for which fewer files are read: none for those of Without, and for those of Hinted only files whose
// changed lines give a hint, where the family knows such hints.
type Less struct{ Without, Hinted []string }

// WantsReview reports whether the analysis of dependencies needs GitHub's dependency review.
func WantsReview(files []diff.File, set settings.Settings) bool {
	return set.Evaluates(family.Dependencies) && dependencies.WantsReview(files, set.Dependencies)
}

func wantsOf(files []diff.File, set settings.Settings, analyses []analysis) []change.Want {
	var perFamily [][]change.Want
	for _, a := range analyses {
		if a.wants != nil && set.Evaluates(a.name) {
			perFamily = append(perFamily, a.askFor(files, set))
		}
	}
	sorting.StableBy(perFamily, func(a, b []change.Want) int { return cmp.Compare(len(a), len(b)) })
	return merged(slices.Concat(perFamily...))
}

// askFor names the files that the analysis needs: none when that panics. The analysis then runs without them, and its
// facts or its own panic say so.
func (a analysis) askFor(files []diff.File, set settings.Settings) (wants []change.Want) {
	defer func() {
		if recover() != nil {
			wants = nil
		}
	}()
	return a.wants(files, set)
}

// merged leaves each file and side once, at its first place, with the largest Max and every reason.
func merged(all []change.Want) []change.Want {
	type place struct {
		path string
		side change.Side
	}
	var out []change.Want
	at := map[place]int{}
	for _, w := range all {
		key := place{w.Path, w.Side}
		i, twice := at[key]
		if !twice {
			at[key] = len(out)
			out = append(out, w)
			continue
		}
		out[i].Max = max(out[i].Max, w.Max)
		if !slices.Contains(strings.Split(out[i].Why, ", "), w.Why) {
			out[i].Why += ", " + w.Why
		}
	}
	return out
}
