package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Differs says why settings, canonical as a verdict rests on them, now come to other modes than when the verdict was
// reached: a rollout began or ended since, or another set of rules is demoted. It is empty when they do not.
func Differs(canonical []byte, repository int64, reached, now time.Time, noisy []change.NoisyRule) (why string, err error) {
	var s Settings
	var rest struct {
		Floors  map[string][]FloorRollout `json:"floors"`
		Demoted []string                  `json:"demoted"`
	}
	for _, into := range []any{&s, &rest} {
		if err := json.Unmarshal(canonical, into); err != nil {
			return "", fmt.Errorf("read recorded settings: %w", err)
		}
	}
	for name, all := range rest.Floors {
		for _, f := range all {
			f.Name = name
			s.Floors = append(s.Floors, f)
		}
	}
	before, after := s.Experiments(repository, reached), s.Experiments(repository, now)
	sorting.By(before, byText)
	sorting.By(after, byText)
	if !slices.EqualFunc(before, after, func(a, b Experiment) bool { return byText(a, b) == 0 }) {
		return "a rollout began or ended", nil
	}
	if !slices.Equal(slices.Sorted(slices.Values(rest.Demoted)), s.demoted(noisy)) {
		return "other rules are demoted", nil
	}
	return "", nil
}

// byText orders experiments in any way that is the same for equal ones.
func byText(a, b Experiment) int {
	return slices.Compare([]byte(fmt.Sprintf("%+v", a)), []byte(fmt.Sprintf("%+v", b)))
}
